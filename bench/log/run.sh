#!/usr/bin/env bash
# `./dev bench log`: the log in this process against bare loops over files of the same sizes, the
# latency of durable appends against the device's own fdatasync, and recovery of a large log.
# FOLDER says which disk; GIGABYTES how large the recovered log is.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
FOLDER=${FOLDER:-$ROOT/build/bench/log}
cmake --preset dev -S "$ROOT" >/dev/null
cmake --build "$ROOT/build/dev" --target log_bench >/dev/null
mkdir -p "$FOLDER"
trap 'rm -rf "$FOLDER"' EXIT
"$ROOT/build/dev/bench/log/log_bench" "$FOLDER" "${GIGABYTES:-10}" "$@"
