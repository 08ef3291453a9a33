// kafkajs as a client of the suite; the lines are those of ../python/lines.py.
// The packages come from the folder that NODE_PATH names.
const { Kafka, CompressionTypes, CompressionCodecs, PartitionAssigners, logLevel } =
  require("kafkajs");
CompressionCodecs[CompressionTypes.Snappy] = require("kafkajs-snappy");

const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
};
const SEND_RECORDS = 5000;

async function* records() {
  let rest = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end; (end = bytes.indexOf(10, start)) >= 0; start = end + 1) {
      const tab = bytes.indexOf(9, start);
      yield { key: bytes.subarray(start, tab), value: bytes.subarray(tab + 1, end) };
    }
    rest = bytes.subarray(start);
  }
}

async function produce(kafka, topic, codec) {
  const producer = kafka.producer();
  await producer.connect();
  let messages = [];
  const send = () => producer.send({ topic, messages, compression: CODECS[codec], acks: -1 });
  for await (const record of records()) {
    if (messages.push(record) === SEND_RECORDS) {
      await send();
      messages = [];
    }
  }
  if (messages.length > 0) await send();
  await producer.disconnect();
}

const TAB = Buffer.from("\t");
const NEWLINE = Buffer.from("\n");

function write(parts) {
  return new Promise((resolve) => process.stdout.write(Buffer.concat(parts), resolve));
}

async function consume(kafka, topic, count) {
  const consumer = kafka.consumer({ groupId: `kafkajs-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let left = Number(count);
  let done;
  const finished = new Promise((resolve) => (done = resolve));
  await consumer.run({
    eachBatch: async ({ batch }) => {
      await write(batch.messages.flatMap((m) => [m.key, TAB, m.value, NEWLINE]));
      left -= batch.messages.length;
      if (left <= 0) done();
    },
  });
  await finished;
  await consumer.disconnect();
}

async function member(kafka, topic, groupId, assignor) {
  if (assignor !== "roundrobin") throw new Error(`kafkajs has no assignor ${assignor}`);
  const partitionAssigners = [PartitionAssigners.roundRobin];
  const timeouts = { sessionTimeout: 6000, heartbeatInterval: 1000, rebalanceTimeout: 10000 };
  const consumer = kafka.consumer({ groupId, partitionAssigners, ...timeouts });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 500,
    eachBatch: async ({ batch }) => {
      const place = (m) => Buffer.from(`${batch.partition}\t${m.offset}\t`);
      await write(batch.messages.flatMap((m) => [place(m), m.key, TAB, m.value, NEWLINE]));
    },
  });
}

const [mode, brokers, topic, ...rest] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "suite", brokers: [brokers], logLevel: logLevel.ERROR });
({ produce, consume, member })[mode](kafka, topic, ...rest).catch((error) => {
  console.error(error);
  process.exit(1);
});
