/* ---
description: One row per review, by its natural key (user, product, millisecond).
tests:
  not_null: [review_id, rating, user_id, product_id, parent_product_id, timestamp]
  unique: [review_id]
--- */
SELECT
  review_id(user_id, product_id, timestamp) AS review_id,
  rating, review_title, review_text, product_id, parent_product_id, user_id, timestamp,
  helpful_vote, verified_purchase
FROM (
  SELECT r.*
  FROM bronze.reviews r
  ANTI JOIN silver.reviews_contested c USING (user_id, product_id, timestamp)
  WHERE review_problem(r.rating, r.timestamp) IS NULL
  UNION ALL BY NAME
  SELECT * EXCLUDE (place, copy)
  FROM silver.reviews_contested
  WHERE place = 1
)
