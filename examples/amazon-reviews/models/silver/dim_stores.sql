/* ---
description: >
  Every store by its name. `categories` are those of its items, in order. No source has an address:
  the column is null, kept because the reference's model has it.
tests:
  not_null: [store_id, store_name, categories]
  unique: [store_id, store_name]
--- */
SELECT
  store_id,
  store AS store_name,
  CAST(NULL AS VARCHAR) AS address,
  list(DISTINCT category ORDER BY category) AS categories
FROM silver.items
WHERE store IS NOT NULL
GROUP BY store_id, store
