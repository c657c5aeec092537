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
    start = asked.shifted(-3)
    changes = [keys.with_columns(since=pl.lit(start))]
    changes += [
        table.select("retailer_id", since=end)
        for table in (versions, territories, moves)
        for end in ("valid_from", "valid_until")
    ]
    inside = (
        pl.concat(changes)
        .filter((col("since") >= start) & (col("since") < asked.shifted(2)))
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


def _lines(
    asked: Question, spans: pl.DataFrame, goods: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The month by product and span, the months around by span, the year before by retailer: one plan, collected together."""
    lines = pl.scan_parquet(list(asked.files["order_lines"]), hive_partitioning=False)
    month, ordered = asked.month, col("ordered_units") > 0
    around = asked.month, asked.shifted(1), *(asked.shifted(back) for back in (-3, -2, -1))
    places = spans.lazy().select("retailer_id", "span", "since", "until")
    in_span = (col("order_date") >= col("since")) & (col("order_date") < col("until"))
    sold = (
        lines.filter(col("order_month") == month)
        .select("retailer_id", "product_id", "order_date", "amount_fen", units=UNITS, ordered=ordered)
        .join(places.filter((col("until") > month) & (col("since") < asked.shifted(1))), on="retailer_id")
        .filter(in_span)
        .join(goods.lazy(), on="product_id")
        .filter((col("order_date") >= col("valid_from")) & (col("order_date") < col("valid_until")))
        .group_by("retailer_id", "span", "product_id", "price_class", "cost_price_fen", "is_key", "is_new")
        .agg(
            col("units").sum(), col("amount_fen").sum(), n_lines=pl.len().cast(pl.Int64),
            n_without_amount=col("amount_fen").null_count().cast(pl.Int64), ordered=col("ordered").any(),
        )
    )  # fmt: skip
    days = (
        lines.filter(col("order_month").is_in(around))
        .select("retailer_id", "order_date", "order_month", units=UNITS, ordered=ordered)
        .group_by("retailer_id", "order_date", "order_month")
        .agg(col("units").sum(), col("ordered").any())
        .filter((col("order_month") <= month) | (col("ordered") & (col("order_date") < asked.weeks_end)))
    )
    last, before = col("order_month") == asked.shifted(-1), col("order_month") < month
    week = ((col("order_date") - pl.lit(asked.first_week)).dt.total_days() // 7).cast(pl.Int64)
    weeks = {f"week_{number}": (col("ordered") & (week == number)).any() for number in range(len(asked.mondays) + 1)}
    near = (
        days.join(places, on="retailer_id")
        .filter(in_span)
        .group_by("retailer_id", "span")
        .agg(
            last_units=(col("units") * last).sum(), ordered_before=(col("ordered") & before).any(),
            ordered_last=(col("ordered") & last).any(), **weeks,
        )
    )  # fmt: skip
    ago = (
        lines.filter(col("order_month") == asked.shifted(-12))
        .select("retailer_id", units=UNITS)
        .group_by("retailer_id")
        .agg(base_units=col("units").sum(), n_base_lines=pl.len().cast(pl.Int64))
    )
    return tuple(pl.collect_all([sold, near, ago]))


def _held(
    asked: Question, tables: dict[str, pl.DataFrame], sold: pl.DataFrame, totals: pl.DataFrame, ago: pl.DataFrame
) -> pl.DataFrame:
    last = asked.last_day
    valid = (col("valid_from") <= last) & (col("valid_until").is_null() | (col("valid_until") > last))
    held = tables["territories"].filter(valid).select("retailer_id", "person_id")
    held = held.join(tables["postings"].filter(valid).select("person_id", "unit_id"), on="person_id", how="left")
    kinds = (
        tables["retailer_versions"].filter(valid).select("retailer_id", "route", "trade_form", "market_type", "tier")
    )
    placed = (
        sold.filter(col("is_new") & col("ordered"))
        .group_by("retailer_id")
        .agg(new_ordered=col("product_id").n_unique())
    )
    for table in (kinds, totals.select("retailer_id", "units", "n_lines", "ordered"), ago, placed):
        held = held.join(table, on="retailer_id", how="left")
    group = pl.lit(-1)
    for number, (low, high) in enumerate(asked.value("tier_groups")):
        group = pl.when(col("tier").is_between(low, high)).then(pl.lit(number)).otherwise(group)
    held = held.with_columns(
        col("units", "n_lines", "base_units", "n_base_lines", "new_ordered").fill_null(0), col("ordered").fill_null(False),
        col("trade_form", "market_type").fill_null(""), tier_group=group,
    )  # fmt: skip
    has, peers = col("base_units") > 0, ["trade_form", "market_type", "tier_group"]
    held = held.with_columns(
        peer_now=(col("units") * has).sum().over(peers) - col("units") * has,
        peer_base=(col("base_units") * has).sum().over(peers) - col("base_units") * has,
        n_peers=has.sum().over(peers) - has.cast(pl.Int64),
    )
    counted = has & (col("n_peers") >= asked.value("peer_minimum")) & (col("peer_base") > 0)
    expected = col("base_units").cast(pl.Float64) * col("peer_now").cast(pl.Float64) / col("peer_base").cast(pl.Float64)
    milli = (expected * 1000.0 + 0.5).floor()
    return held.select(
        "retailer_id", *HOLDING, "base_units", "new_ordered", n_held=pl.lit(1), n_held_ordered=col("ordered").cast(pl.Int64),
        n_active=((col("n_lines") > 0) | (col("n_base_lines") > 0)).cast(pl.Int64), now_units=col("units"),
        n_counted=counted.cast(pl.Int64), counted_units=col("units") * counted,
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
    weeks = range(1, len(asked.mondays) + 1)

    def act() -> pa.Table:
        tables = {name: pl.read_parquet(list(files)) for name, files in asked.files.items() if name != "order_lines"}
        spans, goods, above = _spans(asked, tables), _goods(asked, tables["product_versions"]), _above(tables["units"])
        sold, near, ago = _lines(asked, spans, goods)
        told = col("cost_price_fen").is_not_null() & (col("n_without_amount") == 0)
        by_span = sold.group_by("retailer_id", "span").agg(
            col("units", "amount_fen", "n_lines", "n_without_amount").sum(), key_units=(col("units") * col("is_key")).sum(),
            known_amount_fen=(col("amount_fen") * told).sum(), known_cost_fen=(col("units") * col("cost_price_fen") * told).sum(),
            n_products=col("product_id").filter("ordered").n_unique().cast(pl.Int64), ordered=col("ordered").any(),
        )  # fmt: skip
        totals = by_span.group_by("retailer_id").agg(
            col("units", "n_lines").sum(), col("ordered").any(), n_spans=pl.len()
        )
        held = _held(asked, tables, sold, totals, ago)
        large = totals.select("retailer_id", "n_spans", large=col("units") > asked.value("large_retailer_units"))
        stretches = (
            by_span.join(near, on=["retailer_id", "span"], how="full", coalesce=True)
            .join(spans.select("span", *HOLDING), on="span", how="left")
            .join(large, on="retailer_id", how="left")
            .with_columns(large_units=col("units") * col("large"), n_products=col("n_products") * (col("n_spans") == 1))
        )
        split = totals.filter(col("n_spans") > 1).select("retailer_id")
        shared = sold.filter("ordered").join(split, on="retailer_id").select("retailer_id", "product_id", "span")
        shared = shared.join(spans.select("span", *HOLDING), on="span")
        known = (
            sold.filter(col("price_class").is_not_null())
            .group_by("retailer_id", "span", "price_class")
            .agg(class_units=col("units").sum())
        )
        known = known.join(spans.select("span", *HOLDING), on="span")
        classes = tables["product_versions"].select("price_class").drop_nulls().unique()
        sums, shares = [], []
        for level in LEVELS:
            mine, ended, again, classed = (
                _of_level(frame, level, above, asked.company) for frame in (stretches, held, shared, known)
            )
            flags = ["ordered", "ordered_before", "ordered_last", *(f"week_{week}" for week in (0, *weeks))]
            counts = [
                "units",
                "amount_fen",
                "n_lines",
                "n_without_amount",
                "key_units",
                "known_amount_fen",
                "known_cost_fen",
            ]
            counts += ["large_units", "n_products", "last_units"]
            once = mine.group_by("key", "retailer_id").agg(col(counts).sum(), col(flags).any())
            lined = once.group_by("key").agg(
                col(counts).sum(), n_ordering=col("ordered").sum(), n_ordering_before=col("ordered_before").sum(),
                n_ordering_last=col("ordered_last").sum(), n_prior=sum(col(f"week_{w - 1}").sum().cast(pl.Int64) for w in weeks),
                n_again=sum((col(f"week_{w}") & col(f"week_{w - 1}")).sum().cast(pl.Int64) for w in weeks),
            )  # fmt: skip
            ends = ended.group_by("key").agg(pl.exclude("retailer_id", *HOLDING, "above_id", "key").sum())
            more = again.unique(["key", "retailer_id", "product_id"]).group_by("key").agg(n_shared=pl.len())
            joined = lined.join(ends, on="key", how="full", coalesce=True).join(more, on="key", how="left")
            numbers = [name for name, kind in joined.schema.items() if name != "key" and kind.is_numeric()]
            joined = joined.with_columns(col(numbers).fill_null(0).cast(pl.Int64))
            joined = joined.with_columns(
                n_products=col("n_products") + col("n_shared"),
                new_pairs=col("n_held") * goods.filter("is_new")["product_id"].n_unique(),
            )
            part = classed.group_by("key", "price_class").agg(col("class_units").sum())
            share = joined.select("key", "units", "n_lines").join(classes, how="cross")
            share = share.join(part, on=["key", "price_class"], how="left").with_columns(
                col("class_units").fill_null(0)
            )
            sums.append(_named(joined, level, asked, tables))
            shares.append(_named(share, level, asked, tables))
        frames = [pl.concat(parts, how="diagonal") for parts in (sums, shares)]
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
