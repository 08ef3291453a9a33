"""confluent-kafka (librdkafka) as a client of the suite; see lines.py."""
import sys

import confluent_kafka
import lines

POLL_RECORDS = 10_000


def produce(brokers, topic, codec):
    producer = confluent_kafka.Producer({
        "bootstrap.servers": brokers,
        "compression.codec": codec,
        "enable.idempotence": True,
        "linger.ms": 20,
    })
    failures = []

    def delivered(error, _message):
        if error is not None:
            failures.append(error)

    for key, value in lines.records():
        while True:
            try:
                producer.produce(topic, key=key, value=value, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()
    if failures:
        sys.exit(f"{len(failures)} not delivered, the first: {failures[0]}")


def poll(consumer):
    messages = consumer.consume(POLL_RECORDS, timeout=0.5)
    for message in messages:
        if message.error():
            sys.exit(f"{message.error()}")
    return messages


def consume(brokers, topic, count):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": brokers,
        "group.id": f"confluent-{topic}",
        "auto.offset.reset": "earliest",
    })
    consumer.subscribe([topic])
    left = int(count)
    while left > 0:
        messages = poll(consumer)
        lines.write((m.key(), m.value()) for m in messages)
        left -= len(messages)
    sys.stdout.buffer.flush()
    consumer.close()


def member(brokers, topic, group, assignor):
    if assignor == "consumer protocol":
        # The broker says how long a session is.
        protocol = {"group.protocol": "consumer"}
    else:
        protocol = {"partition.assignment.strategy": assignor, "session.timeout.ms": 6000}
    consumer = confluent_kafka.Consumer({
        **protocol,
        "bootstrap.servers": brokers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.offset.store": False,
        "auto.commit.interval.ms": 500,
    })
    consumer.subscribe([topic])
    while True:
        messages = poll(consumer)
        lines.write_placed((m.partition(), m.offset(), m.key(), m.value()) for m in messages)
        for last in {m.partition(): m for m in messages}.values():
            try:
                consumer.store_offsets(last)
            except confluent_kafka.KafkaException as error:
                # The partition was taken away meanwhile; its next owner reads it again.
                if error.args[0].code() != confluent_kafka.KafkaError._STATE:
                    raise


lines.main(produce, consume, member)
