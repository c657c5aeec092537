"""Master data around the lines: invented by rule, so that every indicator has an answer and intervals change inside months.

Stores are repeated: copy j of the store with rank r is retailer `j * 10,000 + r`. A manager holds about 250 retailers, four
managers make a market unit, four market units a department.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from lianxin.core.tables import TABLES
from lianxin.engine.lake import Lake
from lianxin.engine.sources import nullable_arrow_schema

COMPANY = 1
MONTH = date(2021, 12, 1)
STRIDE = 10_000
HELD_BY_ONE = 250
KEY_PRODUCTS = 20

PREPARED = """
CREATE TEMP TABLE stores AS
SELECT store, row_number() OVER (ORDER BY store) AS place, ntile(30) OVER (ORDER BY sum(units), store) AS tier
FROM '{lines}' GROUP BY store;
CREATE TEMP TABLE goods AS
SELECT item, ntile(5) OVER (ORDER BY sum(amount_fen) / greatest(sum(units), 1), item) AS class,
       round(sum(amount_fen) / greatest(sum(units), 1))::BIGINT AS price_fen, min(order_date) AS listed_date
FROM '{lines}' GROUP BY item;
CREATE TEMP TABLE shops AS
SELECT copy * {stride} + place AS retailer_id, tier, row_number() OVER (ORDER BY copy * {stride} + place) - 1 AS place
FROM stores, range({copies}) AS repeated(copy);
CREATE TEMP TABLE staff AS SELECT i AS person_id FROM range(1, {managers} + 1) AS numbers(i);
"""
TABLES_OF_ROWS = {
    # One retailer in twenty changes its tier in October, one in fifty its route inside December.
    "retailer_versions": """
        SELECT {company} AS company_id, retailer_id, 'L' || lpad(retailer_id::VARCHAR, 10, '0') AS licence_no,
               'Shop ' || retailer_id AS name, 'Town ' || retailer_id % 18 AS town,
               ['convenience', 'grocery', 'supermarket', 'spirits', 'other'][1 + retailer_id % 5] AS trade_form,
               ['urban', 'rural'][1 + retailer_id % 2] AS market_type,
               (CASE WHEN version > 0 AND retailer_id % 20 = 7 THEN greatest(tier - 1, 1) ELSE tier END)::SMALLINT AS tier,
               'R' || lpad(((place // 40) + CASE WHEN version = 2 AND retailer_id % 50 = 9 THEN 1 ELSE 0 END)::VARCHAR, 4, '0')
                   AS route,
               'open' AS status, 41.5 + (place % 100) / 200 AS latitude, -93.6 + (place % 83) / 200 AS longitude,
               (1 + place % 5)::TINYINT AS order_weekday, since AS valid_from, until AS valid_until
        FROM shops, (VALUES (0, DATE '2019-01-01', DATE '2021-10-01'), (1, DATE '2021-10-01', DATE '2021-12-08'),
                            (2, DATE '2021-12-08', NULL)) AS versions(version, since, until)""",
    # One retailer in twenty changes hands inside December.
    "territories": """
        SELECT {company} AS company_id, retailer_id, 1 + (place // {held}) % {managers} AS person_id,
               DATE '2019-01-01' AS valid_from, CASE WHEN place % 20 = 3 THEN DATE '2021-12-13' END AS valid_until
        FROM shops
        UNION ALL
        SELECT {company}, retailer_id, 1 + (place // {held} + 1) % {managers}, DATE '2021-12-13', NULL
        FROM shops WHERE place % 20 = 3""",
    "postings": """
        SELECT {company} AS company_id, person_id, 'E' || lpad(person_id::VARCHAR, 5, '0') AS employee_no,
               'Person ' || person_id AS name, 'customer_manager' AS post, 1000 + (person_id - 1) // 4 AS unit_id,
               DATE '2019-01-01' AS valid_from, CAST(NULL AS DATE) AS valid_until FROM staff""",
    "units": """
        SELECT {company} AS company_id, 1 AS unit_id, 'Company' AS unit, CAST(NULL AS BIGINT) AS parent_id, 'company' AS kind
        UNION ALL SELECT DISTINCT {company}, 100 + (person_id - 1) // 16, 'Department ' || (person_id - 1) // 16, 1,
                                  'department' FROM staff
        UNION ALL SELECT DISTINCT {company}, 1000 + (person_id - 1) // 4, 'Market unit ' || (person_id - 1) // 4,
                                  100 + (person_id - 1) // 16, 'market_unit' FROM staff""",
    # One product in ten changes its cost inside December.
    "product_versions": """
        SELECT {company} AS company_id, item AS product_id, item::VARCHAR AS product_code, 'Product ' || item AS name,
               'Producer ' || item % 40 AS producer, ['一类', '二类', '三类', '四类', '五类'][6 - class] AS price_class,
               price_fen AS wholesale_price_fen, price_fen * (CASE WHEN since > DATE '2020-01-01' THEN 70 ELSE 68 END) // 100
                   AS cost_price_fen,
               price_fen * 115 // 100 AS guide_retail_price_fen, listed_date, since AS valid_from,
               CASE WHEN since < DATE '2020-01-01' AND item % 10 = 4 THEN DATE '2021-12-06' END AS valid_until
        FROM goods, (VALUES (DATE '2019-01-01'), (DATE '2021-12-06')) AS versions(since)
        WHERE since < DATE '2020-01-01' OR item % 10 = 4""",
}


@dataclass(frozen=True)
class Master:
    """What was invented for a number of copies."""

    retailers: int
    managers: int
    key_products: tuple[str, ...]


def publish(lake: Lake, lines: Path, copies: int) -> Master:
    """Write the dimensions of `copies` companies' worth of stores into the lake as one company."""
    with duckdb.connect() as connected:
        stores = _one(connected, f"SELECT count(DISTINCT store) FROM '{lines}'")
        managers = max(12, round(stores * copies / HELD_BY_ONE))
        held = -(-stores * copies // managers)
        connected.execute(PREPARED.format(lines=lines, copies=copies, stride=STRIDE, managers=managers))
        for name, rows in TABLES_OF_ROWS.items():
            shape = nullable_arrow_schema(TABLES[name])
            asked = rows.format(company=COMPANY, managers=managers, held=held)
            found = connected.sql(asked).to_arrow_table().select(shape.names).cast(shape)
            lake.publish(name, found, COMPANY)
        best = connected.execute(
            f"SELECT item FROM '{lines}' GROUP BY item ORDER BY sum(units) DESC, item LIMIT {KEY_PRODUCTS}"
        )
        keys = tuple(str(row[0]) for row in best.fetchall())
    return Master(stores * copies, managers, keys)


def _one(connected: duckdb.DuckDBPyConnection, asked: str) -> int:
    found = connected.execute(asked).fetchone()
    return int(found[0]) if found else 0
