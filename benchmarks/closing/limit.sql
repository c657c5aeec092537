-- The indicators of one month, by hand. Views of the lake's tables exist; words with a dollar sign are filled in. Lines are read once by product (the
-- month), once by retailer and day (three months before, the month and the next), once by retailer (the same month last year).

-- Who held a retailer, on which route, in which unit: one row per stretch of days without change in the five months that count.
CREATE TEMP TABLE spans AS
WITH keys AS (SELECT retailer_id FROM retailer_versions UNION SELECT retailer_id FROM territories),
changes AS (
    SELECT retailer_id, DATE '$window_start' AS since FROM keys
    UNION SELECT retailer_id, unnest([valid_from, valid_until]) FROM retailer_versions
    UNION SELECT retailer_id, unnest([valid_from, valid_until]) FROM territories
    UNION SELECT retailer_id, unnest([p.valid_from, p.valid_until]) FROM territories JOIN postings AS p USING (person_id)
),
cuts AS (
    SELECT retailer_id, since, lead(since, 1, DATE '9999-12-31') OVER (PARTITION BY retailer_id ORDER BY since) AS until
    FROM changes WHERE since >= DATE '$window_start' AND since < DATE '$window_end'
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
    count(*) AS n_lines, count(*) - count(amount_fen) AS n_without_amount, bool_or(ordered_units > 0) AS ordered
FROM order_lines AS l
LEFT JOIN (SELECT * FROM spans WHERE until > DATE '$month' AND since < DATE '$next_month') AS s
    ON s.retailer_id = l.retailer_id AND l.order_date >= s.since AND l.order_date < s.until
LEFT JOIN goods AS g ON g.product_id = l.product_id AND l.order_date >= g.valid_from AND l.order_date < g.valid_until
WHERE l.order_month = DATE '$month'
GROUP BY ALL;

CREATE TEMP TABLE by_span AS
SELECT retailer_id, span, sum(units)::BIGINT AS units, coalesce(sum(amount_fen), 0)::BIGINT AS amount_fen, sum(n_lines)::BIGINT AS n_lines,
    sum(n_without_amount)::BIGINT AS n_without_amount, coalesce(sum(units) FILTER (is_key), 0)::BIGINT AS key_units,
    coalesce(sum(amount_fen) FILTER (cost_price_fen IS NOT NULL AND n_without_amount = 0), 0)::BIGINT AS known_amount_fen,
    coalesce(sum(units * cost_price_fen) FILTER (n_without_amount = 0), 0)::BIGINT AS known_cost_fen,
    count(DISTINCT product_id) FILTER (ordered) AS n_products, bool_or(ordered) AS ordered
FROM sold GROUP BY retailer_id, span;

CREATE TEMP TABLE totals AS
SELECT retailer_id, sum(units)::BIGINT AS units, sum(n_lines)::BIGINT AS n_lines, bool_or(ordered) AS ordered, count(*) AS n_spans
FROM by_span GROUP BY retailer_id;

-- Days of the months around: small, so that spans are looked up for days, not for lines. Weeks are bits, week 0 the one before.
CREATE TEMP TABLE around AS
WITH days AS (
    SELECT retailer_id, order_date, any_value(order_month) AS order_month,
        sum(coalesce(supplied_units, ordered_units))::BIGINT AS units, bool_or(ordered_units > 0) AS ordered
    FROM order_lines WHERE order_month IN ($months_around) GROUP BY retailer_id, order_date
)
SELECT d.retailer_id, s.span,
    coalesce(sum(d.units) FILTER (order_month = DATE '$last_month'), 0)::BIGINT AS last_units,
    coalesce(bool_or(ordered) FILTER (order_month < DATE '$month'), false) AS ordered_before,
    coalesce(bool_or(ordered) FILTER (order_month = DATE '$last_month'), false) AS ordered_last,
    coalesce(bit_or(CASE WHEN ordered AND order_date >= DATE '$first_week' AND order_date < DATE '$weeks_end'
        THEN 1::BIGINT << ((order_date - DATE '$first_week') // 7) END), 0) AS weeks
FROM days AS d
LEFT JOIN spans AS s ON s.retailer_id = d.retailer_id AND d.order_date >= s.since AND d.order_date < s.until
WHERE order_month <= DATE '$month' OR (ordered AND order_date < DATE '$weeks_end')
GROUP BY d.retailer_id, s.span;

CREATE TEMP TABLE held AS
WITH year_ago AS (
    SELECT retailer_id, sum(coalesce(supplied_units, ordered_units))::BIGINT AS base_units, count(*) AS n_base_lines
    FROM order_lines WHERE order_month = DATE '$year_ago' GROUP BY retailer_id
),
placed AS (SELECT retailer_id, count(DISTINCT product_id) AS new_ordered FROM sold WHERE is_new AND ordered GROUP BY retailer_id),
facts AS (
    SELECT t.retailer_id, t.person_id, p.unit_id, v.route, coalesce(v.trade_form, '') AS trade_form,
        coalesce(v.market_type, '') AS market_type, $tier_group AS tier_group,
        coalesce(s.units, 0) AS units, coalesce(s.n_lines, 0) AS n_lines, coalesce(s.ordered, false) AS ordered,
        coalesce(y.base_units, 0) AS base_units, coalesce(y.n_base_lines, 0) AS n_base_lines, coalesce(n.new_ordered, 0) AS new_ordered
    FROM territories AS t
    LEFT JOIN postings AS p ON p.person_id = t.person_id AND p.valid_from <= DATE '$last_day'
        AND (p.valid_until IS NULL OR p.valid_until > DATE '$last_day')
    LEFT JOIN retailer_versions AS v ON v.retailer_id = t.retailer_id AND v.valid_from <= DATE '$last_day'
        AND (v.valid_until IS NULL OR v.valid_until > DATE '$last_day')
    LEFT JOIN totals AS s ON s.retailer_id = t.retailer_id
    LEFT JOIN year_ago AS y ON y.retailer_id = t.retailer_id
    LEFT JOIN placed AS n ON n.retailer_id = t.retailer_id
    WHERE t.valid_from <= DATE '$last_day' AND (t.valid_until IS NULL OR t.valid_until > DATE '$last_day')
),
peers AS (
    SELECT *, sum(units) FILTER (base_units > 0) OVER peer - units AS peer_now,
        sum(base_units) FILTER (base_units > 0) OVER peer - base_units AS peer_base,
        count(*) FILTER (base_units > 0) OVER peer - 1 AS n_peers
    FROM facts WINDOW peer AS (PARTITION BY trade_form, market_type, tier_group)
)
SELECT retailer_id, person_id, unit_id, route, ordered, n_lines > 0 OR n_base_lines > 0 AS active, units, base_units, new_ordered,
    base_units > 0 AND n_peers >= $peer_minimum AND peer_base > 0 AS counted,
    floor(base_units::DOUBLE * peer_now::DOUBLE / peer_base::DOUBLE * 1000.0 + 0.5) AS expected_milli_units
FROM peers;

CREATE TEMP TABLE above AS
WITH RECURSIVE climbed AS (
    SELECT unit_id, unit_id AS above_id, 1 AS depth FROM units
    UNION ALL
    SELECT c.unit_id, u.parent_id, depth + 1 FROM climbed AS c JOIN units AS u ON u.unit_id = c.above_id
    WHERE u.parent_id IS NOT NULL AND depth < 6
)
SELECT DISTINCT unit_id, above_id FROM climbed;

-- Everything of a retailer's stretch of days in one row, then once for each entity it belongs to.
CREATE TEMP TABLE stretches AS
SELECT coalesce(n.retailer_id, a.retailer_id) AS retailer_id, s.person_id, s.unit_id, s.route, n.* EXCLUDE (retailer_id, span),
    t.units > $large AS large, t.n_spans, a.last_units, a.ordered_before, a.ordered_last, a.weeks
FROM by_span AS n
FULL JOIN around AS a ON a.retailer_id = n.retailer_id AND a.span IS NOT DISTINCT FROM n.span
LEFT JOIN spans AS s ON s.span = coalesce(n.span, a.span)
LEFT JOIN totals AS t ON t.retailer_id = coalesce(n.retailer_id, a.retailer_id);

CREATE TEMP TABLE entities AS
WITH belonging AS (
    SELECT 'manager' AS level, person_id AS entity_id, NULL::VARCHAR AS route_name, * FROM stretches WHERE person_id IS NOT NULL
    UNION ALL SELECT 'route', NULL, route, * FROM stretches WHERE route IS NOT NULL
    UNION ALL SELECT 'unit', above_id, NULL, stretches.* FROM stretches JOIN above USING (unit_id)
    UNION ALL SELECT 'company', $company, NULL, * FROM stretches
    UNION ALL SELECT 'retailer', retailer_id, NULL, * FROM stretches
),
-- A product that a retailer bought in two stretches of one entity counts once there.
shared AS (
    SELECT s.retailer_id, d.product_id, p.person_id, p.unit_id, p.route
    FROM sold AS d JOIN totals AS s ON s.retailer_id = d.retailer_id AND s.n_spans > 1 LEFT JOIN spans AS p ON p.span = d.span
    WHERE d.ordered
),
recounted AS (
    SELECT level, entity_id, route_name, count(DISTINCT (retailer_id, product_id)) AS n_products
    FROM (
        SELECT 'manager' AS level, person_id AS entity_id, NULL::VARCHAR AS route_name, * FROM shared WHERE person_id IS NOT NULL
        UNION ALL SELECT 'route', NULL, route, * FROM shared WHERE route IS NOT NULL
        UNION ALL SELECT 'unit', above_id, NULL, shared.* FROM shared JOIN above USING (unit_id)
        UNION ALL SELECT 'company', $company, NULL, * FROM shared
        UNION ALL SELECT 'retailer', retailer_id, NULL, * FROM shared
    ) GROUP BY level, entity_id, route_name
),
of_retailer AS (
    SELECT level, entity_id, route_name, retailer_id, sum(units) AS units, sum(amount_fen) AS amount_fen, sum(n_lines) AS n_lines,
        sum(n_without_amount) AS n_without_amount, sum(key_units) AS key_units, sum(known_amount_fen) AS known_amount_fen,
        sum(known_cost_fen) AS known_cost_fen, sum(units) FILTER (large) AS large_units, sum(n_products) FILTER (n_spans = 1) AS n_products,
        sum(last_units) AS last_units, bool_or(ordered) AS ordered, bool_or(ordered_before) AS ordered_before,
        bool_or(ordered_last) AS ordered_last, bit_or(weeks) AS weeks
    FROM belonging GROUP BY level, entity_id, route_name, retailer_id
),
lined AS (
    SELECT level, entity_id, route_name, sum(units) AS units, sum(amount_fen) AS amount_fen, sum(n_lines) AS n_lines,
        sum(n_without_amount) AS n_without_amount, sum(key_units) AS key_units, sum(known_amount_fen) AS known_amount_fen,
        sum(known_cost_fen) AS known_cost_fen, sum(large_units) AS large_units, sum(n_products) AS n_products, sum(last_units) AS last_units,
        count(*) FILTER (ordered) AS n_ordering, count(*) FILTER (ordered_before) AS n_ordering_before,
        count(*) FILTER (ordered_last) AS n_ordering_last,
        sum(bit_count(weeks & (weeks << 1) & $week_mask)) AS n_again, sum(bit_count((weeks << 1) & $week_mask)) AS n_prior
    FROM of_retailer GROUP BY level, entity_id, route_name
),
ended AS (
    SELECT level, entity_id, route_name, count(*) AS n_held, count(*) FILTER (ordered) AS n_held_ordered, count(*) FILTER (active) AS n_active,
        sum(units) AS now_units, sum(base_units) AS base_units, sum(new_ordered) AS new_ordered, count(*) FILTER (counted) AS n_counted,
        sum(units) FILTER (counted) AS counted_units, sum(expected_milli_units) FILTER (counted) AS expected_milli_units
    FROM (
        SELECT 'manager' AS level, person_id AS entity_id, NULL::VARCHAR AS route_name, * FROM held WHERE person_id IS NOT NULL
        UNION ALL SELECT 'route', NULL, route, * FROM held WHERE route IS NOT NULL
        UNION ALL SELECT 'unit', above_id, NULL, held.* FROM held JOIN above USING (unit_id)
        UNION ALL SELECT 'company', $company, NULL, * FROM held
        UNION ALL SELECT 'retailer', retailer_id, NULL, * FROM held
    ) GROUP BY level, entity_id, route_name
),
every AS (
    SELECT * FROM lined UNION ALL BY NAME SELECT * FROM ended UNION ALL BY NAME SELECT * FROM recounted
)
SELECT level, entity_id, route_name, $entity_sums,
    coalesce(sum(n_held), 0)::BIGINT * (SELECT count(DISTINCT product_id) FROM goods WHERE is_new) AS new_pairs
FROM every GROUP BY level, entity_id, route_name;

CREATE TEMP TABLE class_sums AS
WITH known AS (
    SELECT d.retailer_id, s.person_id, s.unit_id, s.route, d.price_class, sum(d.units) AS class_units
    FROM sold AS d LEFT JOIN spans AS s USING (span) WHERE d.price_class IS NOT NULL
    GROUP BY ALL
),
summed AS (
    SELECT level, entity_id, route_name, price_class, sum(class_units)::BIGINT AS class_units
    FROM (
        SELECT 'manager' AS level, person_id AS entity_id, NULL::VARCHAR AS route_name, * FROM known WHERE person_id IS NOT NULL
        UNION ALL SELECT 'route', NULL, route, * FROM known WHERE route IS NOT NULL
        UNION ALL SELECT 'unit', above_id, NULL, known.* FROM known JOIN above USING (unit_id)
        UNION ALL SELECT 'company', $company, NULL, * FROM known
        UNION ALL SELECT 'retailer', retailer_id, NULL, * FROM known
    ) GROUP BY level, entity_id, route_name, price_class
)
SELECT e.level, e.entity_id, e.route_name, c.price_class, coalesce(s.class_units, 0) AS class_units, e.units, e.n_lines
FROM entities AS e CROSS JOIN (SELECT DISTINCT price_class FROM product_versions WHERE price_class IS NOT NULL) AS c
LEFT JOIN summed AS s ON s.level = e.level AND s.price_class = c.price_class
    AND s.entity_id IS NOT DISTINCT FROM e.entity_id AND s.route_name IS NOT DISTINCT FROM e.route_name;
