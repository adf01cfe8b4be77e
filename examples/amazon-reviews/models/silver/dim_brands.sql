/* ---
description: >
  Every brand by its name. `style` is the one most of its items have, the first by name among
  equals; `value` is the sum of the known prices of its items, null when none is known.
tests:
  not_null: [brand_id, brand_name]
  unique: [brand_id, brand_name]
--- */
WITH styles AS (
  SELECT brand_id, style
  FROM silver.items
  WHERE brand IS NOT NULL AND style IS NOT NULL
  GROUP BY brand_id, style
  QUALIFY row_number() OVER (PARTITION BY brand_id ORDER BY count(*) DESC, style) = 1
),
brands AS (
  SELECT brand_id, brand AS brand_name, CAST(sum(exact_price(price)) AS DOUBLE) AS value
  FROM silver.items
  WHERE brand IS NOT NULL
  GROUP BY brand_id, brand
)
SELECT b.brand_id, b.brand_name, s.style, b.value
FROM brands b
LEFT JOIN styles s USING (brand_id)
