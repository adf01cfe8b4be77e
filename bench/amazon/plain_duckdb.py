"""The Amazon pipeline as one would write it with DuckDB alone: read_json with declared columns, the
models' SQL, and a Parquet file for each. Nothing is checked: what does not fit a column becomes null
or is skipped, no line is kept aside, no commit is atomic, and ids are MD5. A lower bound, not a peer.

usage: plain_duckdb.py DATA_FOLDER OUTPUT_FOLDER
Prints one line of JSON: seconds until the database answered, and seconds of the work.
"""
import glob
import json
import os
import re
import sys
import time

STARTED = time.time()

import duckdb  # noqa: E402  (the import is part of the start)

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/amazon-reviews")

BRONZE = {
    "reviews": """SELECT rating, title AS review_title, text AS review_text, asin AS product_id,
        parent_asin AS parent_product_id, user_id,
        make_timestamptz(timestamp * 1000) AS timestamp, helpful_vote, verified_purchase
      FROM read_json({files}, format = 'newline_delimited', ignore_errors = true, columns = {{
        rating: 'DOUBLE', title: 'VARCHAR', text: 'VARCHAR', asin: 'VARCHAR',
        parent_asin: 'VARCHAR', user_id: 'VARCHAR', timestamp: 'BIGINT', helpful_vote: 'INTEGER',
        verified_purchase: 'BOOLEAN'}})
      WHERE rating IS NOT NULL AND title IS NOT NULL AND text IS NOT NULL AND asin IS NOT NULL
        AND parent_asin IS NOT NULL AND user_id IS NOT NULL AND timestamp IS NOT NULL""",
    "metadata": """SELECT main_category AS category, parent_asin AS parent_product_id,
        title AS product_title, price, store, details['Brand'] AS brand,
        details['Material'] AS material, details['Style'] AS style, details['Color'] AS color,
        details['Size'] AS size, details['Manufacturer'] AS manufacturer, description, features,
        categories
      FROM read_json({files}, format = 'newline_delimited', ignore_errors = true, columns = {{
        main_category: 'VARCHAR', title: 'VARCHAR', price: 'DOUBLE', store: 'VARCHAR',
        details: 'MAP(VARCHAR, VARCHAR)', parent_asin: 'VARCHAR', description: 'VARCHAR[]',
        features: 'VARCHAR[]', categories: 'VARCHAR[]'}})
      WHERE main_category IS NOT NULL AND title IS NOT NULL AND parent_asin IS NOT NULL""",
}


def models():
    """The example's models but for the balance, in an order where inputs come first."""
    texts = {}
    for path in glob.glob(os.path.join(EXAMPLE, "models", "*", "*.sql")):
        schema, name = path.split(os.sep)[-2:]
        with open(path, encoding="utf-8") as file:
            texts[f"{schema}.{name[:-4]}"] = file.read()
    del texts["gold.balance"]
    inputs = {name: set(re.findall(r"(?:FROM|JOIN)\s+((?:silver|gold)\.\w+)", text))
              for name, text in texts.items()}
    ordered = []
    while len(ordered) < len(texts):
        ordered += sorted(n for n in texts if n not in ordered and inputs[n] <= set(ordered))
    return [(name, texts[name]) for name in ordered]


def main():
    data, output = sys.argv[1:3]
    connection = duckdb.connect(config={"threads": os.cpu_count()})
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    for schema in ("bronze", "silver", "gold"):
        connection.execute(f"CREATE SCHEMA {schema}")
        os.makedirs(os.path.join(output, schema), exist_ok=True)
    connection.execute("""
        CREATE MACRO uuid_v5(name_space, name) AS CAST(md5(name_space || name) AS UUID);
        CREATE MACRO uuid_v7(unix_ms, name) AS CAST(md5(unix_ms || name) AS UUID);""")
    for path in sorted(glob.glob(os.path.join(EXAMPLE, "macros", "*.sql"))):
        with open(path, encoding="utf-8") as file:
            connection.execute(file.read())
    ready = time.time()

    def save(name, query):
        path = os.path.join(output, *name.split(".")) + ".parquet"
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        connection.execute(f"CREATE VIEW {name} AS FROM '{path}'")

    for name, pattern in (("reviews", "reviews*.jsonl*"), ("metadata", "meta*.jsonl*")):
        files = sorted(glob.glob(os.path.join(data, pattern)))
        save(f"bronze.{name}", BRONZE[name].format(files=files))
    for name, text in models():
        save(name, text)
    done = time.time()
    print(json.dumps({"session": round(ready - STARTED, 2), "work": round(done - ready, 2)}))


main()
