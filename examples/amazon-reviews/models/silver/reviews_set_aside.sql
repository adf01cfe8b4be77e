/* ---
description: Reviews with the right types that silver.reviews does not take, and why.
tests:
  not_null: [reason]
--- */
SELECT
  CASE WHEN copy > 1 THEN 'exact duplicate' ELSE 'lost to another row of the same key' END
    AS reason,
  * EXCLUDE (place, copy)
FROM silver.reviews_contested
WHERE place > 1
UNION ALL BY NAME
SELECT review_problem(rating, timestamp) AS reason, *
FROM bronze.reviews
WHERE review_problem(rating, timestamp) IS NOT NULL
