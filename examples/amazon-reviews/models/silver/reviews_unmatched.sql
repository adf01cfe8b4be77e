/* ---
description: >
  Reviews of products that no valid item describes: the metadata never had the product, or its line
  was rejected or set aside. They move to merged_reviews in the run after the item arrives.
tests:
  unique: [review_id]
--- */
SELECT r.*
FROM silver.reviews r
ANTI JOIN silver.items i USING (parent_product_id)
