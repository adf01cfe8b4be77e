/* ---
description: >
  Where every line of the raw files went. `missing` is what none of the columns before it accounts
  for, so anything but 0 is a fault.
tests:
  expression:
    - missing = 0
--- */
SELECT
  input,
  in_marts + rejected + set_aside + unmatched + missing AS rows_in,
  in_marts, rejected, set_aside, unmatched, missing
FROM (
  SELECT *, accepted - in_marts - set_aside - unmatched AS missing
  FROM (
    SELECT
      'reviews' AS input,
      (SELECT count(*) FROM bronze.reviews) AS accepted,
      (SELECT count(*) FROM gold.mart_reviews) AS in_marts,
      (SELECT count(*) FROM bronze.reviews__rejected) AS rejected,
      (SELECT count(*) FROM silver.reviews_set_aside) AS set_aside,
      (SELECT count(*) FROM silver.reviews_unmatched) AS unmatched
    UNION ALL
    SELECT
      'items',
      (SELECT count(*) FROM bronze.metadata),
      (SELECT count(*) FROM silver.dim_parent_products),
      (SELECT count(*) FROM bronze.metadata__rejected),
      (SELECT count(*) FROM silver.items_set_aside),
      0
  )
)
