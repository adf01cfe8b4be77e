/* ---
description: Every parent product that has a valid item, reviewed or not.
tests:
  not_null: [parent_product_id, category, product_title]
  unique: [parent_product_id]
  relationships:
    store_id: silver.dim_stores.store_id
    brand_id: silver.dim_brands.brand_id
--- */
SELECT
  parent_product_id, store_id, brand_id, category, product_title, description, features, price
FROM silver.items
