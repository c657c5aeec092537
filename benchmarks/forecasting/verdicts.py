"""The verdicts of the forecasting contest: the peers that were asked for, and a stronger one of our own, told apart."""

from __future__ import annotations

import numpy as np

from benchmarks.forecasting.judging import Tally
from benchmarks.reports import Report

OURS = "Lianxin"
EMPIRICAL = "52-week quantiles"
# Stronger than every peer that can be taken from a shelf: a model for each step, with sums of retailer and product.
PLAIN_GLOBAL = "plain global LightGBM"
# Measure, and by what share it must, and should, be lower than the best peer's.
ASKED = {"RMSSE": (0.005, 0.01), "weighted RMSSE": (0.005, 0.01), "WMAPE of 4 weeks": (0.025, 0.04)}


def judge(report: Report, tally: Tally) -> None:
    """Every target of the contest: against the listed peers, against the stronger peer of our own, and of the ranges."""
    peers = [name for name in tally.parts if name not in (OURS, PLAIN_GLOBAL)]
    for measure, (must, reach) in ASKED.items():
        best = min(peers, key=lambda name: tally.value(name, measure))
        told = f"{measure} below the best of the listed peers"
        _below(report, tally, measure, best, {f"{told}, must {must:.1%}": must, f"{told}, reach {reach:.1%}": reach})
    for measure, (must, _reach) in ASKED.items():
        told = f"stricter: {measure} below a plain global LightGBM too, by {must:.1%}"
        _below(report, tally, measure, PLAIN_GLOBAL, {told: must})
    for measure in ("pinball loss", "scaled pinball loss"):
        gain, low, high = tally.gain(OURS, EMPIRICAL, measure)
        report.judge(
            f"{measure} at least 5 % below the 52-week quantiles", f"{gain:.2%} ({low:.2%} to {high:.2%})", gain >= 0.05
        )
        ranged = [name for name in peers if name != EMPIRICAL and tally.has(name, measure)]
        best = min(ranged, key=lambda name: tally.value(name, measure))
        gain, low, high = tally.gain(OURS, best, measure)
        report.judge(
            f"{measure} below every peer that gives ranges",
            f"{gain:.2%} below {best} ({low:.2%} to {high:.2%})",
            low > 0,
        )
    above = float(np.mean(tally.above[OURS]))
    report.judge("share of truths above q90 between 0.08 and 0.12", f"{above:.3f}", 0.08 <= above <= 0.12)
    bias = tally.value(OURS, "bias")
    report.judge("bias under 3 %", f"{bias:+.2%}", abs(bias) < 0.03)


def _below(report: Report, tally: Tally, measure: str, peer: str, asked: dict[str, float]) -> None:
    """Judge how far our measure lies below a peer's: by the share asked for, and with an interval that has no zero in it."""
    gain, low, high = tally.gain(OURS, peer, measure)
    for told, least in asked.items():
        measured = f"{gain:.2%} below {peer}, interval {low:.2%} to {high:.2%}"
        report.judge(told, measured, gain >= least and low > 0)
