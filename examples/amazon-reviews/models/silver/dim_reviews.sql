/* ---
description: The words of a review.
tests:
  not_null: [review_id, review_title, review_text]
  unique: [review_id]
--- */
SELECT review_id, review_title, review_text
FROM silver.merged_reviews
