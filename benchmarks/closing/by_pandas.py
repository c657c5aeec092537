"""pandas: reads only the months and columns that count, then works on frames in memory."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from benchmarks.closing.answers import answers
from benchmarks.closing.question import Question, question

FAR = pd.Timestamp(2261, 12, 31)
HOLDING = ["person_id", "unit_id", "route"]
LEVELS = {
    "manager": "person_id",
    "route": "route",
    "unit": "above_id",
    "company": "company_id",
    "retailer": "retailer_id",
}
LINES = ["retailer_id", "product_id", "order_date", "order_month", "ordered_units", "supplied_units", "amount_fen"]


def _day(day: date) -> pd.Timestamp:
    return pd.Timestamp(day)


def _read(files: tuple[str, ...], columns: list[str] | None = None) -> pd.DataFrame:
    frame = ds.dataset(list(files), format="parquet").to_table(columns=columns).to_pandas(date_as_object=False)
    for name in ("valid_from", "valid_until", "order_date", "order_month", "listed_date"):
        if name in frame:
            frame[name] = frame[name].astype("datetime64[s]")
    if "valid_until" in frame:
        frame["valid_until"] = frame["valid_until"].fillna(FAR)
    return frame


def _valid(left: pd.DataFrame, right: pd.DataFrame, on: str, columns: list[str]) -> pd.DataFrame:
    met = left.merge(right[[on, "valid_from", "valid_until", *columns]], on=on)
    met = met[(met.valid_from <= met.since) & (met.since < met.valid_until)]
    return left.merge(met[["retailer_id", "since", *columns]], on=["retailer_id", "since"], how="left")


def _spans(asked: Question, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    versions, territories, postings = (tables[name] for name in ("retailer_versions", "territories", "postings"))
    moves = territories[["retailer_id", "person_id"]].merge(
        postings[["person_id", "valid_from", "valid_until"]], on="person_id"
    )
    start, end = _day(asked.shifted(-3)), _day(asked.shifted(2))
    keys = pd.concat([versions[["retailer_id"]], territories[["retailer_id"]]]).drop_duplicates()
    changes = [keys.assign(since=start)]
    for table in (versions, territories, moves):
        changes += [
            table[["retailer_id", name]].rename(columns={name: "since"}) for name in ("valid_from", "valid_until")
        ]
    cuts = pd.concat(changes)
    cuts = cuts[(cuts.since >= start) & (cuts.since < end)].drop_duplicates()
    held = _valid(cuts, territories, "retailer_id", ["person_id"])
    held = _valid(held, postings, "person_id", ["unit_id"])
    held = _valid(held, versions, "retailer_id", ["route"]).sort_values(["retailer_id", "since"], ignore_index=True)
    changed = held.retailer_id.ne(held.retailer_id.shift())
    for name in HOLDING:
        before = held[name].shift()
        changed |= held[name].ne(before) & ~(held[name].isna() & before.isna())
    kept = held[changed].reset_index(drop=True)
    kept["until"] = kept.groupby("retailer_id").since.shift(-1).fillna(FAR)
    return kept.assign(span=np.arange(len(kept)))


def _goods(asked: Question, versions: pd.DataFrame) -> pd.DataFrame:
    last = _day(asked.last_day)
    ends = versions[(versions.valid_from <= last) & (versions.valid_until > last)]
    long = ends.price_class.isin(asked.value("new_product_long_classes"))
    start = np.where(long, np.datetime64(asked.new_from[True]), np.datetime64(asked.new_from[False]))
    new = ends[(ends.listed_date >= start) & (ends.listed_date <= last)].product_id
    keys = versions[versions.product_code.isin(asked.value("key_products"))].product_id
    inside = versions[(versions.valid_from < _day(asked.shifted(1))) & (versions.valid_until > _day(asked.month))]
    kept = inside[["product_id", "valid_from", "valid_until", "price_class", "cost_price_fen"]]
    return kept.assign(is_new=kept.product_id.isin(new), is_key=kept.product_id.isin(keys)).reset_index(drop=True)


def _above(units: pd.DataFrame) -> pd.DataFrame:
    parents = units[["unit_id", "parent_id"]].rename(columns={"unit_id": "above_id"})
    steps = [units[["unit_id"]].assign(above_id=units.unit_id)]
    for _ in range(5):
        up = steps[-1].merge(parents, on="above_id").dropna(subset="parent_id")
        steps.append(up[["unit_id"]].assign(above_id=up.parent_id.astype("int64")))
    return pd.concat(steps).drop_duplicates()


def _spanned(lines: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    met = lines.merge(spans[["retailer_id", "span", "since", "until"]], on="retailer_id")
    return met[(met.order_date >= met.since) & (met.order_date < met.until)]


def _sold(lines: pd.DataFrame, spans: pd.DataFrame, goods: pd.DataFrame, asked: Question) -> pd.DataFrame:
    """The month by retailer, span, product and version of the product (a row of `goods`)."""
    inside = spans[(spans.until > _day(asked.month)) & (spans.since < _day(asked.shifted(1)))]
    placed = _spanned(lines[lines.order_month == _day(asked.month)], inside)
    versions = goods[["product_id", "valid_from", "valid_until"]].assign(version=goods.index)
    valued = placed.merge(versions, on="product_id")
    valued = valued[(valued.order_date >= valued.valid_from) & (valued.order_date < valued.valid_until)]
    summed = valued.assign(missing=valued.amount_fen.isna(), n_lines=1).groupby(
        ["retailer_id", "span", "product_id", "version"], sort=False
    )
    sold = summed[["units", "amount_fen", "n_lines", "missing", "ordered"]].sum().reset_index()
    sold["ordered"] = sold.ordered > 0
    sold = sold.rename(columns={"missing": "n_without_amount"})
    return sold.join(goods[["price_class", "cost_price_fen", "is_new", "is_key"]], on="version")


def _near(lines: pd.DataFrame, spans: pd.DataFrame, asked: Question) -> pd.DataFrame:
    """The months around by retailer and span; weeks as columns."""
    month, last = _day(asked.month), _day(asked.shifted(-1))
    days = lines[lines.order_month != _day(asked.shifted(-12))].groupby(
        ["retailer_id", "order_date", "order_month"], sort=False
    )
    days = days[["units", "ordered"]].sum().reset_index()
    days["ordered"] = days.ordered > 0
    days = days[(days.order_month <= month) | (days.ordered & (days.order_date < _day(asked.weeks_end)))]
    met = _spanned(days, spans)
    week = (met.order_date - _day(asked.first_week)).dt.days // 7
    flags = {f"week_{n}": met.ordered & (week == n) for n in range(len(asked.mondays) + 1)}
    flags |= {
        "ordered_before": met.ordered & (met.order_month < month),
        "ordered_last": met.ordered & (met.order_month == last),
    }
    met = met.assign(last_units=met.units.where(met.order_month == last, 0), **flags)
    grouped = met.groupby(["retailer_id", "span"], sort=False)
    return grouped[list(flags)].max().assign(last_units=grouped.last_units.sum()).reset_index()


def _held(
    asked: Question, tables: dict[str, pd.DataFrame], sold: pd.DataFrame, totals: pd.DataFrame, ago: pd.DataFrame
) -> pd.DataFrame:
    last = _day(asked.last_day)
    valid = {
        name: table[(table.valid_from <= last) & (table.valid_until > last)]
        for name, table in tables.items()
        if "valid_from" in table
    }
    held = valid["territories"][["retailer_id", "person_id"]].merge(
        valid["postings"][["person_id", "unit_id"]], on="person_id", how="left"
    )
    kinds = valid["retailer_versions"][["retailer_id", "route", "trade_form", "market_type", "tier"]]
    placed = (
        sold[sold.is_new & sold.ordered].groupby("retailer_id").product_id.nunique().rename("new_ordered").reset_index()
    )
    for table in (kinds, totals[["retailer_id", "units", "n_lines", "ordered"]], ago, placed):
        held = held.merge(table, on="retailer_id", how="left")
    whole = ["units", "n_lines", "ordered", "base_units", "n_base_lines", "new_ordered"]
    held[whole] = held[whole].astype("float64").fillna(0).astype("int64")
    held["tier_group"] = -1
    for number, (low, high) in enumerate(asked.value("tier_groups")):
        held.loc[held.tier.between(low, high), "tier_group"] = number
    has = (held.base_units > 0).astype("int64")
    held = held.fillna({"trade_form": "", "market_type": ""}).assign(
        now=held.units * has, ago=held.base_units * has, has=has
    )
    peers = (
        held.groupby(["trade_form", "market_type", "tier_group"])[["now", "ago", "has"]].transform("sum")
        - held[["now", "ago", "has"]]
    )
    counted = (has == 1) & (peers.has >= asked.value("peer_minimum")) & (peers.ago > 0)
    expected = held.base_units.astype(float) * peers.now.astype(float) / peers.ago.where(peers.ago > 0).astype(float)
    return held[["retailer_id", *HOLDING, "base_units", "new_ordered"]].assign(
        n_held=1, n_held_ordered=held.ordered, n_active=((held.n_lines > 0) | (held.n_base_lines > 0)).astype("int64"),
        now_units=held.units, n_counted=counted.astype("int64"), counted_units=held.units.where(counted, 0),
        expected_milli_units=np.floor(expected * 1000.0 + 0.5).where(counted, 0).astype("int64"),
    )  # fmt: skip


def _of_level(frame: pd.DataFrame, level: str, above: pd.DataFrame, company: int) -> pd.DataFrame:
    if level == "unit":
        frame = frame.merge(above, on="unit_id")
    if level == "company":
        return frame.assign(key=company)
    return frame.assign(key=frame[LEVELS[level]]).dropna(subset="key")


def _names(asked: Question, tables: dict[str, pd.DataFrame]) -> dict[str, pd.Series]:
    last, found = _day(asked.last_day), {"unit": tables["units"].set_index("unit_id").unit}
    for level, name, key, entity in (
        ("manager", "postings", "person_id", "employee_no"),
        ("retailer", "retailer_versions", "retailer_id", "licence_no"),
    ):
        table = tables[name]
        future = table.valid_from > last
        ordered = table.assign(future=future, first=table.valid_from.where(future, FAR)).sort_values(
            ["future", "first", "valid_from"], ascending=[True, True, False]
        )
        found[level] = ordered.drop_duplicates(key).set_index(key)[entity]
    return found


def _named(frame: pd.DataFrame, level: str, asked: Question, names: dict[str, pd.Series]) -> pd.DataFrame:
    entity = (
        frame.key if level == "route" else asked.company_code if level == "company" else frame.key.map(names[level])
    )
    return frame.assign(level=level, entity=entity, entity_id=None if level == "route" else frame.key).drop(
        columns="key"
    )


def closing(home: Path) -> Callable[[], pa.Table]:
    """A call that goes from pinned files to the result table."""
    asked = question(home)
    weeks = range(1, len(asked.mondays) + 1)
    flags = ["ordered", "ordered_before", "ordered_last", *(f"week_{week}" for week in (0, *weeks))]
    counts = ["units", "amount_fen", "n_lines", "n_without_amount", "key_units", "known_amount_fen", "known_cost_fen"]
    counts += ["large_units", "n_products", "last_units"]

    def act() -> pa.Table:
        tables = {name: _read(files) for name, files in asked.files.items() if name != "order_lines"}
        spans, goods, above, names = (
            _spans(asked, tables),
            _goods(asked, tables["product_versions"]),
            _above(tables["units"]),
            _names(asked, tables),
        )
        lines = _read(asked.files["order_lines"], LINES)
        lines["units"] = lines.supplied_units.fillna(lines.ordered_units).astype("int64")
        lines["ordered"] = lines.ordered_units > 0
        ago = (
            lines[lines.order_month == _day(asked.shifted(-12))]
            .groupby("retailer_id")
            .units.agg(base_units="sum", n_base_lines="count")
            .reset_index()
        )
        sold, near = _sold(lines, spans, goods, asked), _near(lines, spans, asked)
        del lines
        told = sold.cost_price_fen.notna() & (sold.n_without_amount == 0)
        cost = (sold.units * sold.cost_price_fen.fillna(0)).astype("int64")
        valued = sold.assign(
            key_units=sold.units * sold.is_key, known_amount_fen=sold.amount_fen * told, known_cost_fen=cost * told
        )
        grouped = valued.groupby(["retailer_id", "span"], sort=False)
        by_span = grouped[[*counts[:7], "ordered"]].sum()
        by_span["ordered"] = by_span.ordered > 0
        by_span["n_products"] = sold[sold.ordered].groupby(["retailer_id", "span"]).product_id.nunique()
        by_span = by_span.reset_index().fillna({"n_products": 0})
        totals = (
            by_span.groupby("retailer_id")
            .agg(
                units=("units", "sum"), n_lines=("n_lines", "sum"), ordered=("ordered", "max"), n_spans=("span", "size")
            )
            .reset_index()
        )
        held = _held(asked, tables, sold, totals, ago)
        places = spans[["span", *HOLDING]]
        stretches = by_span.merge(near, on=["retailer_id", "span"], how="outer").merge(places, on="span", how="left")
        stretches = stretches.merge(
            totals[["retailer_id", "n_spans"]].assign(large=totals.units > asked.value("large_retailer_units")),
            on="retailer_id",
            how="left",
        )
        stretches["large_units"] = stretches.units.where(stretches.large == True, 0)  # noqa: E712 - also false where unknown
        stretches["n_products"] = stretches.n_products.where(stretches.n_spans == 1, 0)
        stretches[[*counts, *flags]] = stretches[[*counts, *flags]].astype("float64").fillna(0).astype("int64")
        split = totals[totals.n_spans > 1].retailer_id
        shared = sold[sold.ordered & sold.retailer_id.isin(split)][["retailer_id", "product_id", "span"]].merge(
            places, on="span"
        )
        known = (
            sold.dropna(subset="price_class").groupby(["retailer_id", "span", "price_class"], sort=False).units.sum()
        )
        known = known.rename("class_units").reset_index().merge(places, on="span")
        classes = tables["product_versions"][["price_class"]].dropna().drop_duplicates()
        n_new = goods[goods.is_new].product_id.nunique()
        sums, shares = [], []
        for level in LEVELS:
            mine, ended, again, classed = (
                _of_level(frame, level, above, asked.company) for frame in (stretches, held, shared, known)
            )
            grouped = mine.groupby(["key", "retailer_id"], sort=False)
            once = grouped[counts].sum().join(grouped[flags].max())
            for week in weeks:
                once[f"again_{week}"] = once[f"week_{week}"] * once[f"week_{week - 1}"]
            lined = once.groupby(level="key").sum()
            lined["n_again"] = lined[[f"again_{week}" for week in weeks]].sum(axis=1)
            lined["n_prior"] = lined[[f"week_{week - 1}" for week in weeks]].sum(axis=1)
            lined = lined.rename(
                columns={
                    "ordered": "n_ordering",
                    "ordered_before": "n_ordering_before",
                    "ordered_last": "n_ordering_last",
                }
            )
            ends = ended.drop(columns=["retailer_id", *HOLDING, "above_id"], errors="ignore").groupby("key").sum()
            more = again.drop_duplicates(["key", "retailer_id", "product_id"]).groupby("key").size().rename("n_shared")
            joined = lined.join(ends, how="outer").join(more, how="left").fillna(0).astype("int64")
            joined = joined.assign(
                n_products=joined.n_products + joined.n_shared, new_pairs=joined.n_held * n_new
            ).reset_index()
            part = classed.groupby(["key", "price_class"], sort=False).class_units.sum().reset_index()
            share = (
                joined[["key", "units", "n_lines"]]
                .merge(classes, how="cross")
                .merge(part, on=["key", "price_class"], how="left")
                .fillna({"class_units": 0})
            )
            sums.append(_named(joined, level, asked, names))
            shares.append(_named(share, level, asked, names))
        frames = [pd.concat(parts, ignore_index=True) for parts in (sums, shares)]
        return answers(asked, *({name: frame[name].to_numpy() for name in frame} for frame in frames))

    return act
