//! A partition with a clock, a log and partitions that take markers, driven by requests.

use crate::coordinators::coordinator::*;
use crate::coordinators::transactions::*;
use crate::metadata::Image;
use crate::metadata::features::TRANSACTION_VERSION;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const ID: &str = "id";
pub(super) const EPOCH: i32 = 5;
pub(super) const TIMEOUT_MS: i32 = 60_000;

pub(super) struct Bench {
    pub(super) partition: TransactionPartition,
    pub(super) now: Now,
    /// What was appended and is durable, in order.
    pub(super) log: Vec<Record>,
    /// What was handed out while `hold` was set.
    pub(super) held: Vec<Append>,
    pub(super) hold: bool,
    /// Markers that were asked for and are not written yet.
    pub(super) markers: Vec<Command>,
    pub(super) replies: BTreeMap<RequestToken, Reply>,
    pub(super) next_producer_id: i64,
    tokens: u64,
}

/// The metadata of a cluster at a level of `transaction.version`.
pub(super) fn image(version: i16) -> Arc<Image> {
    let mut image = Image::empty("test");
    let mut features = (*image.features).clone();
    features.set(TRANSACTION_VERSION, version);
    image.features = features.into();
    Arc::new(image)
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(TransactionConfig::default(), 2, &[])
    }

    /// A partition that has read `log` from its beginning.
    pub(super) fn with(config: TransactionConfig, version: i16, log: &[Record]) -> Self {
        let image = image(version);
        let lead = Lead { index: 0, epoch: EPOCH, image: image.clone() };
        let mut bench = Bench {
            partition: TransactionPartition::new(&config, lead),
            now: Now { wall_ms: 1_000_000, steady_ms: 500 },
            log: log.to_vec(),
            held: Vec::new(),
            hold: false,
            markers: Vec::new(),
            replies: BTreeMap::new(),
            next_producer_id: 100,
            tokens: 0,
        };
        for record in log {
            bench.partition.replay(&record.key, record.value.as_deref(), None).unwrap();
        }
        let output = bench.partition.loaded(&image, bench.now);
        bench.take(output);
        bench
    }

    pub(super) fn take(&mut self, output: OutputOf<TransactionPartition>) {
        for (token, reply) in output.replies {
            assert_eq!(self.replies.insert(token, reply), None, "{token:?} is answered once");
        }
        self.markers.extend(output.commands);
        for append in output.appends {
            match self.hold {
                true => self.held.push(append),
                false => self.write(append),
            }
        }
    }

    fn write(&mut self, append: Append) {
        let Content::Records(records) = append.content else { panic!("plain records only") };
        assert!(!records.is_empty(), "a batch has records");
        self.log.extend(records);
        let output = self.partition.appended(append.ticket, Ok(()), self.now);
        self.take(output);
    }

    /// The disk has written all that was held.
    pub(super) fn release(&mut self) {
        self.hold = false;
        for append in std::mem::take(&mut self.held) {
            self.write(append);
        }
    }

    /// The partition refuses the first batch that was held, and so all.
    pub(super) fn refuse(&mut self, failure: AppendFailure) {
        self.hold = false;
        let held = std::mem::take(&mut self.held);
        let Some(first) = held.first() else { return };
        let output = self.partition.appended(first.ticket, Err(failure), self.now);
        self.take(output);
    }

    /// All partitions have taken their markers.
    pub(super) fn write_markers(&mut self) {
        for command in std::mem::take(&mut self.markers) {
            let Command::WriteMarkers { transactional_id, marker, .. } = command;
            self.ask(Request::MarkersWritten { transactional_id, marker });
        }
    }

    pub(super) fn ask(&mut self, request: Request) -> RequestToken {
        self.tokens += 1;
        let token = RequestToken(self.tokens);
        let output = self.partition.handle(token, request, self.now);
        self.take(output);
        token
    }

    pub(super) fn ask_now(&mut self, request: Request) -> Reply {
        let token = self.ask(request);
        self.replies.remove(&token).expect("the request is answered")
    }

    /// As routing asks: once more with a fresh id where one is needed.
    pub(super) fn init(&mut self, expected: Option<ProducerEpoch>) -> Reply {
        let request = InitProducer {
            transactional_id: ID.into(),
            timeout_ms: TIMEOUT_MS,
            is_two_phase: false,
            expected,
            fresh_producer_id: None,
        };
        match self.ask_now(Request::Init(request.clone())) {
            Reply::NeedsProducerId => {
                self.next_producer_id += 1;
                let fresh_producer_id = Some(self.next_producer_id);
                self.ask_now(Request::Init(InitProducer { fresh_producer_id, ..request }))
            }
            reply => reply,
        }
    }

    pub(super) fn producer(&mut self) -> ProducerEpoch {
        match self.init(None) {
            Reply::Initialized(producer) => producer,
            other => panic!("no producer: {other:?}"),
        }
    }

    pub(super) fn add(&mut self, producer: ProducerEpoch, version: i16) -> Reply {
        self.ask_now(Request::Add(partitions(producer, version)))
    }

    pub(super) fn end(&mut self, producer: ProducerEpoch, committed: bool, version: i16) -> Reply {
        let request = EndTransaction {
            transactional_id: ID.into(),
            producer,
            committed,
            version,
            fresh_producer_id: None,
        };
        match self.ask_now(Request::End(request.clone())) {
            Reply::NeedsProducerId => {
                self.next_producer_id += 1;
                let fresh_producer_id = Some(self.next_producer_id);
                self.ask_now(Request::End(EndTransaction { fresh_producer_id, ..request }))
            }
            reply => reply,
        }
    }

    /// Lets time pass, with a tick at each deadline on the way.
    pub(super) fn pass(&mut self, ms: u64) {
        let end_ms = self.now.steady_ms + ms;
        while let Some(at_ms) = self.partition.next_deadline().filter(|at_ms| *at_ms <= end_ms) {
            self.jump(at_ms.max(self.now.steady_ms));
            let output = self.partition.tick(self.now);
            self.take(output);
        }
        self.jump(end_ms);
    }

    fn jump(&mut self, steady_ms: u64) {
        self.now.wall_ms += (steady_ms - self.now.steady_ms) as i64;
        self.now.steady_ms = steady_ms;
    }

    pub(super) fn state(&mut self) -> State {
        match self.ask_now(Request::Describe(vec![ID.into()])) {
            Reply::Described(mut described) => described.remove(0).unwrap().state,
            other => panic!("not described: {other:?}"),
        }
    }

    /// The coordinator is killed; another one reads what is durable.
    pub(super) fn reloaded(&self) -> Bench {
        let mut again = Bench::with(TransactionConfig::default(), 2, &self.log);
        again.next_producer_id = self.next_producer_id;
        again.now = self.now;
        again
    }
}

pub(super) fn partitions(producer: ProducerEpoch, version: i16) -> AddPartitions {
    let partitions = vec![("t".into(), 0), ("t".into(), 1)];
    AddPartitions { transactional_id: ID.into(), producer, partitions, version }
}

pub(super) fn refused(error: TransactionError) -> Reply {
    Reply::Refused(error)
}
