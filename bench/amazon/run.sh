#!/usr/bin/env bash
# Raw Amazon reviews to marts: tributary beside PySpark with delta-spark doing the same work, and
# beside plain DuckDB writing unchecked Parquet. Medians of RUNS runs; sizes by REVIEWS, PRODUCTS.
# Run by `./dev bench amazon`, which builds the program first.
set -euo pipefail
# shellcheck source=test/interop/peers.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../test/interop/peers.sh"
REVIEWS=${REVIEWS:-1000000}
PRODUCTS=${PRODUCTS:-100000}
RUNS=${RUNS:-3}
PROGRAM=${TRIBUTARY_PROGRAM:-$ROOT/build/dev/bin/tributary}
WORK=$ROOT/build/bench/amazon

peers_setup
mkdir -p "$WORK"
if [[ $(cat "$WORK/data/made" 2>/dev/null) != "$REVIEWS $PRODUCTS" ]]; then
  rm -rf "$WORK/data"
  "$PROGRAM" generate amazon-reviews --reviews "$REVIEWS" --products "$PRODUCTS" --seed 1 \
    --out "$WORK/data" >&2
  echo "$REVIEWS $PRODUCTS" >"$WORK/data/made"
fi
"$PYTHON" "$ROOT/bench/amazon/measure.py" "$PROGRAM" "$WORK" "$RUNS"
