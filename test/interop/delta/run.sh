#!/usr/bin/env bash
# Other Delta engines beside tributary: each reads what the other wrote, row by row.
# Run by `./dev interop delta`, which builds the programs first.
set -euo pipefail
# shellcheck source=test/interop/peers.sh
source "$(dirname "${BASH_SOURCE[0]}")/../peers.sh"
PROGRAM=${TRIBUTARY_PROGRAM:-$ROOT/build/dev/bin/tributary}
WRITE_SHAPES=${TRIBUTARY_WRITE_SHAPES:-$ROOT/build/dev/test/write_shapes}
APPEND_ROWS=${TRIBUTARY_APPEND_ROWS:-$ROOT/build/dev/test/append_rows}
PROJECT=$ROOT/build/interop/delta

peers_setup
rm -rf "$PROJECT" && mkdir -p "$PROJECT"
cp -r "$ROOT/examples/amazon-reviews/." "$PROJECT/"
"$PROGRAM" generate amazon-reviews --reviews 3000 --products 300 --seed 5 --out "$PROJECT/data" >&2
"$PROGRAM" -C "$PROJECT" run >&2
"$WRITE_SHAPES" "$PROJECT/lake" >&2
"$PYTHON" "$ROOT/test/interop/delta/compare.py" "$PROGRAM" "$APPEND_ROWS" "$PROJECT"
