/* ---
description: >
  What each store sells and earns. Every review counts as one sale at the item's price; reviews of
  items without a price earn nothing. Reviews of items without a store are left out.
tests:
  not_null: [store_id, store_name, total_reviews, avg_rating, total_sell_products, total_revenue]
  unique: [store_id, store_name]
  expression: total_revenue >= 0
--- */
SELECT
  store_id,
  store AS store_name,
  count(*) AS total_reviews,
  round(mean_rating(rating)) AS avg_rating,
  count(DISTINCT parent_product_id) AS total_sell_products,
  CAST(coalesce(sum(exact_price(price)), 0) AS DOUBLE) AS total_revenue
FROM silver.merged_reviews
WHERE store IS NOT NULL
GROUP BY store_id, store
