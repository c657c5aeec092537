-- From sums to answers: a value, or the first reason against it.
WITH names AS (
    SELECT 'manager' AS level, person_id AS entity_id, employee_no AS entity FROM postings
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY valid_from > DATE '$last_day',
        CASE WHEN valid_from > DATE '$last_day' THEN valid_from END, valid_from DESC) = 1
    UNION ALL
    SELECT 'retailer', retailer_id, licence_no FROM retailer_versions
    QUALIFY row_number() OVER (PARTITION BY retailer_id ORDER BY valid_from > DATE '$last_day',
        CASE WHEN valid_from > DATE '$last_day' THEN valid_from END, valid_from DESC) = 1
    UNION ALL SELECT 'unit', unit_id, unit FROM units
    UNION ALL SELECT 'company', $company, '$company_code'
),
told AS (
    SELECT level, entity_id, route_name, 'sales_units' AS indicator, units::DOUBLE AS numerator, NULL::DOUBLE AS denominator,
        n_lines AS n, 'order_units' AS unit, 0 AS minus, CASE WHEN n_lines = 0 THEN 'no_lines' END AS reason
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'sales_amount', amount_fen / 100.0::DOUBLE, NULL, n_lines, 'money', 0,
        CASE WHEN n_lines = 0 THEN 'no_lines' WHEN n_without_amount > 0 THEN 'not_recorded' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'same_period_change', own_units, base_units, n_active, 'ratio', 1,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN base_units <= 0 THEN 'no_base' WHEN n_active < 1 THEN 'below_minimum' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'unit_price', amount_fen / 100.0::DOUBLE, units, n_lines, 'money_per_unit', 0,
        CASE WHEN n_lines = 0 THEN 'no_lines' WHEN n_without_amount > 0 THEN 'not_recorded' WHEN units <= 0 THEN 'no_base' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'key_brand_share', key_units, units, n_lines, 'share', 0,
        CASE WHEN n_lines = 0 THEN 'no_lines' WHEN units <= 0 THEN 'no_base' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'price_class_share.' || price_class, class_units, units, n_lines, 'share', 0,
        CASE WHEN n_lines = 0 THEN 'no_lines' WHEN units <= 0 THEN 'no_base' END
    FROM class_sums
    UNION ALL
    SELECT level, entity_id, route_name, 'company_gross_margin', (known_amount_fen - known_cost_fen) / 100.0::DOUBLE,
        known_amount_fen / 100.0::DOUBLE, n_lines, 'share', 0,
        CASE WHEN n_lines = 0 THEN 'no_lines' WHEN n_without_amount > 0 THEN 'not_recorded' WHEN amount_fen <= 0 THEN 'no_base'
            WHEN known_amount_fen < amount_fen * 0.95::DOUBLE OR known_amount_fen <= 0 THEN 'no_cost' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'order_coverage', n_ordering, n_retailers, n_retailers, 'share', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' END
    FROM entities WHERE level <> 'retailer'
    UNION ALL
    SELECT level, entity_id, route_name, 'products_per_retailer', n_products, n_ordering, n_ordering, 'count', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN n_ordering <= 0 THEN 'no_lines' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'sell_through.a', n_ordering, n_ordering_before, n_ordering_before, 'ratio', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN n_ordering_before <= 0 THEN 'no_base' END
    FROM entities WHERE level <> 'retailer'
    UNION ALL
    SELECT level, entity_id, route_name, 'sell_through.b', own_units / nullif(n_ordering, 0), last_units / nullif(n_ordering_last, 0),
        n_ordering_last, 'ratio', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN n_ordering <= 0 THEN 'no_lines' WHEN n_ordering_last <= 0 OR last_units <= 0 THEN 'no_base' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'repurchase', n_again, n_prior, n_prior, 'share', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN n_prior <= 0 THEN 'no_base' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'new_product_distribution', new_ordered, new_pairs, new_pairs, 'share', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN new_pairs <= 0 THEN 'no_base' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'peer_growth', counted_units, expected_milli_units / 1000.0::DOUBLE, n_counted, 'ratio', 0,
        CASE WHEN n_retailers <= 0 THEN 'holds_none' WHEN n_counted = 0 THEN 'no_peers' WHEN expected_milli_units <= 0 THEN 'no_base' END
    FROM entities
    UNION ALL
    SELECT level, entity_id, route_name, 'large_retailer_share', large_units, units, n_lines, 'share', 0,
        CASE WHEN n_lines = 0 THEN 'no_lines' WHEN units <= 0 THEN 'no_base' END
    FROM entities WHERE level <> 'retailer'
)
SELECT $company::INTEGER AS company_id, DATE '$month' AS month, level, coalesce(entity, route_name) AS entity, entity_id, indicator,
    CASE WHEN reason IS NULL THEN coalesce(numerator / nullif(denominator, 0) - minus, numerator) END AS value,
    numerator, denominator, n, unit, CASE WHEN reason IS NULL THEN 'value' ELSE 'not_enough_data' END AS answer, reason
FROM told LEFT JOIN names USING (level, entity_id)
WHERE coalesce(entity, route_name) IS NOT NULL
ORDER BY level, entity, entity_id, indicator
