/* ---
description: One row per review that has an item.
tests:
  not_null: [review_id, product_id, time_id, review_date, user_id, rating]
  unique: [review_id]
  relationships:
    product_id: silver.dim_products.product_id
    review_id: silver.dim_reviews.review_id
    time_id: silver.dim_time.time_id
--- */
SELECT
  review_id, product_id, time_id, timestamp AS review_date, user_id, rating, verified_purchase,
  CAST(helpful_vote AS BIGINT) AS helpful_vote
FROM silver.merged_reviews
