/* ---
description: Items with the right types that silver.items does not take, and why.
tests:
  not_null: [reason]
--- */
SELECT
  CASE WHEN copy > 1 THEN 'exact duplicate' ELSE 'lost to another row of the same product' END
    AS reason,
  * EXCLUDE (place, copy)
FROM silver.items_contested
WHERE place > 1
UNION ALL BY NAME
SELECT item_problem(price) AS reason, *
FROM bronze.metadata
WHERE item_problem(price) IS NOT NULL
