#!/usr/bin/env bash
# `./dev interop kafka`: every Kafka client we know of against `tributary up`, and our own client against
# Apache Kafka. Prints one row a check and ends with a count; logs are in build/interop/kafka.
# KAFKA_PARTS="librdkafka franz-go ..." runs only those parts; BOOTSTRAP=host:port tests another broker.
set -euo pipefail
# shellcheck source=test/interop/kafka/peers.sh
source "$(dirname "${BASH_SOURCE[0]}")/peers.sh"
HERE=$ROOT/test/interop/kafka
WORK=$ROOT/build/interop/kafka
PARTS=${KAFKA_PARTS:-kcat confluent-kafka kafkajs java connect streams dump franz-go librdkafka conformance}
passed=0 failed=0
rm -rf "$WORK" && mkdir -p "$WORK"

# row NAME COMMAND...: runs it with its output in a log; one line that says how it went.
row() {
  local name=$1 log
  shift
  log=$WORK/$(tr ' /' '__' <<<"$name").log
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1)) && printf '%-62s ok\n' "$name"
  else
    failed=$((failed + 1)) && printf '%-62s FAILED (%s)\n' "$name" "${log#"$ROOT"/}"
    grep -E '^FAIL|--- FAIL|FAILED' "$log" | head -n 5 | cut -c1-200 || true
  fi
}

tool() { timeout "${LIMIT:-180}" java -cp "$KAFKA_JARS" "$@"; }
lines() { seq -f "record %g" "$1"; }

kcat_round_trip() {  # kcat_round_trip CODEC
  local topic=kcat-$1-$RANDOM
  lines 2000 | kcat -P -b "$BOOTSTRAP" -t "$topic" -p 0 -z "$1" -X acks=all
  [[ $(kcat -C -q -e -b "$BOOTSTRAP" -t "$topic" -o beginning) == "$(lines 2000)" ]]
}

kcat_group() {
  local topic=kcat-group-$RANDOM
  lines 100 | kcat -P -b "$BOOTSTRAP" -t "$topic"
  kcat -b "$BOOTSTRAP" -q -e -X auto.offset.reset=earliest -G "$topic" "$topic" >"$WORK/first"
  lines 50 | kcat -P -b "$BOOTSTRAP" -t "$topic"
  kcat -b "$BOOTSTRAP" -q -e -X auto.offset.reset=earliest -G "$topic" "$topic" >"$WORK/second"
  [[ $(wc -l <"$WORK/first") == 100 && $(wc -l <"$WORK/second") == 50 ]]
}

java_perf() {  # java_perf ACKS CODEC
  local topic=perf-$1-$2-$RANDOM
  tool org.apache.kafka.tools.ProducerPerformance --topic "$topic" --num-records 100000 --record-size 100 --throughput -1 \
    --producer-props bootstrap.servers="$BOOTSTRAP" acks="$1" compression.type="$2"
  tool org.apache.kafka.tools.ConsumerPerformance --bootstrap-server "$BOOTSTRAP" --topic "$topic" --num-records 100000 \
    --group "$topic" --timeout 20000 | tee "$WORK/consumed"
  awk -F', ' 'END {exit !($5 >= 100000)}' "$WORK/consumed"
}

java_verifiable() {  # java_verifiable PROTOCOL
  local topic=verifiable-$RANDOM
  tool org.apache.kafka.tools.VerifiableProducer --topic "$topic" --max-messages 5000 --bootstrap-server "$BOOTSTRAP" --acks -1 \
    >"$WORK/produced"
  tool org.apache.kafka.tools.VerifiableConsumer --topic "$topic" --group-id "$topic" --group-protocol "$1" --max-messages 5000 \
    --bootstrap-server "$BOOTSTRAP" --reset-policy earliest >"$WORK/consumed"
  grep -q '"acked":5000' "$WORK/produced" || grep -q '"acked": *5000' "$WORK/produced" || { tail -n 2 "$WORK/produced"; return 1; }
  tail -n 3 "$WORK/consumed"
  grep -q shutdown_complete "$WORK/consumed"
}

java_transactional_copier() {
  local from=copy-from-$RANDOM to=copy-to-$RANDOM
  lines 5000 | kcat -P -b "$BOOTSTRAP" -t "$from" -p 0
  tool org.apache.kafka.tools.TransactionalMessageCopier --broker-list "$BOOTSTRAP" --input-topic "$from" --input-partition 0 \
    --output-topic "$to" --max-messages 5000 --consumer-group "$from" --transaction-size 500 --transactional-id "$from" \
    --enable-random-aborts --group-mode
  [[ $(kcat -C -q -e -b "$BOOTSTRAP" -t "$to" -o beginning -X isolation.level=read_committed) == "$(lines 5000)" ]]
}

java_admin() {
  local topic=admin-$RANDOM
  tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$BOOTSTRAP" --create --topic "$topic" --partitions 3 --config retention.ms=60000
  tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$BOOTSTRAP" --describe --topic "$topic" | tee /dev/stderr | grep -q 'PartitionCount: 3'
  tool kafka.admin.ConfigCommand --bootstrap-server "$BOOTSTRAP" --alter --entity-type topics --entity-name "$topic" --add-config retention.ms=70000
  tool kafka.admin.ConfigCommand --bootstrap-server "$BOOTSTRAP" --describe --entity-type topics --entity-name "$topic" | tee /dev/stderr | grep -q retention.ms=70000
  tool org.apache.kafka.tools.GetOffsetShell --bootstrap-server "$BOOTSTRAP" --topic "$topic" | tee /dev/stderr | grep -q "$topic:2:0"
  tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server "$BOOTSTRAP" --list
  tool org.apache.kafka.tools.LogDirsCommand --bootstrap-server "$BOOTSTRAP" --describe --topic-list "$topic" | tee /dev/stderr | grep -q "$topic-2"
  tool org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "$BOOTSTRAP"
  tool org.apache.kafka.tools.MetadataQuorumCommand --bootstrap-server "$BOOTSTRAP" describe --status
  tool org.apache.kafka.tools.FeatureCommand --bootstrap-server "$BOOTSTRAP" describe
  tool org.apache.kafka.tools.TransactionsCommand --bootstrap-server "$BOOTSTRAP" list
  tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$BOOTSTRAP" --delete --topic "$topic"
}

connect_files() {
  local folder=$WORK/connect topic=connect-$RANDOM
  mkdir -p "$folder"
  lines 5000 >"$folder/in.txt"
  cat >"$folder/worker.properties" <<TEXT
bootstrap.servers=$BOOTSTRAP
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
offset.storage.file.filename=$folder/offsets
offset.flush.interval.ms=500
plugin.discovery=service_load
plugin.path=$PEERS/kafka/lib
listeners=http://127.0.0.1:$((KAFKA_PORT + 5))
TEXT
  printf '%s\n' name=source connector.class=FileStreamSource tasks.max=1 "file=$folder/in.txt" "topic=$topic" >"$folder/source.properties"
  printf '%s\n' name=sink connector.class=FileStreamSink tasks.max=1 "file=$folder/out.txt" "topics=$topic" >"$folder/sink.properties"
  java -cp "$KAFKA_JARS" org.apache.kafka.connect.cli.ConnectStandalone "$folder/worker.properties" "$folder/source.properties" "$folder/sink.properties" &
  local connect=$! deadline=$((SECONDS + 60))
  while [[ $(wc -l <"$folder/out.txt" 2>/dev/null || echo 0) -lt 5000 ]] && ((SECONDS < deadline)); do sleep 0.5; done
  kill "$connect" && wait "$connect" || true
  cmp <(sort "$folder/in.txt") <(sort "$folder/out.txt")
}

streams_word_count() {
  local from=words-$RANDOM to=counts-$RANDOM
  { for i in $(seq 1000); do echo "the quick brown fox $((i % 7))"; done; echo end; } | kcat -P -b "$BOOTSTRAP" -t "$from"
  tool "$HERE/WordCount.java" "$BOOTSTRAP" "$from" "$to" 5001 "$WORK/streams"
  kcat -C -q -e -b "$BOOTSTRAP" -t "$to" -o beginning -f '%k %s\n' -X isolation.level=read_committed >"$WORK/counts"
  awk '{last[$1] = $2} END {exit !(last["the"] == 1000 && last["fox"] == 1000 && last["3"] == 143 && last["end"] == 1)}' "$WORK/counts"
}

# What we wrote, read by the program that Kafka's developers look into their own files with.
dump_segments() {
  local topic=dump-$RANDOM log
  lines 5000 | kcat -P -b "$BOOTSTRAP" -t "$topic" -p 0 -z lz4
  log=$(find "$TRIBUTARY_FOLDER" -path "*/$topic/0/*.log" | head -n 1)
  tool org.apache.kafka.tools.DumpLogSegments --deep-iteration --files "$log" | tail -n 3 | tee /dev/stderr | grep -q 'offset: 4999'
  tool org.apache.kafka.tools.DumpLogSegments --index-sanity-check --files "${log%.log}.index,${log%.log}.timeindex"
  log=$(find "$TRIBUTARY_FOLDER" -path '*/__consumer_offsets/0/*.log' | head -n 1)
  tool org.apache.kafka.tools.DumpLogSegments --offsets-decoder --files "$log" | tee "$WORK/offsets.dump" | grep -q '"type":"1"' ||
    grep -qi 'offset' "$WORK/offsets.dump"
  log=$(find "$TRIBUTARY_FOLDER" -path '*/__transaction_state/0/*.log' | head -n 1)
  [[ -z $log ]] || tool org.apache.kafka.tools.DumpLogSegments --transaction-log-decoder --files "$log" | tail -n 2
}

# librdkafka's suite: all tests that ask for a broker, minus those that librdkafka.skip names with the
# reason of each.
librdkafka_tests() {
  local folder=$PEERS/librdkafka/tests skip
  skip=$(awk '!/^#/ && NF {print $1}' "$HERE/librdkafka.skip" | paste -sd, -)
  printf 'bootstrap.servers=%s\ntest.timeout.multiplier=4\n' "$BOOTSTRAP" >"$folder/test.conf"
  # Judged by its own last word: with TESTS_SKIP the runner frees what is not its own when it ends.
  (cd "$folder" && rm -f test_report_*.json &&
    LD_LIBRARY_PATH=../src:../src-cpp KAFKA_PATH=$PEERS/kafka BROKERS=$BOOTSTRAP TEST_KAFKA_VERSION=4.1.0 TESTS_SKIP=$skip \
      timeout 2400 ./test-runner -L -E -Q -p4 -V 4.1.0 -r) | tee "$WORK/librdkafka.out"
  grep -q 'ALL TESTS PASSED' "$WORK/librdkafka.out"
}

for part in $PARTS; do
  case $part in
    kcat | dump) command -v kcat >/dev/null || peers_apt ;;
    confluent-kafka) python_clients ;;
    kafkajs) node_clients ;;
    java | connect | streams | conformance) kafka_java ;;
    franz-go) franz_go ;;
    librdkafka) kafka_java && librdkafka_suite ;;
  esac
done
if [[ -z ${BOOTSTRAP:-} ]]; then
  KAFKA_PORT=${KAFKA_PORT:-29092}
  BOOTSTRAP=127.0.0.1:$KAFKA_PORT
  tributary_start "$WORK/project" "$KAFKA_PORT"
  TRIBUTARY_FOLDER=$WORK/project
  trap 'kill "$TRIBUTARY_PID" "${APACHE_KAFKA_PID:-$TRIBUTARY_PID}" 2>/dev/null || true' EXIT
fi

for part in $PARTS; do
  case $part in
    kcat)
      for codec in none gzip snappy lz4 zstd; do row "kcat: produce and consume, $codec" kcat_round_trip "$codec"; done
      row "kcat: a group goes on where it committed" kcat_group
      ;;
    confluent-kafka) row "confluent-kafka: codecs, groups, transactions, admin" "$KAFKA_PYTHON" "$HERE/confluent_kafka_peer.py" "$BOOTSTRAP" ;;
    kafkajs) row "kafkajs: groups, transactions, admin" env NODE_PATH="$PEERS/node/node_modules" node "$HERE/kafkajs_peer.js" "$BOOTSTRAP" ;;
    java)
      row "Java: perf tools, acks=1, plain" java_perf 1 none
      row "Java: perf tools, acks=all, lz4" java_perf all lz4
      row "Java: VerifiableProducer and Consumer, classic group" java_verifiable classic
      row "Java: VerifiableProducer and Consumer, consumer group" java_verifiable consumer
      row "Java: TransactionalMessageCopier with random aborts" java_transactional_copier
      row "Java: the admin tools" java_admin
      ;;
    connect) row "Kafka Connect: file source and sink" connect_files ;;
    streams) row "Kafka Streams: word count, exactly_once_v2" streams_word_count ;;
    dump) [[ -n ${TRIBUTARY_FOLDER:-} ]] && row "DumpLogSegments reads our segments and indexes" dump_segments ;;
    franz-go)
      row "franz-go: group ETL" env KGO_SEEDS="$BOOTSTRAP" KGO_TEST_RF=1 KGO_TEST_RECORDS="${KGO_TEST_RECORDS:-100000}" \
        timeout 900 "$PEERS/franz-go/kgo.test" -test.run '^TestGroupETL$' -test.v
      row "franz-go: transaction ETL" env KGO_SEEDS="$BOOTSTRAP" KGO_TEST_RF=1 KGO_TEST_RECORDS="${KGO_TEST_RECORDS:-100000}" \
        timeout 900 "$PEERS/franz-go/kgo.test" -test.run '^TestTxnEtl$' -test.v
      ;;
    librdkafka) row "librdkafka: its test suite" librdkafka_tests ;;
    conformance)
      if [[ -x $ROOT/build/dev/test/conformance_suite ]]; then
        apache_kafka_start "$WORK/apache-kafka" $((KAFKA_PORT + 10))
        row "our client against Apache Kafka" env KAFKA_BOOTSTRAP="127.0.0.1:$((KAFKA_PORT + 10))" "$ROOT/build/dev/test/conformance_suite"
      fi
      ;;
  esac
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 ]]
