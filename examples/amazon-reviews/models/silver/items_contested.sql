/* ---
description: >
  Items of which more than one row speaks. `place` 1 is the row that stays: the one with the most
  attributes known, then the greatest by price, category, product_title, store, brand, material,
  style, color, size, manufacturer, description, features and categories, in this order, nulls
  lowest. `copy` counts rows that are equal in every column. Arrival plays no part.
tests:
  not_null: [parent_product_id, place, copy]
--- */
WITH keys AS (
  SELECT parent_product_id
  FROM bronze.metadata
  WHERE item_problem(price) IS NULL
  GROUP BY parent_product_id
  HAVING count(*) > 1
)
SELECT
  m.*,
  row_number() OVER (
    PARTITION BY parent_product_id
    ORDER BY
      (price IS NOT NULL)::INTEGER + (store IS NOT NULL)::INTEGER + (brand IS NOT NULL)::INTEGER
        + (material IS NOT NULL)::INTEGER + (style IS NOT NULL)::INTEGER
        + (color IS NOT NULL)::INTEGER + (size IS NOT NULL)::INTEGER
        + (manufacturer IS NOT NULL)::INTEGER DESC,
      price DESC NULLS LAST, category DESC, product_title DESC, store DESC NULLS LAST,
      brand DESC NULLS LAST, material DESC NULLS LAST, style DESC NULLS LAST,
      color DESC NULLS LAST, size DESC NULLS LAST, manufacturer DESC NULLS LAST,
      description DESC NULLS LAST, features DESC NULLS LAST, categories DESC NULLS LAST
  ) AS place,
  row_number() OVER (
    PARTITION BY parent_product_id, price, category, product_title, store, brand, material, style,
      color, size, manufacturer, description, features, categories
  ) AS copy
FROM bronze.metadata m
SEMI JOIN keys USING (parent_product_id)
WHERE item_problem(m.price) IS NULL
