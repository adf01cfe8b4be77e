/* ---
description: Every review with its item (the reference's MergeSchema), and the ids of both.
tests:
  not_null: [review_id, time_id, category_id, category, product_title]
  unique: [review_id]
--- */
SELECT
  r.rating, r.review_title, r.review_text, r.product_id, r.parent_product_id, r.user_id,
  r.timestamp, r.helpful_vote, r.verified_purchase,
  i.category, i.product_title, i.price, i.store, i.brand, i.material, i.style, i.color,
  r.review_id, time_id(r.timestamp) AS time_id, i.store_id, i.brand_id, i.category_id
FROM silver.reviews r
JOIN silver.items i USING (parent_product_id)
