/* ---
description: How each category is liked and sold; the mean rating in whole stars.
tests:
  not_null: [category_id, category_name, total_products, total_helpful_votes, total_reviews, avg_rating, verified_purchases]
  unique: [category_id, category_name]
--- */
SELECT
  category_id,
  category AS category_name,
  count(DISTINCT parent_product_id) AS total_products,
  CAST(coalesce(sum(helpful_vote), 0) AS BIGINT) AS total_helpful_votes,
  count(*) AS total_reviews,
  round(mean_rating(rating)) AS avg_rating,
  count(*) FILTER (WHERE verified_purchase) AS verified_purchases
FROM silver.merged_reviews
GROUP BY category_id, category
