"""One form for the values of all engines, so that rows can be compared: every value becomes a
string, None, or lists and tuples of these. What a type is, the Delta schema of the table says."""
import base64
import datetime
import decimal
import json
import math
import struct

EPOCH = datetime.datetime(1970, 1, 1)


def microseconds(moment):
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    delta = moment - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1000000 + delta.microseconds


def number(value, delta_type):
    value = float(value)
    if math.isnan(value):
        return "nan"
    if delta_type == "float":
        # The decimal texts of one float differ between engines; its bits do not.
        return struct.pack(">f", value).hex() if not math.isinf(value) else str(value)
    return value.hex() if not math.isinf(value) else str(value)


def parse_moment(text):
    text = text.replace("T", " ").replace("Z", "")
    if text.endswith("+00"):
        text = text[:-3]
    day, _, clock = text.partition(" ")
    clock, _, fraction = clock.partition(".")
    moment = datetime.datetime.strptime(f"{day.rjust(10, '0')} {clock}", "%Y-%m-%d %H:%M:%S")
    return microseconds(moment) + int(fraction.ljust(6, "0") or 0)


def scalar(value, delta_type):
    if delta_type == "boolean":
        return "true" if value in (True, "true") else "false"
    if delta_type in ("byte", "short", "integer", "long"):
        return str(int(value))
    if delta_type in ("float", "double"):
        return number(value, delta_type)
    if delta_type.startswith("decimal"):
        scale = int(delta_type.rstrip(")").split(",")[1])
        with decimal.localcontext(prec=60):
            return str(decimal.Decimal(str(value)).quantize(decimal.Decimal(1).scaleb(-scale)))
    if delta_type == "binary":
        return (base64.b64decode(value) if isinstance(value, str) else bytes(value)).hex()
    if delta_type == "date":
        return str(value).rjust(10, "0")
    if delta_type in ("timestamp", "timestamp_ntz"):
        if isinstance(value, int):
            return str(value)
        return str(parse_moment(value) if isinstance(value, str) else microseconds(value))
    if delta_type == "string":
        return value if isinstance(value, str) else json.dumps(value, default=str)
    raise ValueError(f"no such type: {delta_type}")


def canonical(value, delta_type):
    """`value` as Python has it from JSON, pyarrow or PySpark, by its Delta type."""
    if value is None:
        return None
    if isinstance(delta_type, str):
        return scalar(value, delta_type)
    kind = delta_type["type"]
    if kind == "array":
        return [canonical(v, delta_type["elementType"]) for v in value]
    if kind == "map":
        pairs = value.items() if isinstance(value, dict) else value
        return sorted((canonical(k, delta_type["keyType"]), canonical(v, delta_type["valueType"]))
                      for k, v in pairs)
    if hasattr(value, "asDict"):
        value = value.asDict()
    return [canonical(value[f["name"]], f["type"]) for f in delta_type["fields"]]


def sort_key(row):
    return json.dumps(row, sort_keys=True)


def canonical_rows(rows, schema, json_columns=(), json_is_text=True):
    """Sorted canonical rows; columns of JSON are compared by what they say, whether a row has their
    text or what was parsed from it."""
    result = []
    for row in rows:
        values = []
        for field in schema["fields"]:
            value = row[field["name"]]
            if field["name"] in json_columns:
                parsed = json.loads(value) if json_is_text and value is not None else value
                values.append(json.dumps(parsed))
            else:
                values.append(canonical(value, field["type"]))
        result.append(values)
    return sorted(result, key=sort_key)
