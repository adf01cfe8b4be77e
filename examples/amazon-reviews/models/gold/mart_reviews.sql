/* ---
description: Reviews without their words.
tests:
  not_null: [review_id, user_id, product_id, rating]
  unique: [review_id]
--- */
SELECT review_id, user_id, product_id, rating, verified_purchase, helpful_vote
FROM silver.fact_reviews
