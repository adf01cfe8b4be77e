# Sourced by run.sh of the interop tests and of the benchmarks: installs the foreign engines below
# build/peers and sets PEERS (the folder), PYTHON (its interpreter) and SPARK_IVY (Spark's jars).
# Needs bash, and root the first time when Java 17 or venv are missing.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PEERS=$ROOT/build/peers
PYTHON=$PEERS/venv/bin/python
export SPARK_IVY=$PEERS/ivy

# The packages of group interop in tools/packages.txt, all of them when one command is missing.
peers_apt() {
  local run=() packages
  if [[ $EUID -ne 0 ]]; then run=(sudo); fi
  mapfile -t packages < <(sed -n 's/^interop //p' "$ROOT/tools/packages.txt")
  echo "==> installing ${packages[*]%%=*}" >&2
  "${run[@]}" apt-get -qq update
  DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get -y -qq --no-install-recommends install \
    "${packages[@]}" >&2
}

peers_setup() {
  local requirements=$ROOT/test/interop/delta/requirements.txt
  if ! command -v java >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    peers_apt
  fi
  if ! cmp -s "$requirements" "$PEERS/requirements.txt"; then
    echo "==> installing delta-rs, DuckDB and Spark into ${PEERS#"$ROOT"/}/venv" >&2
    rm -rf "$PEERS/venv" && mkdir -p "$PEERS"
    python3 -m venv "$PEERS/venv"
    "$PEERS/venv/bin/pip" --disable-pip-version-check install -q --no-deps -r "$requirements"
    cp "$requirements" "$PEERS/requirements.txt"
  fi
  # One version in one place.
  DELTA_VERSION=$(sed -n 's/^delta-spark==//p' "$requirements")
  export DELTA_VERSION PYSPARK_PYTHON=$PYTHON TZ=UTC
}
