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
OF_LINES = (
    "units",
    "amount_fen",
    "n_lines",
    "n_without_amount",
    "key_units",
    "known_amount_fen",
    "known_cost_fen",
    "large_units",
)
OF_RETAILERS = (
    *(
        "n_retailers",
        "own_units",
        "base_units",
        "last_units",
        "n_active",
        "n_ordering",
        "n_ordering_last",
        "n_ordering_before",
    ),
    *(
        "n_products",
        "n_again",
        "n_prior",
        "new_ordered",
        "new_pairs",
        "n_counted",
        "counted_units",
        "expected_milli_units",
    ),
)
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
    start, end = _day(asked.month), _day(asked.shifted(1))
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


def _sold(lines: pd.DataFrame, spans: pd.DataFrame, goods: pd.DataFrame, asked: Question) -> pd.DataFrame:
    """The month by retailer, span, product and version of the product (a row of `goods`)."""
    met = lines[lines.order_month == _day(asked.month)].merge(
        spans[["retailer_id", "span", "since", "until"]], on="retailer_id"
    )
    placed = met[(met.order_date >= met.since) & (met.order_date < met.until)]
    versions = goods[["product_id", "valid_from", "valid_until"]].assign(version=goods.index)
    valued = placed.merge(versions, on="product_id")
    valued = valued[(valued.order_date >= valued.valid_from) & (valued.order_date < valued.valid_until)]
    told = valued.amount_fen.notna()
    valued = valued.assign(n_without_amount=~told, n_lines=1, units_with_amount=valued.units.where(told, 0))
    grouped = valued.groupby(["retailer_id", "span", "product_id", "version"], sort=False)
    summed = ["units", "amount_fen", "n_lines", "n_without_amount", "units_with_amount", "ordered"]
    sold = grouped[summed].sum().reset_index()
    sold["ordered"] = sold.ordered > 0
    return sold.join(goods[["price_class", "cost_price_fen", "is_new", "is_key"]], on="version")


def _around(lines: pd.DataFrame, asked: Question) -> pd.DataFrame:
    """All six months by retailer; weeks as columns."""
    month, ago, last = _day(asked.month), _day(asked.shifted(-12)), _day(asked.shifted(-1))
    inside = lines[lines.order_date < _day(asked.weeks_end)]
    days = (
        inside.groupby(["retailer_id", "order_date", "order_month"], sort=False)[["units", "ordered"]]
        .sum()
        .reset_index()
    )
    days["ordered"] = days.ordered > 0
    now, old = days.order_month == month, days.order_month == ago
    week = (days.order_date - _day(asked.first_week)).dt.days // 7
    flags = {f"week_{n}": days.ordered & (week == n) for n in range(len(asked.mondays) + 1)}
    flags |= {"n_ordering": days.ordered & now, "n_ordering_last": days.ordered & (days.order_month == last)}
    flags |= {
        "n_ordering_before": days.ordered & ~old & (days.order_month < month),
        "n_active": now | old,
        "near": ~old,
    }
    sums = {"own_units": now, "base_units": old, "last_units": days.order_month == last}
    grouped = days.assign(**flags, **{name: days.units.where(when, 0) for name, when in sums.items()}).groupby(
        "retailer_id", sort=False
    )
    return grouped[list(flags)].max().astype("int64").join(grouped[list(sums)].sum()).reset_index()


def _facts(
    asked: Question, tables: dict[str, pd.DataFrame], goods: pd.DataFrame, sold: pd.DataFrame, around: pd.DataFrame
) -> pd.DataFrame:
    """Each retailer that is held at the month's end or ordered lately."""
    last = _day(asked.last_day)
    valid = {
        name: table[(table.valid_from <= last) & (table.valid_until > last)]
        for name, table in tables.items()
        if "valid_from" in table
    }
    held = valid["territories"][["retailer_id", "person_id"]].assign(is_held=True)
    held = held.merge(valid["postings"][["person_id", "unit_id"]], on="person_id", how="left")
    kinds = valid["retailer_versions"][["retailer_id", "route", "trade_form", "market_type", "tier"]]
    pairs = sold[sold.ordered][["retailer_id", "product_id", "is_new"]].drop_duplicates()
    placed = pairs.groupby("retailer_id").is_new.agg(n_products="size", new_ordered="sum").reset_index()
    facts = (
        held.merge(kinds, on="retailer_id", how="left")
        .merge(around, on="retailer_id", how="outer")
        .merge(placed, on="retailer_id", how="left")
    )
    whole = [name for name in (*around.columns, "n_products", "new_ordered") if name != "retailer_id"]
    facts[whole] = facts[whole].astype("float64").fillna(0).astype("int64")
    facts["is_held"] = facts.is_held == True  # noqa: E712 - also false where unknown
    facts = facts[facts.is_held | (facts.near == 1)].fillna({"trade_form": "", "market_type": ""})
    facts["tier_group"] = -1
    for number, (low, high) in enumerate(asked.value("tier_groups")):
        facts.loc[facts.tier.between(low, high), "tier_group"] = number
    has = (facts.is_held & (facts.base_units > 0)).astype("int64")
    facts = facts.assign(now=facts.own_units * has, ago=facts.base_units * has, has=has)
    peers = facts.groupby(["trade_form", "market_type", "tier_group"])[["now", "ago", "has"]].transform("sum")
    peer_now, peer_base = peers.now - facts.own_units, peers.ago - facts.base_units
    counted = (has == 1) & (peers.has - 1 >= asked.value("peer_minimum")) & (peer_base > 0)
    expected = facts.base_units.astype(float) * peer_now.astype(float) / peer_base.where(peer_base > 0).astype(float)
    weeks = range(1, len(asked.mondays) + 1)
    facts = facts.assign(
        n_again=sum(facts[f"week_{week}"] * facts[f"week_{week - 1}"] for week in weeks),
        n_prior=sum(facts[f"week_{week - 1}"] for week in weeks),
        n_retailers=1, new_pairs=goods[goods.is_new].product_id.nunique(), n_counted=counted.astype("int64"),
        counted_units=facts.own_units.where(counted, 0),
        expected_milli_units=np.floor(expected * 1000.0 + 0.5).where(counted, 0).astype("int64"),
    )  # fmt: skip
    return facts[["retailer_id", *HOLDING, "is_held", *OF_RETAILERS]]


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
        sold, around = _sold(lines, spans, goods, asked), _around(lines, asked)
        del lines
        facts = _facts(asked, tables, goods, sold, around)
        told = sold.cost_price_fen.notna()
        cost = (sold.units_with_amount * sold.cost_price_fen.fillna(0)).astype("int64")
        valued = sold.assign(
            key_units=sold.units * sold.is_key, known_amount_fen=sold.amount_fen * told, known_cost_fen=cost
        )
        lined = (
            valued.groupby(["retailer_id", "span", "price_class"], sort=False, dropna=False)[list(OF_LINES[:-1])]
            .sum()
            .reset_index()
        )
        lined = lined.merge(spans[["span", *HOLDING]], on="span", how="left").assign(is_held=True)
        large = facts[facts.own_units > asked.value("large_retailer_units")].retailer_id
        lined["large_units"] = lined.units.where(lined.retailer_id.isin(large), 0)
        every = pd.concat([lined, facts], ignore_index=True)
        sums = [*OF_LINES, *OF_RETAILERS]
        every[sums] = every[sums].fillna(0).astype("int64")
        held = every[every.is_held.astype(bool)]
        classes = tables["product_versions"][["price_class"]].dropna().drop_duplicates()
        totals, shares = [], []
        for level in LEVELS:
            mine = _of_level(every if level == "retailer" else held, level, above, asked.company)
            joined = mine.groupby("key", sort=False)[sums].sum().reset_index()
            part = (
                mine.dropna(subset="price_class")
                .groupby(["key", "price_class"], sort=False)
                .units.sum()
                .rename("class_units")
                .reset_index()
            )
            share = (
                joined[["key", "units", "n_lines"]]
                .merge(classes, how="cross")
                .merge(part, on=["key", "price_class"], how="left")
            )
            totals.append(_named(joined, level, asked, names))
            shares.append(_named(share.fillna({"class_units": 0}), level, asked, names))
        frames = [pd.concat(parts, ignore_index=True) for parts in (totals, shares)]
        return answers(asked, *({name: frame[name].to_numpy() for name in frame} for frame in frames))

    return act
