/* ---
description: >
  Reviews whose natural key (user, product, millisecond) more than one row has. `place` 1 is the row
  that stays: the greatest by helpful_vote, verified_purchase, rating, review_title, review_text and
  parent_product_id, in this order, nulls lowest. `copy` counts rows that are equal in every column.
tests:
  not_null: [user_id, product_id, timestamp, place, copy]
--- */
WITH keys AS (
  SELECT user_id, product_id, timestamp
  FROM bronze.reviews
  WHERE review_problem(rating, timestamp) IS NULL
  GROUP BY ALL
  HAVING count(*) > 1
)
SELECT
  r.*,
  row_number() OVER (
    PARTITION BY user_id, product_id, timestamp
    ORDER BY helpful_vote DESC NULLS LAST, verified_purchase DESC NULLS LAST, rating DESC,
      review_title DESC, review_text DESC, parent_product_id DESC
  ) AS place,
  row_number() OVER (
    PARTITION BY user_id, product_id, timestamp, helpful_vote, verified_purchase, rating,
      review_title, review_text, parent_product_id
  ) AS copy
FROM bronze.reviews r
SEMI JOIN keys USING (user_id, product_id, timestamp)
WHERE review_problem(r.rating, r.timestamp) IS NULL
