"""Scoring as slow plain Python with exact fractions: it judges the expressions. Nothing here is shared with them but the scheme."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor
from typing import Any

from lianxin.core.scoring import curves
from lianxin.core.scoring.scheme import Effect, Missing, Part, Role, Scheme, lines
from lianxin.core.units import Direction

Row = dict[str, Any]
SLACK = Fraction(1, 10**6)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2) + SLACK)


def in_micro(value: float | Fraction) -> int:
    return floor(Fraction(value) * 10**6 + Fraction(1, 2))


def mean_half_up(numbers: list[int]) -> int:
    return floor(Fraction(sum(numbers), len(numbers)) + Fraction(1, 2))


def held(value: Fraction, low: float, high: float) -> Fraction:
    return min(max(value, Fraction(low)), Fraction(high))


class Reference:
    """The answers of one scheme over rows of the input tables."""

    def __init__(self, scheme: Scheme, tables: dict[str, list[Row]]) -> None:
        self.scheme = scheme
        self.tables = tables
        self.values = {
            (r["company_id"], r["month"], r["entity"], r["indicator"]): r
            for r in tables["indicator_values"]
            if r["level"] == "manager"
        }
        self.judged = {(r["company_id"], r["month"], r["entity"], r["judgement"]): r for r in tables["judgements"]}
        self.targets = {
            (r["company_id"], r["month"], r["entity"], r["indicator"]): r["target"]
            for r in tables["targets"]
            if r["level"] == "manager"
        }

    def part_scores(self) -> list[Row]:
        rows = [self._read(role, part, person) for person in self.tables["groups"] for role, part in lines(self.scheme)]
        by_group: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        by_unit: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in rows:
            by_group[row["company_id"], row["month"], row["group_key"], row["part"]].append(row)
            by_unit[row["company_id"], row["month"], row["unit"], row["part"]].append(row)
        for peers in by_group.values():
            self._place(peers)
        parts = {part.code: part for _, part in lines(self.scheme)}
        for row in rows:
            self._score(parts[row["part"]], row)
        for mates in by_unit.values():
            self._share(parts[mates[0]["part"]], mates)
        for peers in by_group.values():
            self._settle(parts[peers[0]["part"]], peers)
        return rows

    def totals(self, rows: list[Row]) -> list[Row]:
        mine: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in rows:
            mine[row["company_id"], row["month"], row["entity"]].append(row)
        answers = [self._total(person, mine[_who(person)]) for person in self.tables["groups"]]
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for answer in answers:
            groups[answer["company_id"], answer["month"], answer["group_key"]].append(answer)
        for group in groups.values():
            _band(group)
        return answers

    def _read(self, role: Role, part: Part, person: Row) -> Row:
        row = dict(person) | {
            "part": part.code,
            "role": role.value,
            "block": part.block,
            "full_milli": part.points_milli,
        }
        row |= {"numerator": None, "denominator": None, "n": 0, "reason": None, "value": None}
        raw: float | None = None
        if part.indicator is not None:
            found = self.values.get((*_who(person), part.indicator))
            if found is None:
                row["reason"] = "not_recorded"
            else:
                row |= {"numerator": found["numerator"], "denominator": found["denominator"], "n": found["n"]}
                raw = found["value"]
                if found["answer"] != "value":
                    row["reason"] = found["reason"] or "not_recorded"
                elif raw is None:
                    row["reason"] = "not_recorded"
                elif found["n"] < part.minimum_n:
                    row["reason"] = "below_minimum"
        else:
            judged = self.judged.get((*_who(person), part.judgement))
            raw = judged["value"] if judged else None
            row["n"] = 0 if raw is None else 1
            if raw is None:
                row["reason"] = "not_judged"
            elif not (judged and (judged["reason"] or "").strip()):
                row["reason"] = "no_reason"
        if row["reason"] is None and raw is not None:
            beyond = isinstance(curves.own(part.curve), curves.Judgement) and not 0 <= raw <= 100
            if beyond or not abs(raw) < 9e12:
                row["reason"] = "out_of_range"
            else:
                row["value"] = raw
        target = self.targets.get((*_who(person), part.indicator)) if part.indicator else None
        row["target"] = curves.own_target(part.curve) if target is None else target
        row["previous_value"] = row["previous_rank"] = None
        if curves.own_last(part.curve) is not None:
            earlier = [
                r
                for r in self.tables["previous_scores"]
                if (r["company_id"], r["entity"], r["part"]) == (person["company_id"], person["entity"], part.code)
                and r["month"] < person["month"]
                and r["value"] is not None
            ]
            if earlier:
                last = max(earlier, key=lambda r: r["month"])
                row["previous_value"], row["previous_rank"] = last["value"], last["rank"]
        row["higher"] = part.better is Direction.HIGHER
        return row

    def _place(self, peers: list[Row]) -> None:
        told = [row for row in peers if row["value"] is not None]
        for row in told:
            mine = in_micro(row["value"])
            better = [
                other
                for other in told
                if (in_micro(other["value"]) > mine if row["higher"] else in_micro(other["value"]) < mine)
            ]
            row["rank"] = len(better) + 1
        micros = [in_micro(row["value"]) for row in told]
        small = all(abs(row["value"]) < 1e9 for row in told)
        for row in peers:
            row.setdefault("rank", None)
            row["group_n"] = len(told)
            row["group_sum"] = sum(micros)
            row["group_average"] = sum(micros) / len(told) / 1e6 if told and small else None

    def _score(self, part: Part, row: Row) -> None:
        curve = curves.own(part.curve)
        row["reason"] = row["reason"] or self._no_points(curve, row)
        row["answer"] = "value" if row["reason"] is None else "not_enough_data"
        row["curve_x"] = row["curve_y"] = row["mine"] = None
        if row["reason"] is not None:
            return
        drawn = self._curve(part, curve, row)
        if isinstance(curve, curves.RankBand):
            row["curve_x"] = (row["rank"] - 1) / row["group_n"]
        elif not isinstance(curve, curves.OwnLast):
            row["curve_x"] = row["value"]
        if row["curve_x"] is not None:
            row["curve_y"] = half_up(drawn) / 1000
        row["mine"] = half_up(self._own_last(part, row, drawn))

    def _no_points(self, curve: curves.OwnCurve, row: Row) -> str | None:
        if curves.needs_target(curve) and row["target"] is None:
            return "no_target"
        divides = isinstance(curve, curves.RatioToTarget) or (
            isinstance(curve, curves.StepTable) and curve.of == "ratio"
        )
        if divides and row["target"] <= 0:
            return "target_not_positive"
        if isinstance(curve, curves.AgainstGroup | curves.RankBand) and row["group_n"] < curve.minimum_group:
            return "few_peers"
        if isinstance(curve, curves.AgainstGroup) and row["group_average"] is None:
            return "out_of_range"
        if isinstance(curve, curves.OwnLast) and row["previous_value"] is None:
            return "no_previous"
        return None

    def _curve(self, part: Part, curve: curves.OwnCurve, row: Row) -> Fraction:
        full, higher = Fraction(part.points_milli), row["higher"]
        value = Fraction(row["value"])
        target = Fraction(row["target"]) if row["target"] is not None else Fraction(0)
        match curve:
            case curves.RatioToTarget():
                if not higher and value <= 0:
                    return full * Fraction(curve.cap)
                return full * held(value / target if higher else target / value, curve.floor, curve.cap)
            case curves.StepTable():
                climbing = value
                if curve.of == "ratio":
                    climbing = value / target if higher else (target / value if value > 0 else Fraction(9 * 10**12))
                reached = [s.points_milli for s in curve.steps if in_micro(climbing) >= in_micro(s.at_least)]
                return Fraction(reached[-1] if reached else curve.below_milli)
            case curves.LinearFromTarget():
                beyond = (value - target if higher else target - value) / Fraction(curve.unit)
                line = full + beyond * (curve.less_milli if beyond < 0 else curve.more_milli)
                return held(line, curve.lowest_milli, full if curve.highest_milli is None else curve.highest_milli)
            case curves.PerEvent():
                return held(full - value * curve.less_milli, 0, full)
            case curves.AgainstGroup():
                short = Fraction(row["group_sum"], row["group_n"]) - in_micro(row["value"])
                short = short if higher else -short
                if short <= 0:
                    return full
                return Fraction(curve.near_milli if short <= in_micro(curve.within) else curve.below_milli)
            case curves.RankBand():
                place = (row["rank"] - 1) * 10**6
                return Fraction(
                    next(b.points_milli for b in curve.bands if place < in_micro(b.up_to_share) * row["group_n"])
                )
            case curves.Judgement():
                return full * value / 100
            case _:
                return full

    def _own_last(self, part: Part, row: Row, before: Fraction) -> Fraction:
        last = curves.own_last(part.curve)
        if last is None:
            return before
        changed = before
        if row["previous_value"] is not None:
            mine, earlier = in_micro(row["value"]), in_micro(row["previous_value"])
            if mine < earlier if row["higher"] else mine > earlier:
                changed -= last.fell_milli
        if row["previous_rank"] is not None and row["rank"] > row["previous_rank"]:
            changed -= last.rank_fell_milli
        if row["rank"] <= last.top_places:
            changed += last.top_milli
        top = part.points_milli + last.top_milli if last.highest_milli is None else last.highest_milli
        return held(changed, last.lowest_milli, top)

    def _share(self, part: Part, mates: list[Row]) -> None:
        told = [row["mine"] for row in mates if row["mine"] is not None]
        if not isinstance(part.curve, curves.GroupShare) or not told:
            return
        share, mean = Fraction(part.curve.share), Fraction(sum(told), len(told))
        for row in mates:
            if row["mine"] is not None:
                row["mine"] = half_up(row["mine"] * (1 - share) + mean * share)

    def _settle(self, part: Part, peers: list[Row]) -> None:
        deducts = peers[0]["role"] == "deduction"
        for row in peers:
            if row["mine"] is not None and deducts:
                row["mine"] -= part.points_milli
        told = [row["mine"] for row in peers if row["mine"] is not None]
        rule = part.missing or self.scheme.missing
        for row in peers:
            row["points_milli"] = row["mine"]
            if row["mine"] is not None:
                row["handling"] = "scored"
            elif row["role"] != "part":
                row["handling"] = "left_out"
            elif rule is Missing.BLOCK:
                row["handling"] = "blocked"
            elif rule is Missing.GROUP_AVERAGE and told:
                row["handling"], row["points_milli"] = "group_average", mean_half_up(told)
            else:
                row["handling"] = "renormalised"

    def _total(self, person: Row, mine: list[Row]) -> Row:
        own_parts = [row for row in mine if row["role"] == "part"]
        counted = [row for row in own_parts if row["points_milli"] is not None]
        full = sum(row["full_milli"] for row in own_parts)
        scored = sum(row["full_milli"] for row in own_parts if row["handling"] == "scored")
        share = scored / full if full else 0.0
        struck = [gate for gate in self.scheme.gates if gate.enabled and self.gate_state(gate, person) == "struck"]
        answer, total = "value", None
        if any(row["handling"] == "blocked" for row in mine) or any(g.effect is Effect.BLOCK for g in struck):
            answer = "blocked"
        elif not counted or in_micro(share) < in_micro(self.scheme.minimum_scored_share):
            answer = "not_enough_data"
        else:
            had, could = sum(r["points_milli"] for r in counted), sum(r["full_milli"] for r in counted)
            total = floor(Fraction(had * 100_000, could) + Fraction(1, 2))
            total += sum(r["points_milli"] for r in mine if r["role"] != "part" and r["handling"] == "scored")
            if self.scheme.highest_milli is not None:
                total = min(total, self.scheme.highest_milli)
            total = max(total, 0)
            total = min([total, *(g.cap_milli for g in struck if g.cap_milli is not None)])
        return dict(person) | {"total_milli": total, "answer": answer, "scored_share": share}

    def gate_state(self, gate: Any, person: Row) -> str:
        part = Part(
            code=gate.code,
            title=gate.title,
            points_milli=0,
            curve=curves.StepTable(steps=()),
            indicator=gate.indicator,
            judgement=gate.judgement,
        )
        value = self._read(Role.PART, part, person)["value"]
        if value is None:
            return "cannot_tell"
        mine, line = in_micro(value), in_micro(gate.threshold)
        return "struck" if (mine < line if gate.better is Direction.HIGHER else mine > line) else "passed"


def _who(row: Row) -> tuple[Any, ...]:
    return row["company_id"], row["month"], row["entity"]


def _band(group: list[Row]) -> None:
    told = [row["total_milli"] for row in group if row["total_milli"] is not None]
    for row in group:
        mine = row["total_milli"]
        row["group_n"], row["rank"], row["band"] = len(told), None, None
        if mine is None:
            continue
        above, alike = sum(t > mine for t in told), sum(t == mine for t in told)
        row["rank"] = above + 1
        if len(told) >= 6:
            middle = Fraction(2 * above + alike, 2 * len(told))
            row["band"] = "top" if middle <= Fraction(1, 3) else "bottom" if middle >= Fraction(2, 3) else "middle"
