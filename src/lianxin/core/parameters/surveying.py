"""Numbers of satisfaction: what the levels of an answer give, how dimensions weigh, how long a survey speaks, least sample."""

from __future__ import annotations

from typing import Final

from lianxin.core.parameters.shape import Parameter, ParameterKind

SURVEYING: Final = (
    Parameter(
        "satisfaction.levels",
        ParameterKind.LEVELS,
        ("5=100", "4=80", "3=60", "2=40", "1=20"),
        "level=points",
        "trade sources 5.1: levels as 100, 80, 60, 40, 20, or linear from 0 to 100; set by the company, no public standard was "
        "found.",
        "G",
        "满意度各档分值",
        "Points of the levels of satisfaction",
    ),
    Parameter(
        "satisfaction.weights",
        ParameterKind.WEIGHTS,
        None,
        "dimension=weight",
        "trade sources 5.1: the total is weighted by dimension; the weights are the company's. Not set: every dimension that "
        "the survey "
        "asks weighs the same.",
        "G",
        "满意度各维度权重",
        "Weights of the dimensions of satisfaction",
    ),
    Parameter(
        "satisfaction.months_held",
        ParameterKind.INTEGER,
        1,
        "months",
        "Ours: a survey speaks of the month in which it was held, and of no other unless the company says for how many.",
        "I",
        "满意度调查结果有效月数",
        "Months that a survey of satisfaction holds",
        1,
        12,
    ),
    Parameter(
        "measuring.minimum.satisfaction",
        ParameterKind.INTEGER,
        10,
        "sheets",
        "trade sources 5.1: suppress a manager's score below a set minimum; which one is ours.",
        "I",
        "客户满意度的最小样本",
        "Least sample for retailers' satisfaction",
        2,
        10**9,
    ),
)
