"""The payloads of pictures are a contract: what Python prints here is what the elements are tested with.

After a meant change of `lianxin.ui.pictures` or of `frontend/src/lib/payloads.ts`, write the examples anew with
`LIANXIN_WRITE_CONTRACT=1 pytest tests/contract/test_payloads.py` and let `npm test` read them.
"""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from lianxin.ui import pictures
from lianxin.ui.parts import Picture
from lianxin.ui.pictures import Bar, Measure, Points, Series

FOLDER = Path(__file__).parent / "payloads"
SOLD = Measure(title="Units sold", unit="条")
GROWTH = Measure(title="Same-period change", format="change", decimals=1)
NOT_A_NUMBER = float("nan")

EXAMPLES: dict[str, Picture] = {
    "trend": pictures.trend(
        "Sales grew 3.2 % in March",
        measure=SOLD,
        months=[date(2021, 1, 1), date(2021, 2, 1), date(2021, 3, 1)],
        series=[
            Series(name="2021", values=[41_210, 39_876, 48_210]),
            Series(name="2020", values=[40_100, None, NOT_A_NUMBER], role="last_year"),
        ],
        note="February 2020 is missing.",
    ),
    "structure": pictures.structure(
        "Class one is the largest",
        measure=SOLD,
        categories=["2021-01", "2021-02"],
        parts=[Series(name=f"class {n}", values=[100 * n, 90 * n], role="part") for n in range(7, 0, -1)],
        rest_title="others",
    ),
    "distribution": pictures.distribution(
        "Half of the retailers bought fewer than 15",
        measure=SOLD,
        edges=[0, 10, 20],
        counts=[5, 9],
        count_title="Retailers",
        marks=[("median", 12)],
        outliers=[Bar(name="鑫源商店", value=1240, href="/retailers/7/")],
    ),
    "bars": pictures.bars(
        "One unit falls",
        measure=GROWTH,
        items=[
            Bar(name="城南", value=-0.061, href="/units/3/"),
            Bar(name="青山", value=None, note="no sales last year"),
        ],
        good="up",
        reference=("city", 0.021),
    ),
    "curve": pictures.curve(
        "104 % is worth 28 points",
        x=Measure(title="Target reached", format="share"),
        y=Measure(title="Points", decimals=1),
        points=[(0.8, 0), (1, 26), (1.1, 30)],
        mark=("You", 1.04, 27.6),
    ),
    "spark": pictures.sparkline("Last months", [3, None, 5], measure=SOLD),
    "map": pictures.territory_map(
        "The east grows",
        measure=GROWTH,
        points=Points(
            id=[11, 12, 13],
            name=["甲", "乙", "丙"],
            longitude=[118.4212345, 118.5, 0],
            latitude=[31.35, 31.4, 0],
            value=[0.12, None, -0.3],
            weight=[40, 60, 10],
            group=[0, 0, None],
        ),
        groups=["周一帆"],
        low=-0.2,
        middle=0,
        high=0.2,
        low_word="falls",
        high_word="grows",
        href="/retailers/{id}/",
    ),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_payload_is_the_one_that_the_elements_are_tested_with(kind: str) -> None:
    written = json.dumps(EXAMPLES[kind].payload, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, allow_nan=False)
    path = FOLDER / f"{kind}.json"
    if os.environ.get("LIANXIN_WRITE_CONTRACT") == "1":
        path.write_text(written + "\n", "utf-8")
    assert json.loads(path.read_text("utf-8")) == json.loads(written)


def test_every_example_in_the_folder_has_its_picture() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(EXAMPLES)


def test_parts_beyond_the_fifth_are_added_up_and_nothing_is_lost() -> None:
    payload = EXAMPLES["structure"].payload
    assert [series["name"] for series in payload["series"]] == ["class 7", "class 6", "class 5", "class 4", "others"]
    assert [sum(values) for values in zip(*(series["values"] for series in payload["series"]), strict=True)] == [
        2800,
        2520,
    ]


def test_a_missing_number_is_null_and_never_zero() -> None:
    assert EXAMPLES["trend"].payload["series"][1]["values"] == [40_100, None, None]
