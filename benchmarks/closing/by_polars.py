"""Polars: lazy scans of the same files with only the columns and months that count, the rest on small frames."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
from polars import col

from benchmarks.closing.answers import answers
from benchmarks.closing.question import Question, question

FAR = date(9999, 12, 31)
HOLDING = ["person_id", "unit_id", "route"]
LEVELS = {
    "manager": "person_id",
    "route": "route",
    "unit": "above_id",
    "company": "company_id",
    "retailer": "retailer_id",
}
UNITS = pl.coalesce("supplied_units", "ordered_units").cast(pl.Int64)


def _valid(left: pl.DataFrame, right: pl.DataFrame, on: str, key: list[str], columns: list[str]) -> pl.DataFrame:
    """`left` with columns of the version valid at `since`."""
    known = right.select(on, "valid_from", col("valid_until").fill_null(FAR), *columns)
    met = left.join(known, on=on).filter((col("valid_from") <= col("since")) & (col("since") < col("valid_until")))
    return left.join(met.select(*key, *columns), on=key, how="left")


def _spans(asked: Question, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    versions, territories, postings = (tables[name] for name in ("retailer_versions", "territories", "postings"))
    moves = territories.select("retailer_id", "person_id").join(
        postings.select("person_id", "valid_from", "valid_until"), on="person_id"
    )
    keys = pl.concat([versions.select("retailer_id"), territories.select("retailer_id")]).unique()
    start = asked.month
    changes = [keys.with_columns(since=pl.lit(start))]
    changes += [
        table.select("retailer_id", since=end)
        for table in (versions, territories, moves)
        for end in ("valid_from", "valid_until")
    ]
    inside = (
        pl.concat(changes)
        .filter((col("since") >= start) & (col("since") < asked.shifted(1)))
        .unique()
        .sort("retailer_id", "since")
    )
    at = ["retailer_id", "since"]
    held = _valid(inside, territories, "retailer_id", at, ["person_id"])
    held = _valid(held, postings, "person_id", at, ["unit_id"])
    held = _valid(held, versions, "retailer_id", at, ["route"]).sort(at)
    changed = col("retailer_id").ne_missing(col("retailer_id").shift())
    for name in HOLDING:
        changed = changed | col(name).ne_missing(col(name).shift())
    kept = held.filter(changed)
    return kept.with_columns(until=col("since").shift(-1).over("retailer_id").fill_null(FAR)).with_row_index("span")


def _goods(asked: Question, versions: pl.DataFrame) -> pl.DataFrame:
    last = asked.last_day
    ends = versions.filter((col("valid_from") <= last) & (col("valid_until").is_null() | (col("valid_until") > last)))
    long = col("price_class").is_in(asked.value("new_product_long_classes"))
    start = pl.when(long).then(pl.lit(asked.new_from[True])).otherwise(pl.lit(asked.new_from[False]))
    new = ends.filter((col("listed_date") >= start) & (col("listed_date") <= last))["product_id"].unique()
    keys = versions.filter(col("product_code").is_in(asked.value("key_products")))["product_id"].unique()
    inside = versions.filter(
        (col("valid_from") < asked.shifted(1)) & (col("valid_until").is_null() | (col("valid_until") > asked.month))
    )
    return inside.select(
        "product_id", "valid_from", col("valid_until").fill_null(FAR), "price_class", "cost_price_fen",
        is_new=col("product_id").is_in(new.implode()), is_key=col("product_id").is_in(keys.implode()),
    )  # fmt: skip


def _above(units: pl.DataFrame) -> pl.DataFrame:
    parents = units.select(above_id="unit_id", parent_id="parent_id")
    steps = [units.select("unit_id", above_id="unit_id")]
    for _ in range(5):
        steps.append(
            steps[-1]
            .join(parents, on="above_id")
            .filter(col("parent_id").is_not_null())
            .select("unit_id", above_id="parent_id")
        )
    return pl.concat(steps).unique()


def _lines(asked: Question, spans: pl.DataFrame, goods: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The month by product and span, all six months by retailer: one plan, collected together."""
    lines = pl.scan_parquet(list(asked.files["order_lines"]), hive_partitioning=False)
    month, ago, last, ordered = asked.month, asked.shifted(-12), asked.shifted(-1), col("ordered_units") > 0
    sold = (
        lines.filter(col("order_month") == month)
        .select("retailer_id", "product_id", "order_date", "amount_fen", units=UNITS, ordered=ordered)
        .join(spans.lazy().select("retailer_id", "span", "since", "until"), on="retailer_id")
        .filter((col("order_date") >= col("since")) & (col("order_date") < col("until")))
        .join(goods.lazy(), on="product_id")
        .filter((col("order_date") >= col("valid_from")) & (col("order_date") < col("valid_until")))
        .group_by("retailer_id", "span", "product_id", "price_class", "cost_price_fen", "is_key", "is_new")
        .agg(
            col("units").sum(), col("amount_fen").sum(), n_lines=pl.len().cast(pl.Int64),
            n_without_amount=col("amount_fen").null_count().cast(pl.Int64), ordered=col("ordered").any(),
            units_with_amount=(col("units") * col("amount_fen").is_not_null()).sum(),
        )
    )  # fmt: skip
    days = (
        lines.filter(col("order_date") < asked.weeks_end)
        .select("retailer_id", "order_date", "order_month", units=UNITS, ordered=ordered)
        .group_by("retailer_id", "order_date", "order_month")
        .agg(col("units").sum(), col("ordered").any())
    )
    now, before = col("order_month") == month, (col("order_month") > ago) & (col("order_month") < month)
    week = ((col("order_date") - pl.lit(asked.first_week)).dt.total_days() // 7).cast(pl.Int64)
    weeks = {f"week_{number}": (col("ordered") & (week == number)).any() for number in range(len(asked.mondays) + 1)}
    around = days.group_by("retailer_id").agg(
        own_units=(col("units") * now).sum(), base_units=(col("units") * (col("order_month") == ago)).sum(),
        last_units=(col("units") * (col("order_month") == last)).sum(), active=(now | (col("order_month") == ago)).any(),
        near=(col("order_month") > ago).any(), ordered=(col("ordered") & now).any(), ordered_before=(col("ordered") & before).any(),
        ordered_last=(col("ordered") & (col("order_month") == last)).any(), **weeks,
    )  # fmt: skip
    return tuple(pl.collect_all([sold, around]))


def _facts(
    asked: Question, tables: dict[str, pl.DataFrame], goods: pl.DataFrame, sold: pl.DataFrame, around: pl.DataFrame
) -> pl.DataFrame:
    """Each retailer that is held at the month's end or ordered lately."""
    last = asked.last_day
    valid = (col("valid_from") <= last) & (col("valid_until").is_null() | (col("valid_until") > last))
    held = tables["territories"].filter(valid).select("retailer_id", "person_id", is_held=pl.lit(True))
    held = held.join(tables["postings"].filter(valid).select("person_id", "unit_id"), on="person_id", how="left")
    kinds = (
        tables["retailer_versions"].filter(valid).select("retailer_id", "route", "trade_form", "market_type", "tier")
    )
    held = held.join(kinds, on="retailer_id", how="left")
    placed = sold.filter("ordered").select("retailer_id", "product_id", "is_new").unique()
    placed = placed.group_by("retailer_id").agg(
        n_products=pl.len().cast(pl.Int64), new_ordered=col("is_new").sum().cast(pl.Int64)
    )
    group = pl.lit(-1)
    for number, (low, high) in enumerate(asked.value("tier_groups")):
        group = pl.when(col("tier").is_between(low, high)).then(pl.lit(number)).otherwise(group)
    weeks = range(1, len(asked.mondays) + 1)
    facts = held.join(around, on="retailer_id", how="full", coalesce=True).join(placed, on="retailer_id", how="left")
    facts = facts.with_columns(
        col("own_units", "base_units", "last_units", "n_products", "new_ordered").fill_null(0), col(pl.Boolean).fill_null(False),
        col("trade_form", "market_type").fill_null(""), tier_group=group,
    ).filter(col("is_held") | col("near"))  # fmt: skip
    has, peers = col("is_held") & (col("base_units") > 0), ["trade_form", "market_type", "tier_group"]
    facts = facts.with_columns(
        peer_now=(col("own_units") * has).sum().over(peers) - col("own_units"),
        peer_base=(col("base_units") * has).sum().over(peers) - col("base_units"),
        n_peers=has.sum().over(peers).cast(pl.Int64) - 1,
    )
    counted = has & (col("n_peers") >= asked.value("peer_minimum")) & (col("peer_base") > 0)
    expected = col("base_units").cast(pl.Float64) * col("peer_now").cast(pl.Float64) / col("peer_base").cast(pl.Float64)
    milli = (expected * 1000.0 + 0.5).floor()
    return facts.select(
        "retailer_id", *HOLDING, "is_held", "own_units", "base_units", "last_units", "n_products", "new_ordered",
        n_retailers=pl.lit(1, pl.Int64), new_pairs=pl.lit(goods.filter("is_new")["product_id"].n_unique(), pl.Int64),
        n_active=col("active").cast(pl.Int64), n_ordering=col("ordered").cast(pl.Int64),
        n_ordering_last=col("ordered_last").cast(pl.Int64), n_ordering_before=col("ordered_before").cast(pl.Int64),
        n_again=pl.sum_horizontal(*((col(f"week_{w}") & col(f"week_{w - 1}")).cast(pl.Int64) for w in weeks)),
        n_prior=pl.sum_horizontal(*(col(f"week_{w - 1}").cast(pl.Int64) for w in weeks)),
        n_counted=counted.cast(pl.Int64), counted_units=col("own_units") * counted,
        expected_milli_units=pl.when(counted).then(milli).otherwise(0).cast(pl.Int64),
    )  # fmt: skip


def _of_level(frame: pl.DataFrame, level: str, above: pl.DataFrame, company: int) -> pl.DataFrame:
    """The rows that belong to an entity of the level, which stands in `key`."""
    if level == "unit":
        frame = frame.join(above, on="unit_id")
    if level == "company":
        return frame.with_columns(key=pl.lit(company, pl.Int64))
    return frame.with_columns(key=col(LEVELS[level])).filter(col("key").is_not_null())


def closing(home: Path) -> Callable[[], pa.Table]:
    """A call that goes from pinned files to the result table."""
    asked = question(home)

    def act() -> pa.Table:
        tables = {name: pl.read_parquet(list(files)) for name, files in asked.files.items() if name != "order_lines"}
        spans, goods, above = _spans(asked, tables), _goods(asked, tables["product_versions"]), _above(tables["units"])
        sold, around = _lines(asked, spans, goods)
        facts = _facts(asked, tables, goods, sold, around)
        told = col("cost_price_fen").is_not_null()
        large = facts.filter(col("own_units") > asked.value("large_retailer_units")).select(
            "retailer_id", large=pl.lit(True)
        )
        lined = (
            sold.join(spans.select("span", *HOLDING), on="span", how="left")
            .group_by("retailer_id", *HOLDING, "price_class")
            .agg(
                col("units", "amount_fen", "n_lines", "n_without_amount").sum(), key_units=(col("units") * col("is_key")).sum(),
                known_amount_fen=(col("amount_fen") * told).sum(),
                known_cost_fen=(col("units_with_amount") * col("cost_price_fen")).sum(),
            )
            .join(large, on="retailer_id", how="left")
            .with_columns(is_held=pl.lit(True), large_units=col("units") * col("large").fill_null(False))
            .drop("large")
        )  # fmt: skip
        every = pl.concat([lined, facts], how="diagonal")
        sums = [
            name for name, kind in every.schema.items() if kind.is_integer() and name not in ("retailer_id", *HOLDING)
        ]
        holdings = every.filter("is_held").group_by(*HOLDING, "price_class").agg(col(sums).sum())
        classes = tables["product_versions"].select("price_class").drop_nulls().unique()
        totals, shares = [], []
        for level in LEVELS:
            mine = _of_level(every if level == "retailer" else holdings, level, above, asked.company)
            joined = mine.group_by("key").agg(col(sums).sum())
            part = (
                mine.filter(col("price_class").is_not_null())
                .group_by("key", "price_class")
                .agg(class_units=col("units").sum())
            )
            share = joined.select("key", "units", "n_lines").join(classes, how="cross")
            share = share.join(part, on=["key", "price_class"], how="left").with_columns(
                col("class_units").fill_null(0)
            )
            totals.append(_named(joined, level, asked, tables))
            shares.append(_named(share, level, asked, tables))
        frames = [pl.concat(parts, how="diagonal") for parts in (totals, shares)]
        return answers(asked, *({name: frame[name].to_numpy() for name in frame.columns} for frame in frames))

    return act


def _named(frame: pl.DataFrame, level: str, asked: Question, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of a level with the entity's code, and its id where it has one."""
    last = asked.last_day
    if level == "route":
        return frame.with_columns(level=pl.lit(level), entity=col("key"), entity_id=pl.lit(None, pl.Int64)).drop("key")
    if level == "company":
        return frame.with_columns(level=pl.lit(level), entity=pl.lit(asked.company_code), entity_id=col("key")).drop(
            "key"
        )
    table, key, entity = {
        "manager": ("postings", "person_id", "employee_no"), "retailer": ("retailer_versions", "retailer_id", "licence_no"),
        "unit": ("units", "unit_id", "unit"),
    }[level]  # fmt: skip
    known = tables[table]
    if "valid_from" in known.columns:
        future = pl.when(col("valid_from") > last).then(col("valid_from"))
        known = known.sort(col("valid_from") > last, future, -col("valid_from").cast(pl.Int32)).unique(
            key, keep="first", maintain_order=True
        )
    named = frame.join(known.select(key=key, entity=entity), on="key", how="left")
    return named.with_columns(level=pl.lit(level), entity_id=col("key")).drop("key")
