/* ---
description: What each user bought and thought of it. Of equally frequent categories the first by name.
tests:
  not_null: [user_id, total_reviews, avg_rating, total_helpful_votes, total_buy_products, top_category]
  unique: [user_id]
  expression: [total_buy_products <= total_reviews, first_review_date <= last_review_date]
--- */
WITH top AS (
  SELECT user_id, category AS top_category
  FROM silver.merged_reviews
  GROUP BY user_id, category
  QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY count(*) DESC, category) = 1
),
users AS (
  SELECT
    user_id,
    count(*) AS total_reviews,
    mean_rating(rating) AS avg_rating,
    CAST(coalesce(sum(helpful_vote), 0) AS BIGINT) AS total_helpful_votes,
    count(*) FILTER (WHERE verified_purchase) AS total_buy_products,
    min(timestamp) AS first_review_date,
    max(timestamp) AS last_review_date
  FROM silver.merged_reviews
  GROUP BY user_id
)
SELECT
  u.user_id, u.total_reviews, u.avg_rating, u.total_helpful_votes, u.total_buy_products,
  t.top_category, u.first_review_date, u.last_review_date
FROM users u
JOIN top t USING (user_id)
