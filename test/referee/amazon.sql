-- The referee of examples/amazon-reviews: the five marts and the balance, computed by plain DuckDB
-- straight from the raw lines. It shares nothing with the pipeline: not the codec, not the lake,
-- not a macro, not an id function, and says each rule in another way where there is one.
--
-- In:  variables review_files and item_files, lists of paths.
-- Out: referee.mart_users, mart_parent_products, mart_categories, mart_store_performance,
--      mart_reviews and balance. Times are BIGINT milliseconds.
--
-- Known difference: DuckDB's json_valid also takes NaN and a trailing comma, which no line of the
-- compared inputs has.
CREATE SCHEMA referee;

-- Lines as text; those that are no UTF-8 go to the tables of rejects, so that all are counted.
CREATE TEMP TABLE review_lines AS
SELECT line
FROM read_csv(getvariable('review_files'), columns = {'line': 'VARCHAR'}, auto_detect = false,
              header = false, delim = chr(7), quote = '', escape = '', new_line = '\n',
              max_line_size = 16777216, store_rejects = true, rejects_limit = 0,
              rejects_table = 'review_lines_refused', rejects_scan = 'review_scan')
WHERE line IS NOT NULL;
CREATE TEMP TABLE item_lines AS
SELECT line
FROM read_csv(getvariable('item_files'), columns = {'line': 'VARCHAR'}, auto_detect = false,
              header = false, delim = chr(7), quote = '', escape = '', new_line = '\n',
              max_line_size = 16777216, store_rejects = true, rejects_limit = 0,
              rejects_table = 'item_lines_refused', rejects_scan = 'item_scan')
WHERE line IS NOT NULL;
CREATE TEMP TABLE line_counts AS
SELECT 'reviews' AS input, (SELECT count(*) FROM review_lines)
  + (SELECT count(DISTINCT (file_id, line)) FROM review_lines_refused) AS num_lines
UNION ALL
SELECT 'items', (SELECT count(*) FROM item_lines)
  + (SELECT count(DISTINCT (file_id, line)) FROM item_lines_refused);

-- A list without repeats is as long as its set.
CREATE TEMP MACRO no_repeats(names) AS len(names) = len(list_distinct(names));
CREATE TEMP MACRO is_number(json) AS json_type(json) IN ('DOUBLE', 'BIGINT', 'UBIGINT', 'HUGEINT');
CREATE TEMP MACRO is_whole(json) AS json_type(json) IN ('BIGINT', 'UBIGINT');
CREATE TEMP MACRO is_text(json) AS json_type(json) = 'VARCHAR';
CREATE TEMP MACRO is_nothing(json) AS json IS NULL OR json_type(json) = 'NULL';
CREATE TEMP MACRO text_of(json) AS json ->> '$';

-- Step by step, each as a table: SQL may evaluate conditions of one WHERE in any order, and some
-- of these fail on what an earlier one excludes.
CREATE TEMP TABLE review_objects AS
SELECT json_extract(line, ['$.rating', '$.title', '$.text', '$.asin', '$.parent_asin', '$.user_id',
                           '$.timestamp', '$.helpful_vote', '$.verified_purchase']) AS f,
       json_keys(line) AS keys
FROM (FROM review_lines WHERE json_valid(line) OFFSET 0)
WHERE json_type(line) = 'OBJECT';

CREATE TEMP TABLE typed_reviews AS
SELECT f
FROM review_objects
WHERE no_repeats(keys)
  AND is_number(f[1]) AND is_text(f[2]) AND is_text(f[3]) AND is_text(f[4]) AND is_text(f[5])
  AND is_text(f[6]) AND is_whole(f[7])
  AND (is_nothing(f[8]) OR is_whole(f[8]))
  AND (is_nothing(f[9]) OR json_type(f[9]) = 'BOOLEAN');

CREATE TEMP TABLE valid_reviews AS
SELECT CAST(f[1] AS DOUBLE) AS rating, text_of(f[2]) AS title, text_of(f[3]) AS body,
       text_of(f[4]) AS asin, text_of(f[5]) AS parent_asin, text_of(f[6]) AS user_id,
       CAST(f[7] AS BIGINT) AS ms,
       CASE WHEN NOT is_nothing(f[8]) THEN CAST(f[8] AS BIGINT) END AS votes,
       CASE WHEN NOT is_nothing(f[9]) THEN CAST(f[9] AS BOOLEAN) END AS verified
FROM typed_reviews
WHERE is_nothing(f[8]) OR CAST(f[8] AS BIGINT) BETWEEN -2147483648 AND 2147483647;

CREATE TEMP TABLE usable_reviews AS
FROM valid_reviews
WHERE rating >= 0 AND rating <= 5
  AND ms >= 0 AND ms < epoch_ms(TIMESTAMP '9999-12-31 00:00:00') + 86400000;

-- One review a key: the greatest of the others' order, nulls as less than anything.
CREATE TEMP TABLE kept_reviews AS
SELECT user_id, asin, ms, greatest_row.*
FROM (
  SELECT user_id, asin, ms,
         max({'votes_known': votes IS NOT NULL, 'votes': coalesce(votes, 0),
              'verified_known': verified IS NOT NULL, 'verified': coalesce(verified, false),
              'rating': rating, 'title': title, 'body': body, 'parent_asin': parent_asin})
           AS greatest_row
  FROM usable_reviews
  GROUP BY user_id, asin, ms
);

CREATE TEMP TABLE item_objects AS
SELECT json_extract(line, ['$.main_category', '$.title', '$.parent_asin', '$.price', '$.store',
                           '$.description', '$.features', '$.categories']) AS f,
       json_extract(line, '$.details') AS details,
       json_keys(line) AS keys
FROM (FROM item_lines WHERE json_valid(line) OFFSET 0)
WHERE json_type(line) = 'OBJECT';

CREATE TEMP MACRO is_text_list(json) AS
  is_nothing(json)
  OR (json_type(json) = 'ARRAY'
      AND len(list_filter(json_extract(json, '$[*]'), x -> NOT is_text(x))) = 0);
CREATE TEMP MACRO text_list_of(json) AS
  CASE WHEN NOT is_nothing(json) THEN json_extract_string(json, '$[*]') END;
-- The member of `details` under that name in any case.
CREATE TEMP MACRO detail(details, wanted) AS
  json_extract(details, '$."' || list_filter(json_keys(details), k -> lower(k) = wanted)[1] || '"');

CREATE TEMP TABLE typed_items AS
SELECT f, [detail(details, 'brand'), detail(details, 'material'), detail(details, 'style'),
           detail(details, 'color'), detail(details, 'size'), detail(details, 'manufacturer')] AS d
FROM item_objects
WHERE no_repeats(keys)
  AND is_text(f[1]) AND is_text(f[2]) AND is_text(f[3])
  AND (is_nothing(f[4]) OR is_number(f[4]))
  AND (is_nothing(f[5]) OR is_text(f[5]))
  AND is_text_list(f[6]) AND is_text_list(f[7]) AND is_text_list(f[8])
  AND (is_nothing(details) OR (json_type(details) = 'OBJECT' AND no_repeats(json_keys(details))));

CREATE TEMP TABLE valid_items AS
SELECT text_of(f[1]) AS category, text_of(f[2]) AS title, text_of(f[3]) AS parent_asin,
       CASE WHEN NOT is_nothing(f[4]) THEN CAST(f[4] AS DOUBLE) END AS price,
       text_of(f[5]) AS store, text_of(d[1]) AS brand,
       [text_of(d[2]), text_of(d[3]), text_of(d[4]), text_of(d[5]), text_of(d[6])] AS others,
       text_list_of(f[6]) AS description, text_list_of(f[7]) AS features,
       text_list_of(f[8]) AS categories
FROM typed_items
WHERE len(list_filter(d, x -> NOT is_nothing(x) AND NOT is_text(x))) = 0;

CREATE TEMP TABLE usable_items AS
FROM valid_items WHERE coalesce(price, 0) >= 0 AND coalesce(price, 0) <= 1e9;

CREATE TEMP MACRO known_text(value) AS {'known': value IS NOT NULL, 'value': coalesce(value, '')};
CREATE TEMP MACRO known_list(value) AS {'known': value IS NOT NULL, 'value': coalesce(value, [])};
CREATE TEMP TABLE kept_items AS
SELECT parent_asin, greatest_row.category,
       CASE WHEN greatest_row.price.known THEN greatest_row.price.value END AS price,
       CASE WHEN greatest_row.store.known THEN greatest_row.store.value END AS store
FROM (
  SELECT parent_asin,
         max({'num_known': len(list_filter([price::VARCHAR, store, brand] || others,
                                           x -> x IS NOT NULL)),
              'price': {'known': price IS NOT NULL, 'value': coalesce(price, 0)},
              'category': category, 'title': title, 'store': known_text(store),
              'brand': known_text(brand), 'others': list_transform(others, x -> known_text(x)),
              'description': known_list(description), 'features': known_list(features),
              'categories': known_list(categories)}) AS greatest_row
  FROM usable_items
  GROUP BY parent_asin
);

CREATE TEMP TABLE sales AS
SELECT r.*, i.category, i.store,
       CASE WHEN i.price IS NOT NULL THEN CAST(round(i.price * 10000) AS HUGEINT) END AS price_1e4
FROM kept_reviews r, kept_items i
WHERE r.parent_asin = i.parent_asin;

-- UUIDs by their definition (RFC 9562): a hash in hexadecimal with version and variant put in.
CREATE TEMP MACRO uuid_text(hex, version) AS
  hex[1:8] || '-' || hex[9:12] || '-' || version || hex[14:16] || '-'
  || format('{:x}', ('0x' || hex[17])::INTEGER % 4 + 8) || hex[18:20] || '-' || hex[21:32];
CREATE TEMP MACRO name_id(name_space, name) AS
  uuid_text(sha1(unhex(replace(name_space, '-', '')) || encode(name)), '5');
CREATE TEMP MACRO time_name_id(ms, name) AS
  uuid_text(format('{:012x}', ms) || sha256(name), '7');

CREATE TABLE referee.mart_users AS
WITH by_category AS (
  SELECT user_id, category, count(*) AS n FROM sales GROUP BY user_id, category
),
top AS (
  SELECT user_id, list(category ORDER BY n DESC, category ASC)[1] AS top_category
  FROM by_category GROUP BY user_id
)
SELECT s.user_id, count(*) AS total_reviews, avg(s.rating) AS avg_rating,
       sum(s.votes)::BIGINT AS total_helpful_votes,
       sum(CASE WHEN s.verified THEN 1 ELSE 0 END)::BIGINT AS total_buy_products,
       any_value(t.top_category) AS top_category,
       min(s.ms) AS first_review_ms, max(s.ms) AS last_review_ms
FROM sales s, top t
WHERE s.user_id = t.user_id
GROUP BY s.user_id;

CREATE TABLE referee.mart_parent_products AS
SELECT parent_asin AS parent_product_id, count(*) AS total_reviews,
       floor(avg(rating) + 0.5) AS avg_rating, sum(votes)::BIGINT AS total_helpful_votes,
       sum(CASE WHEN verified THEN 1 ELSE 0 END)::BIGINT AS total_sell_products
FROM sales GROUP BY parent_asin;

CREATE TABLE referee.mart_categories AS
SELECT name_id('064b9138-beb8-5526-9d07-8b405cfb87a6', category) AS category_id,
       category AS category_name, len(list_distinct(list(parent_asin)))::BIGINT AS total_products,
       sum(votes)::BIGINT AS total_helpful_votes, count(*) AS total_reviews,
       floor(avg(rating) + 0.5) AS avg_rating,
       sum(CASE WHEN verified THEN 1 ELSE 0 END)::BIGINT AS verified_purchases
FROM sales GROUP BY category;

CREATE TABLE referee.mart_store_performance AS
SELECT name_id('3988996d-f548-543e-99cc-9e0ed1aa34a5', store) AS store_id, store AS store_name,
       count(*) AS total_reviews, floor(avg(rating) + 0.5) AS avg_rating,
       len(list_distinct(list(parent_asin)))::BIGINT AS total_sell_products,
       coalesce(sum(price_1e4), 0)::DOUBLE / 10000 AS total_revenue
FROM sales WHERE store IS NOT NULL GROUP BY store;

-- Unknown votes count as none in the sums above, and stay unknown here.
CREATE TABLE referee.mart_reviews AS
SELECT time_name_id(ms, user_id || chr(31) || asin) AS review_id, user_id, asin AS product_id,
       rating, CASE WHEN verified_known THEN verified END AS verified_purchase,
       CASE WHEN votes_known THEN votes END AS helpful_vote
FROM sales;

CREATE TABLE referee.balance AS
WITH counted AS (
  SELECT 'reviews' AS input,
         (SELECT num_lines FROM line_counts WHERE input = 'reviews') AS num_lines,
         (SELECT count(*) FROM valid_reviews) AS num_valid,
         (SELECT count(*) FROM kept_reviews) AS num_kept,
         (SELECT count(*) FROM sales) AS in_marts
  UNION ALL
  SELECT 'items', (SELECT num_lines FROM line_counts WHERE input = 'items'),
         (SELECT count(*) FROM valid_items), (SELECT count(*) FROM kept_items),
         (SELECT count(*) FROM kept_items)
)
SELECT input, num_lines AS rows_in, in_marts, num_lines - num_valid AS rejected,
       num_valid - num_kept AS set_aside, num_kept - in_marts AS unmatched
FROM counted;
