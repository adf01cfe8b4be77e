-- What a row that has the right types may still be refused for: the reason, or null for a good row.
CREATE MACRO review_problem(rating, reviewed_at) AS CASE
  WHEN NOT (rating BETWEEN 0 AND 5) THEN 'rating is not from 0 to 5'
  WHEN NOT (epoch_ms(reviewed_at) BETWEEN 0 AND 253402300799999)
    THEN 'timestamp is not from 1970 to 9999'
END;

CREATE MACRO item_problem(price) AS CASE
  WHEN NOT (price BETWEEN 0 AND 1000000000) THEN 'price is not from 0 to 1,000,000,000'
END;

-- Exact arithmetic, so that sums do not depend on the order of rows.
CREATE MACRO exact_rating(rating) AS CAST(rating AS DECIMAL(9, 6));
CREATE MACRO exact_price(price) AS CAST(price AS DECIMAL(18, 4));
CREATE MACRO mean_rating(rating) AS CAST(sum(exact_rating(rating)) AS DOUBLE) / count(*);
