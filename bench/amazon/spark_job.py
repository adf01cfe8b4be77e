"""The Amazon pipeline as a PySpark and delta-spark job: the same files, rules and tables as
examples/amazon-reviews, by Spark's own functions (no Python in the data path).

usage: spark_job.py DATA_FOLDER LAKE_FOLDER
Prints one line of JSON: seconds until the session answered, and seconds of the work.
"""
import json
import os
import sys
import time

STARTED = time.time()

from pyspark.sql import SparkSession  # noqa: E402  (the import is part of the start)

DELTA = "io.delta:delta-spark_2.12:" + os.environ.get("DELTA_VERSION", "3.3.2")


def open_session():
    builder = (
        SparkSession.builder.master(f"local[{os.cpu_count()}]")
        .appName("amazon-reviews")
        .config("spark.jars.packages", DELTA)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.driver.memory", os.environ.get("SPARK_MEMORY", "8g"))
        # Two tasks a core: the default of 200 is for clusters.
        .config("spark.sql.shuffle.partitions", 2 * os.cpu_count())
        .config("spark.databricks.delta.snapshotPartitions", 2)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR"))
    if "SPARK_IVY" in os.environ:
        builder = builder.config("spark.jars.ivy", os.environ["SPARK_IVY"])
    return builder.getOrCreate()


REVIEW = """rating DOUBLE, title STRING, text STRING, asin STRING, parent_asin STRING,
  user_id STRING, timestamp BIGINT, helpful_vote INT, verified_purchase BOOLEAN, damaged STRING"""
ITEM = """main_category STRING, title STRING, price DOUBLE, store STRING,
  details MAP<STRING, STRING>, parent_asin STRING, description ARRAY<STRING>,
  features ARRAY<STRING>, categories ARRAY<STRING>, damaged STRING"""

# Spark's JSON reader takes any value as a string, the last of two equal keys and broken UTF-8, so
# these are looked for beside it.
UTF8 = "line = decode(CAST(line AS BINARY), 'UTF-8')"
NO_REPEATS = "size(json_object_keys({0})) = size(array_distinct(json_object_keys({0})))"
OPTIONS = "map('mode', 'PERMISSIVE', 'columnNameOfCorruptRecord', 'damaged')"

BRONZE_REVIEWS = f"""
SELECT line,
  coalesce(r.damaged IS NULL AND r.rating IS NOT NULL AND r.title IS NOT NULL
    AND r.text IS NOT NULL AND r.asin IS NOT NULL AND r.parent_asin IS NOT NULL
    AND r.user_id IS NOT NULL AND r.timestamp IS NOT NULL
    AND line RLIKE '"title": "' AND {UTF8} AND {NO_REPEATS.format('line')}, FALSE) AS good,
  r.rating, r.title AS review_title, r.text AS review_text, r.asin AS product_id,
  r.parent_asin AS parent_product_id, r.user_id, timestamp_millis(r.timestamp) AS timestamp,
  r.helpful_vote, r.verified_purchase
FROM (SELECT value AS line, from_json(value, '{REVIEW}', {OPTIONS}) AS r FROM review_lines)"""


def detail(name):
    """The member of details under that name in any case."""
    return (f"map_values(map_filter(r.details, (k, v) -> lower(k) = '{name}'))[0] AS {name}")


BRONZE_ITEMS = f"""
SELECT line,
  coalesce(r.damaged IS NULL AND r.main_category IS NOT NULL AND r.title IS NOT NULL
    AND r.parent_asin IS NOT NULL AND line RLIKE '"main_category": "' AND {UTF8}
    AND {NO_REPEATS.format('line')}
    AND (r.details IS NULL
         OR {NO_REPEATS.format("get_json_object(line, '$.details')")}), FALSE) AS good,
  r.main_category AS category, r.parent_asin AS parent_product_id, r.title AS product_title,
  r.price, r.store, {', '.join(detail(n) for n in
    ['brand', 'material', 'style', 'color', 'size', 'manufacturer'])},
  r.description, r.features, r.categories
FROM (SELECT value AS line, from_json(value, '{ITEM}', {OPTIONS}) AS r FROM item_lines)"""


def uuid_of(hexadecimal, version):
    h = hexadecimal
    return (f"concat_ws('-', substr({h}, 1, 8), substr({h}, 9, 4), "
            f"concat('{version}', substr({h}, 14, 3)), "
            f"concat(lower(conv(conv(substr({h}, 17, 1), 16, 10) % 4 + 8, 10, 16)), "
            f"substr({h}, 18, 3)), substr({h}, 21, 12))")


def name_id(name_space, name):
    h = f"sha1(concat(unhex('{name_space.replace('-', '')}'), CAST({name} AS BINARY)))"
    return f"CASE WHEN {name} IS NOT NULL THEN {uuid_of(h, 5)} END"


def time_name_id(moment, name):
    return uuid_of(f"concat(lower(lpad(hex(unix_millis({moment})), 12, '0')), sha2({name}, 256))", 7)


REVIEW_PROBLEM = """CASE WHEN NOT (rating BETWEEN 0 AND 5) THEN 'rating is not from 0 to 5'
  WHEN NOT (unix_millis(timestamp) BETWEEN 0 AND 253402300799999)
    THEN 'timestamp is not from 1970 to 9999' END"""
ITEM_PROBLEM = """CASE WHEN NOT (price BETWEEN 0 AND 1000000000)
  THEN 'price is not from 0 to 1,000,000,000' END"""
REVIEW_KEY = "user_id, product_id, timestamp"
REVIEW_REST = ["helpful_vote", "verified_purchase", "rating", "review_title", "review_text",
               "parent_product_id"]
REVIEW_ALL = f"{REVIEW_KEY}, {', '.join(REVIEW_REST)}"
ITEM_REST = ["price", "category", "product_title", "store", "brand", "material", "style", "color",
             "size", "manufacturer", "description", "features", "categories"]
ITEM_ALL = f"parent_product_id, {', '.join(ITEM_REST)}"
KNOWN = " + ".join(f"CAST({c} IS NOT NULL AS INT)" for c in
                   ["price", "store", "brand", "material", "style", "color", "size",
                    "manufacturer"])


def descending(columns):
    return ", ".join(f"{c} DESC NULLS LAST" for c in columns)


def contested(source, key, order, rest, problem):
    return f"""
WITH keys AS (SELECT {key} FROM {source} WHERE {problem} IS NULL
              GROUP BY {key} HAVING count(*) > 1)
SELECT r.*,
  row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS place,
  row_number() OVER (PARTITION BY {key}, {', '.join(rest)} ORDER BY 1) AS copy
FROM {source} r LEFT SEMI JOIN keys USING ({key})
WHERE {problem} IS NULL"""


def kept(source, contested_table, key, columns, problem):
    return f"""
SELECT {columns} FROM {source} r LEFT ANTI JOIN {contested_table} c USING ({key})
WHERE {problem} IS NULL
UNION ALL
SELECT {columns} FROM {contested_table} WHERE place = 1"""


def set_aside(source, contested_table, columns, problem, what):
    return f"""
SELECT CASE WHEN copy > 1 THEN 'exact duplicate' ELSE 'lost to another row of the same {what}' END
  AS reason, {columns}
FROM {contested_table} WHERE place > 1
UNION ALL
SELECT {problem} AS reason, {columns} FROM {source} WHERE {problem} IS NOT NULL"""


MEAN = "CAST(sum(CAST(rating AS DECIMAL(9, 6))) AS DOUBLE) / count(*)"
VOTES = "CAST(coalesce(sum(helpful_vote), 0) AS BIGINT) AS total_helpful_votes"
BOUGHT = "count(*) FILTER (WHERE verified_purchase)"
STORES, BRANDS, CATEGORIES = ("3988996d-f548-543e-99cc-9e0ed1aa34a5",
                              "2aab1d29-d451-59bb-8ae9-61a90f09cb5f",
                              "064b9138-beb8-5526-9d07-8b405cfb87a6")

# In the order they are built; each becomes a Delta table and a view of the same name.
MODELS = {
    "silver.reviews_contested": contested("bronze_reviews", REVIEW_KEY, descending(REVIEW_REST),
                                          REVIEW_REST, REVIEW_PROBLEM),
    "silver.reviews": f"""SELECT {time_name_id('timestamp',
        "concat(user_id, char(31), product_id)")} AS review_id, *
      FROM ({kept('bronze_reviews', 'silver_reviews_contested', REVIEW_KEY, REVIEW_ALL,
                  REVIEW_PROBLEM)})""",
    "silver.reviews_set_aside": set_aside("bronze_reviews", "silver_reviews_contested",
                                          REVIEW_ALL, REVIEW_PROBLEM, "key"),
    "silver.items_contested": contested("bronze_metadata", "parent_product_id",
                                        f"{KNOWN} DESC, {descending(ITEM_REST)}", ITEM_REST,
                                        ITEM_PROBLEM),
    "silver.items": f"""SELECT *, {name_id(STORES, 'store')} AS store_id,
        {name_id(BRANDS, 'brand')} AS brand_id, {name_id(CATEGORIES, 'category')} AS category_id
      FROM ({kept('bronze_metadata', 'silver_items_contested', 'parent_product_id', ITEM_ALL,
                  ITEM_PROBLEM)})""",
    "silver.items_set_aside": set_aside("bronze_metadata", "silver_items_contested", ITEM_ALL,
                                        ITEM_PROBLEM, "product"),
    "silver.reviews_unmatched": """SELECT r.* FROM silver_reviews r
      LEFT ANTI JOIN silver_items i USING (parent_product_id)""",
    "silver.merged_reviews": f"""SELECT r.rating, r.review_title, r.review_text, r.product_id,
        parent_product_id, r.user_id, r.timestamp, r.helpful_vote, r.verified_purchase,
        i.category, i.product_title, i.price, i.store, i.brand, i.material, i.style, i.color,
        r.review_id, {time_name_id('r.timestamp', "'time'")} AS time_id, i.store_id, i.brand_id,
        i.category_id
      FROM silver_reviews r JOIN silver_items i USING (parent_product_id)""",
    "silver.fact_reviews": """SELECT review_id, product_id, time_id, timestamp AS review_date,
        user_id, rating, verified_purchase, CAST(helpful_vote AS BIGINT) AS helpful_vote
      FROM silver_merged_reviews""",
    "silver.dim_reviews": "SELECT review_id, review_title, review_text FROM silver_merged_reviews",
    "silver.dim_time": """SELECT time_id, review_date, year(review_date) AS year,
        month(review_date) AS month, day(review_date) AS day, quarter(review_date) AS quarter
      FROM (SELECT DISTINCT time_id, timestamp AS review_date FROM silver_merged_reviews)""",
    "silver.dim_parent_products": """SELECT parent_product_id, store_id, brand_id, category,
        product_title, description, features, price FROM silver_items""",
    "silver.dim_products": """SELECT p.product_id, parent_product_id, i.material, i.color, i.size,
        i.style, i.manufacturer
      FROM (SELECT product_id, min(parent_product_id) AS parent_product_id
            FROM silver_merged_reviews GROUP BY product_id) p
      JOIN silver_items i USING (parent_product_id)""",
    "silver.dim_stores": """SELECT store_id, store AS store_name, CAST(NULL AS STRING) AS address,
        array_sort(collect_set(category)) AS categories
      FROM silver_items WHERE store IS NOT NULL GROUP BY store_id, store""",
    "silver.dim_brands": """WITH styles AS (
        SELECT brand_id, style FROM (
          SELECT brand_id, style,
            row_number() OVER (PARTITION BY brand_id ORDER BY count(*) DESC, style) AS place
          FROM silver_items WHERE brand IS NOT NULL AND style IS NOT NULL
          GROUP BY brand_id, style) WHERE place = 1),
      brands AS (
        SELECT brand_id, brand AS brand_name,
          CAST(sum(CAST(price AS DECIMAL(18, 4))) AS DOUBLE) AS value
        FROM silver_items WHERE brand IS NOT NULL GROUP BY brand_id, brand)
      SELECT brand_id, b.brand_name, s.style, b.value
      FROM brands b LEFT JOIN styles s USING (brand_id)""",
    "gold.mart_users": f"""WITH top AS (
        SELECT user_id, category AS top_category FROM (
          SELECT user_id, category,
            row_number() OVER (PARTITION BY user_id ORDER BY count(*) DESC, category) AS place
          FROM silver_merged_reviews GROUP BY user_id, category) WHERE place = 1),
      users AS (
        SELECT user_id, count(*) AS total_reviews, {MEAN} AS avg_rating, {VOTES},
          {BOUGHT} AS total_buy_products, min(timestamp) AS first_review_date,
          max(timestamp) AS last_review_date
        FROM silver_merged_reviews GROUP BY user_id)
      SELECT user_id, total_reviews, avg_rating, total_helpful_votes, total_buy_products,
        top_category, first_review_date, last_review_date
      FROM users JOIN top USING (user_id)""",
    "gold.mart_parent_products": f"""SELECT parent_product_id, count(*) AS total_reviews,
        round({MEAN}) AS avg_rating, {VOTES}, {BOUGHT} AS total_sell_products
      FROM silver_merged_reviews GROUP BY parent_product_id""",
    "gold.mart_categories": f"""SELECT category_id, category AS category_name,
        count(DISTINCT parent_product_id) AS total_products, {VOTES}, count(*) AS total_reviews,
        round({MEAN}) AS avg_rating, {BOUGHT} AS verified_purchases
      FROM silver_merged_reviews GROUP BY category_id, category""",
    "gold.mart_store_performance": f"""SELECT store_id, store AS store_name,
        count(*) AS total_reviews, round({MEAN}) AS avg_rating,
        count(DISTINCT parent_product_id) AS total_sell_products,
        CAST(coalesce(sum(CAST(price AS DECIMAL(18, 4))), 0) AS DOUBLE) AS total_revenue
      FROM silver_merged_reviews WHERE store IS NOT NULL GROUP BY store_id, store""",
    "gold.mart_reviews": """SELECT review_id, user_id, product_id, rating, verified_purchase,
        helpful_vote FROM silver_fact_reviews""",
}


def write(spark, lake, name, frame):
    path = os.path.join(lake, *name.split("."))
    frame.write.format("delta").mode("overwrite").save(path)
    spark.read.format("delta").load(path).createOrReplaceTempView(name.replace(".", "_"))


def main():
    data, lake = sys.argv[1:3]
    spark = open_session()
    spark.range(1).collect()
    ready = time.time()
    for view, pattern in (("review_lines", "reviews*.jsonl*"), ("item_lines", "meta*.jsonl*")):
        spark.read.text(os.path.join(data, pattern)).createOrReplaceTempView(view)
    for name, query in (("bronze.reviews", BRONZE_REVIEWS), ("bronze.metadata", BRONZE_ITEMS)):
        checked = spark.sql(query)
        write(spark, lake, name, checked.where("good").drop("good", "line"))
        write(spark, lake, name + "__rejected", checked.where("NOT good").select("line"))
    for name, query in MODELS.items():
        write(spark, lake, name, spark.sql(query))
    done = time.time()
    print(json.dumps({"session": round(ready - STARTED, 2), "work": round(done - ready, 2)}))
    spark.stop()


main()
