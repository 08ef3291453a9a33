//! Sends records of one topic: batches by partition, several requests under way at each leader.
//!
//! Promise: records of a partition arrive in the order of `send`; with idempotence none is
//! doubled; `flush` returns when all are acknowledged, or with the error of the first that cannot
//! be; who sends is told why, where that takes long. Limits: limits::PRODUCE_*.
//! Read next: producer/lane.rs, producer/trouble.rs.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use shards::compression::Compression;
use shards::format::builder::NewRecord;

use super::cluster::{Cluster, NodeId};
use super::connection::{Address, Connection, Options, version_max};
use super::error::{ClientError, check};
use super::limits;
use super::partitioner::{Sticky, partition_of_key};
use crate::config::ConfigResource;
use crate::protocol::generated::produce::{request, response};
use crate::protocol::{ErrorCode, describe_configs, init_producer_id, metadata};

mod lane;
mod trouble;

use lane::{Lane, ProducerIdentity, size_above};
pub use trouble::Teller;
use trouble::Trouble;

/// Who must have a record before it counts as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    None,
    Leader,
    All,
}

impl Acks {
    fn number(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Leader => 1,
            Self::All => -1,
        }
    }
}

#[derive(Debug, Clone)]
pub struct ProducerOptions {
    pub acks: Acks,
    pub compression: Compression,
    /// A batch is sent when its records, uncompressed, have this many bytes.
    pub batch_bytes: usize,
    /// Needs `Acks::All`.
    pub idempotent: bool,
    /// How long a batch is tried before its error is final.
    pub delivery_timeout: Duration,
}

impl Default for ProducerOptions {
    fn default() -> Self {
        Self {
            acks: Acks::All,
            compression: Compression::NONE,
            batch_bytes: 256 << 10,
            idempotent: true,
            delivery_timeout: Duration::from_secs(120),
        }
    }
}

/// What was sent so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub records: u64,
    pub batches: u64,
    /// As batches: compressed, with their headers.
    pub bytes: u64,
}

/// A batch on its way: which lane, and its number there.
#[derive(Debug, Clone, Copy)]
struct Flight {
    lane: usize,
    batch: u64,
}

#[derive(Debug, Default)]
struct Leader {
    connection: Option<Connection>,
    in_flight: VecDeque<Vec<Flight>>,
}

#[derive(Debug)]
pub struct Producer<'a> {
    cluster: &'a mut Cluster,
    topic: String,
    options: ProducerOptions,
    lanes: Vec<Lane>,
    sticky: Sticky,
    leaders: BTreeMap<NodeId, Leader>,
    /// Since a batch was put back and none was acknowledged.
    trouble: Option<Trouble>,
    teller: Teller<'a>,
    patience: Patience<'a>,
    /// The largest batch that the topic takes, if the broker tells.
    message_bytes_max: Option<usize>,
    sent: Sent,
}

impl<'a> Producer<'a> {
    /// Looks the topic up; a broker may create it, if it is set to.
    pub fn open(
        cluster: &'a mut Cluster,
        topic: &str,
        options: ProducerOptions,
    ) -> Result<Self, ClientError> {
        let partitions = cluster.retry(|cluster| look_up(cluster, topic))?;
        let identity = match options.idempotent {
            true => Some(cluster.retry(identify)?),
            false => None,
        };
        let message_bytes_max = message_bytes_max(cluster, topic);
        let batch_bytes = message_bytes_max.unwrap_or(usize::MAX).min(options.batch_bytes);
        let options = ProducerOptions { batch_bytes, ..options };
        let lane = |partition| Lane::new(partition as i32, identity);
        let start = std::process::id() as usize;
        Ok(Self {
            cluster,
            topic: topic.to_owned(),
            options,
            lanes: (0..partitions).map(lane).collect(),
            sticky: Sticky::new(start, partitions),
            leaders: BTreeMap::new(),
            trouble: None,
            teller: Teller::default(),
            patience: Patience::default(),
            message_bytes_max,
            sent: Sent::default(),
        })
    }

    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// Has someone told why nothing is acknowledged for a while.
    pub fn tell(&mut self, teller: Teller<'a>) {
        self.teller = teller;
    }

    /// Has waiting end with `Interrupted` once `is_asked` says so.
    pub fn stop_when(&mut self, is_asked: impl Fn() -> bool + 'a) {
        self.patience.is_asked = Some(Box::new(is_asked));
    }

    /// From now on, waiting ends with `Interrupted` after so long, and for no other wish.
    pub fn end_within(&mut self, patience: Duration) {
        self.patience = Patience { is_asked: None, ends: Some(Instant::now() + patience) };
    }

    /// Records that were given to `send` and are not acknowledged.
    pub fn unacknowledged(&self) -> u64 {
        self.lanes.iter().map(Lane::waiting_records).sum()
    }

    /// Appends the record to the batch of its partition; waits while too much is under way.
    pub fn send(
        &mut self,
        partition: Option<i32>,
        record: &NewRecord<'_>,
    ) -> Result<(), ClientError> {
        if let Some(max) = self.message_bytes_max
            && let Some(bytes) = size_above(record, &self.options, max)?
        {
            return Err(ClientError::TooLarge { bytes, max });
        }
        let index = match (partition, record.key) {
            (Some(partition), _) => self.lane_of(partition)?,
            (None, Some(key)) => partition_of_key(key, self.lanes.len()),
            (None, None) => self.sticky.current(),
        };
        if self.lanes[index].append(record, &self.options)? {
            if partition.is_none() && record.key.is_none() {
                self.sticky.advance();
            }
            self.pump()?;
            while self.waiting_bytes() > limits::PRODUCE_WAITING_BYTES_MAX {
                self.wait_for_one()?;
            }
        }
        Ok(())
    }

    /// Sends what there is, and waits until all of it is acknowledged.
    pub fn flush(&mut self) -> Result<(), ClientError> {
        for lane in &mut self.lanes {
            lane.close()?;
        }
        self.pump()?;
        while self.lanes.iter().any(|lane| !lane.is_done()) {
            self.wait_for_one()?;
        }
        Ok(())
    }

    fn lane_of(&self, partition: i32) -> Result<usize, ClientError> {
        let index = usize::try_from(partition).ok().filter(|index| *index < self.lanes.len());
        index.ok_or_else(|| ClientError::NoPartition {
            topic: self.topic.clone(),
            partition,
            last: self.lanes.len() as i32 - 1,
        })
    }

    fn waiting_bytes(&self) -> usize {
        self.lanes.iter().map(Lane::waiting_bytes).sum()
    }

    /// Sends all that may be sent now, and takes in answers that are there.
    fn pump(&mut self) -> Result<(), ClientError> {
        let done = self.try_pump();
        self.settle(done)
    }

    /// Waits for the answer to one request, sending what may be sent before.
    fn wait_for_one(&mut self) -> Result<(), ClientError> {
        self.patience.check()?;
        self.pump()?;
        let busy = self.leaders.iter().find(|(_, leader)| !leader.in_flight.is_empty());
        let Some(node) = busy.map(|(node, _)| *node) else { return Ok(()) };
        let done = self.receive(node);
        self.settle(done)
    }

    /// A transient error puts the batches of all broken connections back, after a pause.
    fn settle(&mut self, done: Result<(), ClientError>) -> Result<(), ClientError> {
        let Err(error) = done else { return Ok(()) };
        if !error.is_transient() {
            return Err(error);
        }
        for leader in self.leaders.values_mut() {
            leader.connection = None;
            for flight in leader.in_flight.drain(..).flatten() {
                self.lanes[flight.lane].put_back(flight.batch);
            }
        }
        self.wait_before_retry(error)
    }

    fn try_pump(&mut self) -> Result<(), ClientError> {
        loop {
            let mut by_leader: BTreeMap<NodeId, Vec<Flight>> = BTreeMap::new();
            for (index, lane) in self.lanes.iter().enumerate() {
                let Some(batch) = lane.next_to_send() else { continue };
                let leader = self.cluster.leader(&self.topic, lane.partition())?;
                by_leader.entry(leader).or_default().push(Flight { lane: index, batch });
            }
            if by_leader.is_empty() {
                return Ok(());
            }
            let mut full = true;
            for (node, flights) in by_leader {
                let leader = self.leaders.entry(node).or_default();
                if leader.in_flight.len() < limits::PRODUCE_IN_FLIGHT_MAX {
                    self.send_request(node, flights)?;
                    full = false;
                }
            }
            self.take_answers()?;
            if full {
                return Ok(());
            }
        }
    }

    fn send_request(&mut self, node: NodeId, flights: Vec<Flight>) -> Result<(), ClientError> {
        let mut partitions = Vec::new();
        let mut bytes = 0;
        let mut taken = Vec::new();
        for flight in flights {
            let lane = &self.lanes[flight.lane];
            let records = lane.bytes_of(flight.batch);
            bytes += records.len();
            if !taken.is_empty() && bytes > limits::PRODUCE_REQUEST_BYTES {
                break;
            }
            let (index, records) = (lane.partition(), Some(records));
            partitions.push(request::PartitionProduceData { index, records });
            taken.push(flight);
        }
        let request = request::Request {
            transactional_id: None,
            acks: self.options.acks.number(),
            timeout_ms: self.cluster.options().request_timeout.as_millis() as i32,
            topic_data: vec![request::TopicProduceData {
                name: self.topic.clone(),
                partition_data: partitions,
                ..Default::default()
            }],
        };
        let address = self.cluster.address_of(node)?;
        let leader = self.leaders.entry(node).or_default();
        let connection = match &mut leader.connection {
            Some(connection) => connection,
            none => none.insert(self.patience.open(&address, self.cluster.options())?),
        };
        let version = version_max::<request::Request>();
        if self.options.acks == Acks::None {
            connection.send_unanswered(&request, version)?;
            for flight in taken {
                self.sent.add(self.lanes[flight.lane].remove(flight.batch));
            }
            return Ok(());
        }
        connection.send(&request, version)?;
        for flight in &taken {
            self.lanes[flight.lane].set_in_flight(flight.batch);
        }
        leader.in_flight.push_back(taken);
        Ok(())
    }

    /// Takes in the answers that have arrived already.
    fn take_answers(&mut self) -> Result<(), ClientError> {
        let nodes: Vec<NodeId> = self.leaders.keys().copied().collect();
        for node in nodes {
            while self.is_answered(node)? {
                self.receive(node)?;
            }
        }
        Ok(())
    }

    fn is_answered(&mut self, node: NodeId) -> Result<bool, ClientError> {
        let Some(leader) = self.leaders.get_mut(&node) else { return Ok(false) };
        match &mut leader.connection {
            Some(connection) if !leader.in_flight.is_empty() => {
                connection.is_answered_within(Duration::ZERO)
            }
            _ => Ok(false),
        }
    }

    fn receive(&mut self, node: NodeId) -> Result<(), ClientError> {
        let timeout = self.cluster.options().request_timeout;
        let Some(leader) = self.leaders.get_mut(&node) else { return Ok(()) };
        let Some(connection) = &mut leader.connection else { return Ok(()) };
        let began = Instant::now();
        while began.elapsed() < timeout && !connection.is_answered_within(LOOK_AGAIN)? {
            self.patience.check()?;
        }
        // What was waited above is a part of the time.
        let response = connection.receive_by::<request::Request>(began + timeout, timeout)?;
        let flights = leader.in_flight.pop_front().unwrap_or_default();
        let mut trouble = None;
        for flight in flights {
            let partition = self.lanes[flight.lane].partition();
            let mut answers = response.responses.iter().flat_map(|it| &it.partition_responses);
            let answer = answers.find(|answer| answer.index == partition);
            match self.judge(flight, answer) {
                Ok(()) => self.trouble = None,
                Err(error) if error.is_transient() => trouble = Some(error),
                Err(error) => return Err(error),
            }
        }
        match trouble {
            Some(error) => self.wait_before_retry(error),
            None => Ok(()),
        }
    }

    /// What the answer means for the batch; an error that may pass puts it back.
    fn judge(
        &mut self,
        flight: Flight,
        answer: Option<&response::PartitionProduceResponse>,
    ) -> Result<(), ClientError> {
        let lane = &mut self.lanes[flight.lane];
        let partition = lane.partition();
        let name = || format!("partition {partition} of topic {}", self.topic);
        let code = answer.map_or(ErrorCode::UnknownServerError.code(), |it| it.error_code);
        let is_behind_another = lane.is_behind_another(flight.batch);
        match ErrorCode::from_code(code) {
            Some(ErrorCode::None | ErrorCode::DuplicateSequenceNumber) => {
                self.sent.add(lane.remove(flight.batch));
                Ok(())
            }
            // The batch before it has to be sent again first.
            Some(ErrorCode::OutOfOrderSequenceNumber) if is_behind_another => {
                lane.put_back(flight.batch);
                Ok(())
            }
            _ => {
                lane.put_back(flight.batch);
                let detail = answer.and_then(|it| {
                    let records = it.record_errors.iter();
                    let mut of_records =
                        records.filter_map(|it| it.batch_index_error_message.as_deref());
                    it.error_message.as_deref().or_else(|| of_records.next())
                });
                check(code, detail, name)
            }
        }
    }

    fn wait_before_retry(&mut self, error: ClientError) -> Result<(), ClientError> {
        self.cluster.forget_leaders(&self.topic);
        self.patience.check()?;
        let timeout = self.options.delivery_timeout;
        let trouble = self.trouble.get_or_insert_with(|| Trouble::begin(timeout));
        trouble.wait(error, &self.teller)
    }
}

impl Sent {
    fn add(&mut self, (records, bytes): (u64, u64)) {
        self.records += records;
        self.batches += 1;
        self.bytes += bytes;
    }
}

/// For how long whoever sends wants to wait. For ever at first.
#[derive(Default)]
struct Patience<'a> {
    is_asked: Option<Box<dyn Fn() -> bool + 'a>>,
    ends: Option<Instant>,
}

/// While an answer is waited for, the patience may end.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

impl Patience<'_> {
    fn check(&self) -> Result<(), ClientError> {
        let is_asked = self.is_asked.as_ref().is_some_and(|is_asked| is_asked());
        let is_over = self.ends.is_some_and(|ends| Instant::now() >= ends);
        if is_asked || is_over { Err(ClientError::Interrupted) } else { Ok(()) }
    }

    /// Opens a connection. A broker that does not answer must not keep whoever wants to end.
    fn open(&self, address: &Address, options: &Options) -> Result<Connection, ClientError> {
        let (sender, opened) = mpsc::channel();
        let (address, options) = (address.clone(), options.clone());
        let open = move || {
            // Nobody wants it any more.
            let _unheard = sender.send(Connection::open(&address, &options));
        };
        let thread = thread::Builder::new().name("connect".to_owned()).spawn(open);
        thread.map_err(|_| ClientError::Thread)?;
        loop {
            match opened.recv_timeout(LOOK_AGAIN) {
                Ok(opened) => return opened,
                Err(RecvTimeoutError::Timeout) => self.check()?,
                Err(RecvTimeoutError::Disconnected) => return Err(ClientError::Thread),
            }
        }
    }
}

impl fmt::Debug for Patience<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Patience").field("ends", &self.ends).finish_non_exhaustive()
    }
}

/// What the topic says of the size of its batches. A broker that does not tell refuses the batch
/// itself.
fn message_bytes_max(cluster: &mut Cluster, topic: &str) -> Option<usize> {
    let resource = describe_configs::request::DescribeConfigsResource {
        resource_type: ConfigResource::TOPIC,
        resource_name: topic.to_owned(),
        configuration_keys: Some(vec!["max.message.bytes".to_owned()]),
    };
    let request = describe_configs::Request { resources: vec![resource], ..Default::default() };
    let response = cluster.call_any(&request).ok()?;
    let config = response.results.into_iter().next()?.configs.into_iter().next()?;
    config.value?.parse().ok()
}

/// How many partitions the topic has.
fn look_up(cluster: &mut Cluster, topic: &str) -> Result<usize, ClientError> {
    let request = metadata::Request {
        topics: Some(vec![metadata::request::MetadataRequestTopic {
            name: Some(topic.to_owned()),
            ..Default::default()
        }]),
        allow_auto_topic_creation: true,
        ..Default::default()
    };
    for found in cluster.metadata_as(&request)?.topics {
        check(found.error_code, None, || format!("topic {topic}"))?;
    }
    Ok(cluster.partition_count(topic)?.max(1) as usize)
}

fn identify(cluster: &mut Cluster) -> Result<ProducerIdentity, ClientError> {
    let request = init_producer_id::Request {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..Default::default()
    };
    let response = cluster.call_any(&request)?;
    check(response.error_code, None, || "a producer id".to_owned())?;
    Ok(ProducerIdentity { id: response.producer_id, epoch: response.producer_epoch })
}

/// Milliseconds since 1970, for records that bring no time of their own.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

/// Rates for progress and summaries.
#[derive(Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    }
}
