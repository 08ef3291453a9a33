"""Transactional producers of confluent-kafka (librdkafka) until a line comes on stdin, then a
reader of committed records that judges: what was committed is there once, in order, in every
partition; what was aborted or left open is not. Ends with 0 if that holds."""
import collections
import random
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition

PARTITIONS = 3
PRODUCERS = 3
PATIENCE_S = 60
ABORT_SHARE = 0.3
CRASH_SHARE = 0.05


def producer(brokers, number):
    made = Producer({
        "bootstrap.servers": brokers,
        "transactional.id": f"producer-{number}",
        "transaction.timeout.ms": 20_000,
        "log_level": 0,
    })
    made.init_transactions(PATIENCE_S)
    return made


class Producing(threading.Thread):
    """One producer after the other with the same id; `fates` says what became of each."""

    def __init__(self, brokers, topic, number, stop):
        super().__init__()
        self.brokers, self.topic, self.number, self.stop = brokers, topic, number, stop
        self.fates = {}
        self.count = 0

    def run(self):
        while not self.stop.is_set():
            try:
                self.live(producer(self.brokers, self.number))
            except KafkaException as error:
                print(f"producer {self.number}: {error.args[0].name()}", file=sys.stderr)
            time.sleep(0.05)

    def live(self, live):
        while not self.stop.is_set():
            self.count += 1
            key = (self.number, self.count)
            self.fates[key] = "open"
            live.begin_transaction()
            for partition in range(PARTITIONS):
                value = f"{self.number} {self.count}"
                live.produce(self.topic, value, partition=partition)
            if random.random() < CRASH_SHARE:
                live.flush(10)
                return
            if random.random() < ABORT_SHARE:
                live.flush(10)
                self.fates[key] = "aborted"
                live.abort_transaction(PATIENCE_S)
            else:
                self.fates[key] = "unknown"
                live.commit_transaction(PATIENCE_S)
                self.fates[key] = "committed"


def committed(brokers, topic):
    """The partitions of each transaction that readers of committed records see, in order."""
    reader = Consumer({
        "bootstrap.servers": brokers,
        "group.id": "judge",
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
    })
    reader.assign([TopicPartition(topic, it, OFFSET_BEGINNING) for it in range(PARTITIONS)])
    seen, ended, last = collections.defaultdict(list), set(), {}
    deadline = time.monotonic() + PATIENCE_S
    while len(ended) < PARTITIONS:
        if time.monotonic() > deadline:
            sys.exit(f"a reader of committed records stalls: {ended} are at their ends")
        message = reader.poll(1)
        if message is None:
            continue
        if message.error():
            ended.add(message.partition())
            continue
        number, count = map(int, message.value().split())
        place = (message.partition(), number)
        if last.get(place, 0) >= count:
            sys.exit(f"{number} {count} comes after {last[place]} in partition {place[0]}")
        last[place] = count
        seen[(number, count)].append(message.partition())
    reader.close()
    return seen


def main():
    brokers, topic = sys.argv[1:]
    stop = threading.Event()
    threads = [Producing(brokers, topic, number, stop) for number in range(PRODUCERS)]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    for number in range(PRODUCERS):
        producer(brokers, number)  # what is open is aborted
    seen = committed(brokers, topic)
    everywhere = list(range(PARTITIONS))
    may_be = {"committed": [everywhere], "unknown": [[], everywhere]}
    fates = {key: fate for thread in threads for key, fate in thread.fates.items()}
    for key, fate in fates.items():
        found = sorted(seen.pop(key, []))
        if found not in may_be.get(fate, [[]]):
            sys.exit(f"transaction {key} is {fate}, and stands in partitions {found}")
    if seen:
        sys.exit(f"nobody sent {list(seen)[:5]}")
    counts = collections.Counter(fates.values())
    if counts["committed"] < 10 or counts["aborted"] < 3:
        sys.exit(f"too few to judge: {counts}")
    print(dict(counts))


main()
