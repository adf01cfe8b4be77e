/* ---
description: One row per parent product, with the ids of its store, brand and category.
tests:
  not_null: [parent_product_id, category, product_title, category_id]
  unique: [parent_product_id]
--- */
SELECT
  parent_product_id, category, product_title, price, store, brand, material, style, color, size,
  manufacturer, description, features, categories,
  store_id(store) AS store_id,
  brand_id(brand) AS brand_id,
  category_id(category) AS category_id
FROM (
  SELECT m.*
  FROM bronze.metadata m
  ANTI JOIN silver.items_contested c USING (parent_product_id)
  WHERE item_problem(m.price) IS NULL
  UNION ALL BY NAME
  SELECT * EXCLUDE (place, copy)
  FROM silver.items_contested
  WHERE place = 1
)
