/* ---
description: Every moment that a review was written at, with the parts of its UTC calendar date.
tests:
  not_null: [time_id, review_date, year, month, day, quarter]
  unique: [time_id]
--- */
SELECT
  time_id,
  review_date,
  CAST(year(review_date) AS INTEGER) AS year,
  CAST(month(review_date) AS INTEGER) AS month,
  CAST(day(review_date) AS INTEGER) AS day,
  CAST(quarter(review_date) AS INTEGER) AS quarter
FROM (SELECT DISTINCT time_id, timestamp AS review_date FROM silver.merged_reviews)
