-- The indicators of one month, by hand. Views of the lake's tables exist; words with a dollar sign are filled in. Lines of the
-- month are read by product and holder of the day; lines of all six months by retailer and day, whoever held the retailer.

-- Who held a retailer, on which route, in which unit: one row per stretch of days without change in the month.
CREATE TEMP TABLE spans AS
WITH keys AS (SELECT retailer_id FROM retailer_versions UNION SELECT retailer_id FROM territories),
changes AS (
    SELECT retailer_id, DATE '$month' AS since FROM keys
    UNION SELECT retailer_id, unnest([valid_from, valid_until]) FROM retailer_versions
    UNION SELECT retailer_id, unnest([valid_from, valid_until]) FROM territories
    UNION SELECT retailer_id, unnest([p.valid_from, p.valid_until]) FROM territories JOIN postings AS p USING (person_id)
),
cuts AS (
    SELECT retailer_id, since, lead(since, 1, DATE '9999-12-31') OVER (PARTITION BY retailer_id ORDER BY since) AS until
    FROM changes WHERE since >= DATE '$month' AND since < DATE '$next_month'
),
known AS (
    SELECT c.retailer_id, c.since, t.person_id, p.unit_id, v.route
    FROM cuts AS c
    LEFT JOIN territories AS t ON t.retailer_id = c.retailer_id AND t.valid_from <= c.since
        AND c.since < coalesce(t.valid_until, DATE '9999-12-31')
    LEFT JOIN postings AS p ON p.person_id = t.person_id AND p.valid_from <= c.since AND c.since < coalesce(p.valid_until, DATE '9999-12-31')
    LEFT JOIN retailer_versions AS v ON v.retailer_id = c.retailer_id AND v.valid_from <= c.since
        AND c.since < coalesce(v.valid_until, DATE '9999-12-31')
),
starts AS (
    SELECT * FROM known
    WINDOW before AS (PARTITION BY retailer_id ORDER BY since)
    QUALIFY row_number() OVER before = 1 OR person_id IS DISTINCT FROM lag(person_id) OVER before
        OR unit_id IS DISTINCT FROM lag(unit_id) OVER before OR route IS DISTINCT FROM lag(route) OVER before
)
SELECT row_number() OVER ()::INTEGER AS span, *, lead(since, 1, DATE '9999-12-31') OVER (PARTITION BY retailer_id ORDER BY since) AS until
FROM starts;

-- Class and cost of a product, by stretch of days inside the month.
CREATE TEMP TABLE goods AS
WITH ends AS (
    SELECT product_id, price_class, listed_date,
        listed_date <= DATE '$last_day' AND listed_date >= CASE WHEN price_class IN ($long_classes) THEN DATE '$long_start'
            ELSE DATE '$short_start' END AS is_new
    FROM product_versions WHERE valid_from <= DATE '$last_day' AND (valid_until IS NULL OR valid_until > DATE '$last_day')
),
traits AS (SELECT product_id, bool_or(is_new) AS is_new FROM ends GROUP BY product_id),
keyed AS (SELECT DISTINCT product_id FROM product_versions WHERE product_code IN ($key_products))
SELECT product_id, valid_from, coalesce(valid_until, DATE '9999-12-31') AS valid_until, price_class, cost_price_fen,
    coalesce(is_new, false) AS is_new, keyed.product_id IS NOT NULL AS is_key
FROM product_versions LEFT JOIN traits USING (product_id) LEFT JOIN keyed USING (product_id)
WHERE valid_from < DATE '$next_month' AND (valid_until IS NULL OR valid_until > DATE '$month');

CREATE TEMP TABLE sold AS
SELECT l.retailer_id, s.span, l.product_id, g.price_class, g.cost_price_fen, g.is_key, g.is_new,
    sum(coalesce(supplied_units, ordered_units))::BIGINT AS units, sum(amount_fen)::BIGINT AS amount_fen,
    count(*) AS n_lines, count(*) - count(amount_fen) AS n_without_amount, bool_or(ordered_units > 0) AS ordered,
    sum(coalesce(supplied_units, ordered_units)) FILTER (amount_fen IS NOT NULL)::BIGINT AS units_with_amount
FROM order_lines AS l
LEFT JOIN spans AS s ON s.retailer_id = l.retailer_id AND l.order_date >= s.since AND l.order_date < s.until
LEFT JOIN goods AS g ON g.product_id = l.product_id AND l.order_date >= g.valid_from AND l.order_date < g.valid_until
WHERE l.order_month = DATE '$month'
GROUP BY ALL;

CREATE TEMP TABLE classed AS
SELECT retailer_id, person_id, unit_id, route, price_class, sum(units)::BIGINT AS units, sum(amount_fen)::BIGINT AS amount_fen,
    sum(n_lines)::BIGINT AS n_lines, sum(n_without_amount)::BIGINT AS n_without_amount, sum(units) FILTER (is_key)::BIGINT AS key_units,
    sum(amount_fen) FILTER (cost_price_fen IS NOT NULL)::BIGINT AS known_amount_fen,
    sum(units_with_amount * cost_price_fen)::BIGINT AS known_cost_fen
FROM sold LEFT JOIN (SELECT span, person_id, unit_id, route FROM spans) USING (span)
GROUP BY ALL;

-- Days first: small, so that periods are told apart for days, not for lines. Weeks are bits, week 0 the one before the first Monday.
CREATE TEMP TABLE around AS
WITH days AS (
    SELECT retailer_id, order_date, any_value(order_month) AS order_month, count(*) AS n_lines,
        sum(coalesce(supplied_units, ordered_units))::BIGINT AS units, bool_or(ordered_units > 0) AS ordered
    FROM order_lines WHERE order_month IN ($months) AND order_date < DATE '$weeks_end'
    GROUP BY retailer_id, order_date
)
SELECT retailer_id,
    coalesce(sum(units) FILTER (order_month = DATE '$month'), 0)::BIGINT AS own_units,
    coalesce(sum(units) FILTER (order_month = DATE '$year_ago'), 0)::BIGINT AS base_units,
    coalesce(sum(units) FILTER (order_month = DATE '$last_month'), 0)::BIGINT AS last_units,
    bool_or(order_month IN (DATE '$month', DATE '$year_ago')) AS active, bool_or(order_month > DATE '$year_ago') AS near,
    coalesce(bool_or(ordered) FILTER (order_month = DATE '$month'), false) AS ordered,
    coalesce(bool_or(ordered) FILTER (order_month = DATE '$last_month'), false) AS ordered_last,
    coalesce(bool_or(ordered) FILTER (order_month > DATE '$year_ago' AND order_month < DATE '$month'), false) AS ordered_before,
    coalesce(bit_or(CASE WHEN ordered AND order_date >= DATE '$first_week'
        THEN 1::BIGINT << ((order_date - DATE '$first_week') // 7) END), 0) AS weeks
FROM days GROUP BY retailer_id;

CREATE TEMP TABLE facts AS
WITH held AS (
    SELECT t.retailer_id, t.person_id, p.unit_id, v.route, coalesce(v.trade_form, '') AS trade_form,
        coalesce(v.market_type, '') AS market_type, $tier_group AS tier_group
    FROM territories AS t
    LEFT JOIN postings AS p ON p.person_id = t.person_id AND p.valid_from <= DATE '$last_day'
        AND (p.valid_until IS NULL OR p.valid_until > DATE '$last_day')
    LEFT JOIN retailer_versions AS v ON v.retailer_id = t.retailer_id AND v.valid_from <= DATE '$last_day'
        AND (v.valid_until IS NULL OR v.valid_until > DATE '$last_day')
    WHERE t.valid_from <= DATE '$last_day' AND (t.valid_until IS NULL OR t.valid_until > DATE '$last_day')
),
placed AS (
    SELECT retailer_id, count(*) AS n_products, count(*) FILTER (is_new) AS new_ordered
    FROM (SELECT DISTINCT retailer_id, product_id, is_new FROM sold WHERE ordered) GROUP BY retailer_id
),
known AS (
    SELECT coalesce(h.retailer_id, a.retailer_id) AS retailer_id, h.retailer_id IS NOT NULL AS is_held,
        h.* EXCLUDE (retailer_id), a.* EXCLUDE (retailer_id), n_products, new_ordered, is_held AND base_units > 0 AS has_base
    FROM held AS h FULL JOIN around AS a USING (retailer_id) LEFT JOIN placed AS n USING (retailer_id)
    WHERE h.retailer_id IS NOT NULL OR near
),
peers AS (
    SELECT *, sum(own_units) FILTER (has_base) OVER peer - own_units AS peer_now,
        sum(base_units) FILTER (has_base) OVER peer - base_units AS peer_base,
        count(*) FILTER (has_base) OVER peer - 1 AS n_peers
    FROM known WINDOW peer AS (PARTITION BY trade_form, market_type, tier_group)
),
judged AS (SELECT *, has_base AND n_peers >= $peer_minimum AND peer_base > 0 AS counted FROM peers)
SELECT retailer_id, is_held, person_id, unit_id, route, own_units, base_units, last_units, n_products, new_ordered, 1 AS n_retailers,
    (SELECT count(DISTINCT product_id) FROM goods WHERE is_new) AS new_pairs, active::BIGINT AS n_active, ordered::BIGINT AS n_ordering,
    ordered_last::BIGINT AS n_ordering_last, ordered_before::BIGINT AS n_ordering_before,
    bit_count(weeks & (weeks << 1) & $week_mask) AS n_again, bit_count((weeks << 1) & $week_mask) AS n_prior, counted::BIGINT AS n_counted,
    CASE WHEN counted THEN own_units END AS counted_units,
    CASE WHEN counted THEN floor(base_units::DOUBLE * peer_now::DOUBLE / peer_base::DOUBLE * 1000.0 + 0.5)::BIGINT END AS expected_milli_units
FROM judged;

-- Holdings are added up before they are repeated for every level; a retailer's own figures are all that is known of it.
CREATE TEMP TABLE parts AS
WITH RECURSIVE above AS (
    SELECT unit_id, unit_id AS above_id, 1 AS depth FROM units
    UNION ALL
    SELECT c.unit_id, u.parent_id, depth + 1 FROM above AS c JOIN units AS u ON u.unit_id = c.above_id
    WHERE u.parent_id IS NOT NULL AND depth < 6
),
lined AS (
    SELECT c.*, CASE WHEN f.own_units > $large THEN c.units END AS large_units
    FROM classed AS c LEFT JOIN facts AS f USING (retailer_id)
),
every AS (SELECT *, true AS is_held FROM lined UNION ALL BY NAME SELECT * FROM facts),
holdings AS (
    SELECT person_id, unit_id, route, price_class, $sums FROM every WHERE is_held GROUP BY person_id, unit_id, route, price_class
)
SELECT 'manager' AS level, person_id AS entity_id, NULL::VARCHAR AS route_name, price_class, $names
FROM holdings WHERE person_id IS NOT NULL
UNION ALL SELECT 'route', NULL, route, price_class, $names FROM holdings WHERE route IS NOT NULL
UNION ALL SELECT 'unit', above_id, NULL, price_class, $names
FROM holdings JOIN (SELECT DISTINCT unit_id, above_id FROM above) USING (unit_id)
UNION ALL SELECT 'company', $company, NULL, price_class, $names FROM holdings
UNION ALL SELECT 'retailer', retailer_id, NULL, price_class, $names FROM every;

CREATE TEMP TABLE entities AS
SELECT level, entity_id, route_name, $sums FROM parts GROUP BY level, entity_id, route_name;

CREATE TEMP TABLE class_sums AS
WITH summed AS (
    SELECT level, entity_id, route_name, price_class, sum(units)::BIGINT AS class_units
    FROM parts WHERE price_class IS NOT NULL GROUP BY level, entity_id, route_name, price_class
)
SELECT e.level, e.entity_id, e.route_name, c.price_class, coalesce(s.class_units, 0) AS class_units, e.units, e.n_lines
FROM entities AS e CROSS JOIN (SELECT DISTINCT price_class FROM product_versions WHERE price_class IS NOT NULL) AS c
LEFT JOIN summed AS s ON s.level = e.level AND s.price_class = c.price_class
    AND s.entity_id IS NOT DISTINCT FROM e.entity_id AND s.route_name IS NOT DISTINCT FROM e.route_name;
