//! Reads records of assigned partitions: one fetch at each leader at a time, the next one already
//! under way while the records of the last are gone through.
//!
//! Promise: records of a partition come in order, each once from the position on; a leader that
//! moves or a connection that breaks is retried. Never: commits offsets (that is member.rs).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use bytes::Bytes;
use shards::format::batch::{Batch, Batches};
use shards::format::records::{self, Headers};

use super::aborted::Aborted;
use super::cluster::{Cluster, NodeId, Pauses, TopicPartition};
use super::connection::{Connection, version_max};
use super::error::{ClientError, check};
use super::limits;
use super::offsets::{OffsetAt, offsets_at};
use crate::protocol::ErrorCode;
use crate::protocol::generated::fetch::{request, response};

/// How long one of several leaders is listened to before the next.
const SEVERAL_LEADERS_TURN: Duration = Duration::from_millis(5);

/// Which records of transactions are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    #[default]
    ReadUncommitted = 0,
    ReadCommitted = 1,
}

/// Where to go on when a position is no longer (or not yet) there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfRange {
    Earliest,
    Latest,
    Fail,
}

/// A record where it was received.
#[derive(Debug, Clone, Copy)]
pub struct ConsumedRecord<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Headers<'a>,
}

/// The records of one partition from one response.
#[derive(Debug)]
pub struct Fetched {
    pub partition: TopicPartition,
    /// Records before this offset are not wanted: a batch is sent whole.
    from: i64,
    batches: Bytes,
    aborted: Vec<response::AbortedTransaction>,
    isolation: Isolation,
}

impl Fetched {
    /// The first offset that was wanted.
    pub fn from(&self) -> i64 {
        self.from
    }

    /// Goes through the records until `each` says to stop; returns the offset to go on from.
    pub fn for_each<E: From<ClientError>>(
        &self,
        mut each: impl FnMut(&ConsumedRecord<'_>) -> Result<bool, E>,
    ) -> Result<i64, E> {
        let mut position = self.from;
        let mut aborted = Aborted::new(&self.aborted);
        let mut scratch = Vec::new();
        for batch in whole_batches(&self.batches) {
            let batch = batch.map_err(|cause| self.unreadable(position, cause))?;
            batch.verify_checksum().map_err(|cause| self.unreadable(position, cause))?;
            let hidden = self.isolation == Isolation::ReadCommitted && aborted.hides(&batch);
            let is_shown = !batch.attributes().is_control() && !hidden;
            if is_shown && let Some(stop_at) = self.each_of(&batch, &mut scratch, &mut each)? {
                return Ok(stop_at);
            }
            position = position.max(batch.next_offset());
        }
        Ok(position)
    }

    fn each_of<E: From<ClientError>>(
        &self,
        batch: &Batch<'_>,
        scratch: &mut Vec<u8>,
        each: &mut impl FnMut(&ConsumedRecord<'_>) -> Result<bool, E>,
    ) -> Result<Option<i64>, E> {
        let limit = limits::BATCH_DECOMPRESSED_BYTES_MAX;
        let records = records::open(batch, scratch, limit)
            .map_err(|cause| self.unreadable(batch.base_offset(), cause))?;
        for record in records {
            let record = record.map_err(|cause| self.unreadable(batch.base_offset(), cause))?;
            let offset = record.offset(batch);
            if offset < self.from {
                continue;
            }
            let consumed = ConsumedRecord {
                topic: &self.partition.topic,
                partition: self.partition.partition,
                offset,
                timestamp: record.timestamp(batch),
                key: record.key,
                value: record.value,
                headers: record.headers,
            };
            if !each(&consumed)? {
                return Ok(Some(offset + 1));
            }
        }
        Ok(None)
    }

    fn unreadable(&self, offset: i64, cause: impl std::fmt::Display) -> ClientError {
        let (partition, cause) = (self.partition.to_string(), cause.to_string());
        ClientError::Records { partition, offset, cause }
    }

    /// The offset behind the last whole batch.
    fn end(&self) -> i64 {
        let ends = whole_batches(&self.batches).filter_map(Result::ok);
        ends.last().map_or(self.from, |batch| batch.next_offset().max(self.from))
    }
}

/// The batches of a response, without the last one if it was cut off.
fn whole_batches(
    bytes: &[u8],
) -> impl Iterator<Item = Result<Batch<'_>, shards::format::batch::BatchError>> {
    use shards::format::batch::BatchError;
    Batches::new(bytes).take_while(|batch| !matches!(batch, Err(BatchError::Truncated { .. })))
}

/// What is known of an assigned partition.
#[derive(Debug, Clone, Copy)]
struct Progress {
    position: i64,
    end: Option<i64>,
}

#[derive(Debug)]
pub struct Consumer {
    assigned: BTreeMap<TopicPartition, Progress>,
    /// Its own, as a broker holds a fetch while other calls must be answered.
    connections: BTreeMap<NodeId, Connection>,
    /// Positions that a fetch under way asks from, by leader.
    under_way: BTreeMap<NodeId, BTreeMap<TopicPartition, i64>>,
    isolation: Isolation,
    out_of_range: OutOfRange,
    pauses: Option<Pauses>,
    /// Counts the fetches: whose turn it is to stand first in the next.
    fetches: usize,
}

impl Consumer {
    pub fn new(isolation: Isolation, out_of_range: OutOfRange) -> Self {
        Self {
            assigned: BTreeMap::new(),
            connections: BTreeMap::new(),
            under_way: BTreeMap::new(),
            isolation,
            out_of_range,
            pauses: None,
            fetches: 0,
        }
    }

    /// Reads these partitions from these offsets, and no others.
    pub fn assign(&mut self, positions: BTreeMap<TopicPartition, i64>) {
        let progress = |(partition, position)| (partition, Progress { position, end: None });
        self.assigned = positions.into_iter().map(progress).collect();
    }

    /// Where the next record of each partition is looked for.
    pub fn positions(&self) -> BTreeMap<TopicPartition, i64> {
        let pair = |(partition, progress): (&TopicPartition, &Progress)| {
            (partition.clone(), progress.position)
        };
        self.assigned.iter().map(pair).collect()
    }

    /// Goes on from `position`; for a caller that did not use all that was fetched.
    pub fn seek(&mut self, partition: &TopicPartition, position: i64) {
        if let Some(progress) = self.assigned.get_mut(partition) {
            progress.position = position;
        }
    }

    /// The last known end of the partition.
    pub fn end_of(&self, partition: &TopicPartition) -> Option<i64> {
        self.assigned.get(partition).and_then(|progress| progress.end)
    }

    /// Waits for records at most `patience`. What it returns counts as read: the positions are
    /// behind it.
    pub fn poll(
        &mut self,
        cluster: &mut Cluster,
        patience: Duration,
    ) -> Result<Vec<Fetched>, ClientError> {
        match self.poll_once(cluster, patience) {
            Err(error) if error.is_transient() => {
                self.connections.clear();
                self.under_way.clear();
                for partition in self.assigned.keys() {
                    cluster.forget_leaders(&partition.topic);
                }
                let timeout = cluster.options().request_timeout;
                let pauses = self.pauses.get_or_insert_with(|| Pauses::new(timeout));
                if pauses.pause() { Ok(Vec::new()) } else { Err(error) }
            }
            done => {
                self.pauses = None;
                done
            }
        }
    }

    fn poll_once(
        &mut self,
        cluster: &mut Cluster,
        patience: Duration,
    ) -> Result<Vec<Fetched>, ClientError> {
        self.send_fetches(cluster)?;
        let Some(node) = self.answered(patience)? else { return Ok(Vec::new()) };
        let asked = self.under_way.remove(&node).unwrap_or_default();
        let Some(connection) = self.connections.get_mut(&node) else { return Ok(Vec::new()) };
        let timeout = cluster.options().request_timeout + limits::FETCH_WAIT_MAX;
        let response = connection.receive::<request::Request>(timeout)?;
        check(response.error_code, None, || format!("fetch from broker {node}"))?;
        let mut fetched = Vec::new();
        let mut trouble = None;
        for topic in response.responses {
            for data in topic.partitions {
                let name = TopicPartition::new(&topic.topic, data.partition_index);
                let asked = asked.get(&name).copied();
                // A seek or another assignment may have come in between.
                let position = self.assigned.get(&name).map(|progress| progress.position);
                let Some(from) = asked.filter(|_| asked == position) else { continue };
                match self.take(cluster, name, from, data) {
                    Ok(taken) => fetched.extend(taken),
                    Err(error) if error.is_transient() => trouble = Some(error),
                    Err(error) => return Err(error),
                }
            }
        }
        if let Some(error) = trouble.filter(|_| fetched.is_empty()) {
            return Err(error);
        }
        for it in &fetched {
            self.seek(&it.partition, it.end());
        }
        // The next fetch runs while the caller goes through these records. Its failure will be
        // seen by the next poll.
        if self.send_fetches(cluster).is_err() && fetched.is_empty() {
            self.under_way.clear();
            self.connections.clear();
        }
        Ok(fetched)
    }

    fn take(
        &mut self,
        cluster: &mut Cluster,
        name: TopicPartition,
        from: i64,
        data: response::PartitionData,
    ) -> Result<Option<Fetched>, ClientError> {
        let is_out_of_range = data.error_code == ErrorCode::OffsetOutOfRange.code();
        let at = match self.out_of_range {
            OutOfRange::Latest => Some(OffsetAt::Latest),
            OutOfRange::Earliest => Some(OffsetAt::Earliest),
            OutOfRange::Fail => None,
        };
        if let Some(at) = at.filter(|_| is_out_of_range) {
            let found = offsets_at(cluster, [name.clone()], at)?;
            self.seek(&name, found.get(&name).copied().unwrap_or(0));
            return Ok(None);
        }
        check(data.error_code, None, || format!("{name} at offset {from}"))?;
        if let Some(progress) = self.assigned.get_mut(&name) {
            progress.end = Some(match self.isolation {
                Isolation::ReadUncommitted => data.high_watermark,
                Isolation::ReadCommitted => data.last_stable_offset,
            });
        }
        let batches = data.records.filter(|records| !records.is_empty());
        Ok(batches.map(|batches| Fetched {
            partition: name,
            from,
            batches,
            aborted: data.aborted_transactions.unwrap_or_default(),
            isolation: self.isolation,
        }))
    }

    /// A leader whose answer has begun to arrive.
    fn answered(&mut self, patience: Duration) -> Result<Option<NodeId>, ClientError> {
        let deadline = Instant::now() + patience;
        if self.under_way.is_empty() {
            std::thread::sleep(patience.min(limits::FETCH_WAIT_MAX));
            return Ok(None);
        }
        let turn = if self.under_way.len() == 1 { patience } else { SEVERAL_LEADERS_TURN };
        loop {
            for node in self.under_way.keys() {
                let left = deadline.saturating_duration_since(Instant::now());
                let Some(connection) = self.connections.get_mut(node) else { continue };
                if connection.is_answered_within(turn.min(left))? {
                    return Ok(Some(*node));
                }
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
        }
    }

    fn send_fetches(&mut self, cluster: &mut Cluster) -> Result<(), ClientError> {
        let mut by_leader: BTreeMap<NodeId, BTreeMap<TopicPartition, i64>> = BTreeMap::new();
        for (partition, progress) in &self.assigned {
            let leader = cluster.leader(&partition.topic, partition.partition)?;
            by_leader.entry(leader).or_default().insert(partition.clone(), progress.position);
        }
        for (leader, positions) in by_leader {
            if self.under_way.contains_key(&leader) {
                continue;
            }
            let connection = match self.connections.entry(leader) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let address = cluster.address_of(leader)?;
                    entry.insert(Connection::open(&address, cluster.options())?)
                }
            };
            let request = fetch_request(&positions, self.isolation, self.fetches);
            connection.send(&request, version_max::<request::Request>())?;
            self.fetches = self.fetches.wrapping_add(1);
            self.under_way.insert(leader, positions);
        }
        Ok(())
    }
}

/// Brokers fill a response in the order of the request: `turn` decides who stands first.
fn fetch_request(
    positions: &BTreeMap<TopicPartition, i64>,
    isolation: Isolation,
    turn: usize,
) -> request::Request {
    let mut topics: Vec<request::FetchTopic> = Vec::new();
    for (name, position) in positions {
        if topics.last().is_none_or(|topic| topic.topic != name.topic) {
            topics.push(request::FetchTopic { topic: name.topic.clone(), ..Default::default() });
        }
        let partition = request::FetchPartition {
            partition: name.partition,
            fetch_offset: *position,
            partition_max_bytes: limits::FETCH_PARTITION_BYTES,
            ..Default::default()
        };
        topics.last_mut().into_iter().for_each(|topic| topic.partitions.push(partition.clone()));
    }
    for topic in &mut topics {
        let first = turn % topic.partitions.len().max(1);
        topic.partitions.rotate_left(first);
    }
    let first = turn % topics.len().max(1);
    topics.rotate_left(first);
    request::Request {
        max_wait_ms: limits::FETCH_WAIT_MAX.as_millis() as i32,
        min_bytes: 1,
        max_bytes: limits::FETCH_BYTES,
        isolation_level: isolation as i8,
        topics,
        ..Default::default()
    }
}
