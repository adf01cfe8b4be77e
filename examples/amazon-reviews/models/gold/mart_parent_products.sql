/* ---
description: How each parent product is liked and sold; the mean rating in whole stars.
tests:
  not_null: [parent_product_id, total_reviews, avg_rating, total_helpful_votes, total_sell_products]
  unique: [parent_product_id]
--- */
SELECT
  parent_product_id,
  count(*) AS total_reviews,
  round(mean_rating(rating)) AS avg_rating,
  CAST(coalesce(sum(helpful_vote), 0) AS BIGINT) AS total_helpful_votes,
  count(*) FILTER (WHERE verified_purchase) AS total_sell_products
FROM silver.merged_reviews
GROUP BY parent_product_id
