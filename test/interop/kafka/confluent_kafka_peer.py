"""confluent-kafka (librdkafka) against a broker: every codec, a group, a transaction, the admin client.

usage: confluent_kafka_peer.py BOOTSTRAP; prints one line per check, exits 1 when one fails.
"""

import sys
import time
import uuid

import confluent_kafka as ck
from confluent_kafka.admin import (AdminClient, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   AlterConfigOpType, OffsetSpec, ResourceType)

BOOTSTRAP = sys.argv[1]
failed = 0


def check(name, holds, detail=""):
    global failed
    failed += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {name}{'' if holds else ': ' + str(detail)}", flush=True)


def read_all(topic, count, isolation="read_committed", group=None, seconds=20):
    consumer = ck.Consumer({
        "bootstrap.servers": BOOTSTRAP, "group.id": group or str(uuid.uuid4()), "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "isolation.level": isolation})
    consumer.subscribe([topic])
    messages, deadline = [], time.time() + seconds
    while len(messages) < count and time.time() < deadline:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            messages.append(message)
    if group and messages:
        consumer.commit(asynchronous=False)
    extra = consumer.poll(0.5)
    consumer.close()
    return messages + ([extra] if extra is not None and extra.error() is None else [])


def topic_of(admin, partitions=1, config=None):
    name = "py-" + uuid.uuid4().hex[:12]
    admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1, config=config or {})])[name].result(10)
    return name


admin = AdminClient({"bootstrap.servers": BOOTSTRAP})

for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
    topic = topic_of(admin)
    producer = ck.Producer({"bootstrap.servers": BOOTSTRAP, "compression.type": codec, "enable.idempotence": True, "linger.ms": 20})
    for i in range(1000):
        producer.produce(topic, key=f"k{i}", value=f"value {i} " * 10, headers=[("h", b"x"), ("n", None)], timestamp=1_700_000_000_000 + i)
    left = producer.flush(20)
    got = read_all(topic, 1000)
    check(f"1,000 idempotent records with {codec}",
          left == 0 and [m.value().decode() for m in got] == [f"value {i} " * 10 for i in range(1000)]
          and got[7].key() == b"k7" and got[7].headers() == [("h", b"x"), ("n", None)] and got[7].timestamp()[1] == 1_700_000_000_007, len(got))

topic, group = topic_of(admin, 3), "py-group-" + uuid.uuid4().hex[:8]
producer = ck.Producer({"bootstrap.servers": BOOTSTRAP, "acks": "all"})
for i in range(300):
    producer.produce(topic, value=str(i), partition=i % 3)
producer.flush(20)
first = read_all(topic, 300, group=group)
committed = ck.Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": group}).committed([ck.TopicPartition(topic, p) for p in range(3)], 10)
check("a group reads three partitions and commits", len(first) == 300 and [c.offset for c in committed] == [100] * 3, committed)
check("the group goes on where it committed", read_all(topic, 1, group=group, seconds=3) == [])
groups = admin.list_consumer_groups().result(10)
check("the group is listed", group in [g.group_id for g in groups.valid])
described = admin.describe_consumer_groups([group])[group].result(10)
check("the group is described", described.group_id == group and described.state.name in ("EMPTY", "STABLE"), described.state)

for protocol in ["consumer"]:
    consumer = ck.Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "py-848-" + uuid.uuid4().hex[:8], "group.protocol": protocol,
                            "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    count, deadline = 0, time.time() + 20
    while count < 300 and time.time() < deadline:
        message = consumer.poll(0.2)
        count += message is not None and message.error() is None
    consumer.close()
    check("a group of the consumer protocol (KIP-848) reads three partitions", count == 300, count)

source, sink = topic_of(admin), topic_of(admin)
producer = ck.Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": "py-" + uuid.uuid4().hex})
producer.init_transactions(20)
for round_, end in enumerate(["commit", "abort", "commit"]):
    producer.begin_transaction()
    for i in range(10):
        producer.produce(sink, value=f"{end} {round_} {i}")
    producer.flush(10)
    if end == "commit":
        producer.commit_transaction(20)
    else:
        producer.abort_transaction(20)
got = [m.value().decode() for m in read_all(sink, 20)]
check("read_committed sees committed transactions only", len(got) == 20 and not any(v.startswith("abort") for v in got), got)
everything = read_all(sink, 30, isolation="read_uncommitted")
check("read_uncommitted sees aborted ones too", len(everything) == 30, len(everything))

consumer = ck.Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "py-txn-" + uuid.uuid4().hex, "enable.auto.commit": False, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
while not consumer.assignment():
    consumer.poll(0.2)
producer.begin_transaction()
producer.send_offsets_to_transaction([ck.TopicPartition(topic, 0, 42)], consumer.consumer_group_metadata(), 20)
producer.commit_transaction(20)
check("offsets committed in a transaction are the group's", consumer.committed([ck.TopicPartition(topic, 0)], 10)[0].offset == 42)
consumer.close()

other = ck.Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": "py-fence-" + topic})
other.init_transactions(20)
newer = ck.Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": "py-fence-" + topic})
newer.init_transactions(20)
try:
    other.begin_transaction()
    other.produce(sink, value="from the fenced one")
    other.commit_transaction(20)
    check("an older producer of the same transactional id is fenced", False, "it committed")
except ck.KafkaException as error:
    check("an older producer of the same transactional id is fenced", error.args[0].fatal() or error.args[0].code() == ck.KafkaError._FENCED, error)

topic = topic_of(admin, 1, {"retention.ms": "3600000", "cleanup.policy": "compact"})
resource = ConfigResource(ResourceType.TOPIC, topic)
config = admin.describe_configs([resource])[resource].result(10)
check("topic configurations are described", config["retention.ms"].value == "3600000" and config["cleanup.policy"].value == "compact")
change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry("retention.ms", "7200000", incremental_operation=AlterConfigOpType.SET)])
admin.incremental_alter_configs([change])[change].result(10)
config = admin.describe_configs([resource])[resource].result(10)
check("and altered one by one", config["retention.ms"].value == "7200000" and config["cleanup.policy"].value == "compact")
admin.create_partitions([NewPartitions(topic, 4)])[topic].result(10)
check("partitions are added", len(admin.list_topics(topic, 10).topics[topic].partitions) == 4)
topic = topic_of(admin)
producer = ck.Producer({"bootstrap.servers": BOOTSTRAP})
for i in range(10):
    producer.produce(topic, key=str(i), value=str(i), partition=0)
producer.flush(10)
deleted = admin.delete_records([ck.TopicPartition(topic, 0, 4)])[ck.TopicPartition(topic, 0, 4)].result(10)
check("records are deleted up to an offset", deleted.low_watermark == 4, deleted)
asked = ck.TopicPartition(topic, 0)
check("offsets are listed", admin.list_offsets({asked: OffsetSpec.latest()})[asked].result(10).offset == 10)
cluster = admin.describe_cluster().result(10)
check("the cluster is described", len(cluster.nodes) == 1 and cluster.controller.id == cluster.nodes[0].id)
admin.delete_topics([topic])[topic].result(10)
time.sleep(0.5)
check("a topic is deleted", topic not in admin.list_topics(timeout=10).topics)
sys.exit(failed > 0)
