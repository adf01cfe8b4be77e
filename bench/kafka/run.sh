#!/usr/bin/env bash
# `./dev bench kafka`: this program and Apache Kafka (KRaft, one node) on this machine, one after the
# other, loaded by the same client programs; ratios at the end. RUNS=3 takes the median of three.
# RECORDS, SECONDS_OF_LATENCY and PARTITIONS make it shorter or longer.
set -euo pipefail
# shellcheck source=test/interop/kafka/peers.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../test/interop/kafka/peers.sh"
HERE=$ROOT/bench/kafka
WORK=$ROOT/build/bench/kafka
RUNS=${RUNS:-3} RECORDS=${RECORDS:-3000000} RATE=${RATE:-2000} LATENCY_SECONDS=${LATENCY_SECONDS:-20} PARTITIONS=${PARTITIONS:-1000}
PORT=${KAFKA_PORT:-29192}
BOOTSTRAP=127.0.0.1:$PORT
mkdir -p "$WORK"
kafka_java
[[ -f /usr/include/librdkafka/rdkafka.h ]] || peers_apt
g++ -O2 -std=gnu++20 "$HERE/load.cc" -o "$WORK/load" -lrdkafka
g++ -O2 -std=gnu++20 "$HERE/device.cc" -o "$WORK/device"

note() { printf '%s\t%s\t%s\n' "$SYSTEM" "$1" "$2" >>"$WORK/samples"; }
field() { tr ' ' '\n' | sed -n "s/^$1=//p"; }
create() {  # create TOPIC PARTITIONS [CONFIG...]
  local topic=$1 partitions=$2 config=()
  shift 2
  for entry in "$@"; do config+=(--config "$entry"); done
  java -cp "$KAFKA_JARS" org.apache.kafka.tools.TopicCommand --bootstrap-server "$BOOTSTRAP" --create --topic "$topic" \
    --partitions "$partitions" "${config[@]}" >/dev/null 2>&1
}
resident_mb() { awk '/VmRSS/ {print $2 / 1024}' "/proc/$1/status"; }
peak_mb() { awk '/VmHWM/ {print $2 / 1024}' "/proc/$1/status"; }

# measure PID: everything that is measured of a broker that does not sync before it answers.
measure_page_cache() {
  local run size records codec acks topic line
  for run in $(seq "$RUNS"); do
    for size in 100 1024; do
      records=$RECORDS && ((size == 1024)) && records=$((RECORDS / 5))
      for codec in none lz4; do
        for acks in 1 all; do
          topic=produce-$size-$codec-$acks-$run
          create "$topic" 4
          line=$("$WORK/load" produce "$BOOTSTRAP" "$topic" "$records" "$size" "$acks" "$codec")
          note "produce, $size bytes, $codec, acks=$acks (records/s)" "$(field records_per_s <<<"$line")"
        done
      done
      line=$("$WORK/load" consume "$BOOTSTRAP" "produce-$size-none-1-$run" "$records")
      note "consume, $size bytes (records/s)" "$(field records_per_s <<<"$line")"
    done
    line=$(java -cp "$KAFKA_JARS" org.apache.kafka.tools.ProducerPerformance --topic "produce-100-none-1-$run" --num-records "$((RECORDS / 2))" \
      --record-size 100 --throughput -1 --producer-props bootstrap.servers="$BOOTSTRAP" acks=1 2>/dev/null | tail -n 1)
    note "produce by the Java tool, 100 bytes, acks=1 (records/s)" "$(sed 's,.* \([0-9.]*\) records/sec.*,\1,' <<<"$line")"
    line=$("$WORK/load" produce "$BOOTSTRAP" many-partitions "$((RECORDS / 3))" 100 all none)
    note "produce, 100 bytes, acks=all, $PARTITIONS partitions (records/s)" "$(field records_per_s <<<"$line")"
    latency "page cache" page-cache-latency
    latency "page cache, $PARTITIONS partitions" many-partitions
  done
}

latency() {  # latency NAME TOPIC
  local line
  line=$("$WORK/load" latency "$BOOTSTRAP" "$2" "$RATE" "$LATENCY_SECONDS" 100 all)
  for share in p50 p99 p999; do note "latency, $1, acks=all, $RATE/s: $share (ms)" "$(field ${share}_ms <<<"$line")"; done
}

stop() { kill "$1" && while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; }

run_system() {  # run_system START STOP-VARIABLE with SYSTEM set
  local synced=$2 plain=$1
  "$plain" && local pid=$BROKER_PID
  note "memory, idle (MB)" "$(resident_mb "$pid")"
  create page-cache-latency 4 && create many-partitions "$PARTITIONS"
  measure_page_cache
  note "memory, peak under load (MB)" "$(peak_mb "$pid")"
  stop "$pid"
  "$synced" && pid=$BROKER_PID
  create synced-latency 4 && create many-synced "$PARTITIONS"
  for run in $(seq "$RUNS"); do
    note "the device's own fdatasync of 4 KiB: p99 (ms)" "$("$WORK/device" "$WORK/device.tmp" 4096 3000 | field p99_ms)"
    latency "every batch synced" synced-latency
    latency "every batch synced, $PARTITIONS partitions" many-synced
  done
  stop "$pid"
}

tributary_plain() { tributary_start "$WORK/tributary" "$PORT" never && BROKER_PID=$TRIBUTARY_PID && note "ready (ms)" "$TRIBUTARY_READY_MS"; }
tributary_synced() { tributary_start "$WORK/tributary-synced" "$PORT" always && BROKER_PID=$TRIBUTARY_PID; }
apache_plain() {
  local begin
  begin=$(date +%s%N)
  apache_kafka_start "$WORK/apache" "$PORT" && BROKER_PID=$APACHE_KAFKA_PID
  note "ready (ms)" "$((($(date +%s%N) - begin) / 1000000))"
}
apache_synced() { apache_kafka_start "$WORK/apache-synced" "$PORT" log.flush.interval.messages=1 && BROKER_PID=$APACHE_KAFKA_PID; }

: >"$WORK/samples"
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
SYSTEM=tributary run_system tributary_plain tributary_synced
SYSTEM=kafka run_system apache_plain apache_synced

echo "machine: $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(uname -r); medians of $RUNS"
awk -F'\t' '
  function median(key,   n, i, j, t, v) {
    n = split(values[key], v, " ")
    for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (v[i] + 0 > v[j] + 0) { t = v[i]; v[i] = v[j]; v[j] = t }
    return v[int((n + 1) / 2)]
  }
  { values[$1 SUBSEP $2] = values[$1 SUBSEP $2] " " $3; if (!($2 in seen)) { seen[$2] = 1; order[++count] = $2 } }
  END {
    printf "| what | Tributary | Apache Kafka | ratio |\n|---|--:|--:|--:|\n"
    for (i = 1; i <= count; i++) {
      a = median("tributary" SUBSEP order[i]); b = median("kafka" SUBSEP order[i])
      printf "| %s | %s | %s | %s |\n", order[i], a, b, (b + 0 ? sprintf("%.2f", a / b) : "-")
    }
  }' "$WORK/samples" | tee "$WORK/table.md"
