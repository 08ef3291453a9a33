"""kafka-python as a client of the suite; see lines.py."""
import sys

import kafka
import lines
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

ASSIGNORS = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}


def produce(brokers, topic, codec):
    producer = kafka.KafkaProducer(
        bootstrap_servers=brokers,
        compression_type=None if codec == "none" else codec,
        batch_size=65_536,
        linger_ms=20,
    )
    failures = []
    for key, value in lines.records():
        producer.send(topic, key=key, value=value).add_errback(failures.append)
    producer.flush()
    producer.close()
    if failures:
        sys.exit(f"{len(failures)} not delivered, the first: {failures[0]!r}")


def consume(brokers, topic, count):
    consumer = kafka.KafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=f"kafka-python-{topic}",
        auto_offset_reset="earliest",
    )
    left = int(count)
    while left > 0:
        for records in consumer.poll(timeout_ms=500, max_records=10_000).values():
            lines.write((r.key, r.value) for r in records)
            left -= len(records)
    sys.stdout.buffer.flush()
    consumer.close()


def member(brokers, topic, group, assignor):
    consumer = kafka.KafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=group,
        auto_offset_reset="earliest",
        partition_assignment_strategy=[ASSIGNORS[assignor]],
        session_timeout_ms=6000,
        heartbeat_interval_ms=1000,
        auto_commit_interval_ms=500,
    )
    while True:
        for records in consumer.poll(timeout_ms=500).values():
            lines.write_placed((r.partition, r.offset, r.key, r.value) for r in records)


lines.main(produce, consume, member)
