"""Runs of `lianxin forecast` on lines that a test writes."""

from pathlib import Path

from click.testing import CliRunner, Result

from lianxin.cli.forecasting import forecast

HEAD = "order_date,retailer_id,product_id,ordered_units"
GOOD = ["2021-09-07,r1,p1,4", "2021/9/14,r1,p1,4", "20210921,r1,p1,4.0", "2021-09-26 00:00:00,r2,p1,2"]


def run(folder: Path, lines: list[str], *more: str, head: str = HEAD, out: str = "out.parquet") -> Result:
    (folder / "orders.csv").write_text("\n".join([head, *lines, ""]), "utf-8")
    words = [str(folder / "orders.csv"), "--until", "2021-09-26", "--out", str(folder / out), *more]
    return CliRunner().invoke(forecast, words)
