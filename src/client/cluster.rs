//! The brokers of a cluster and what leads where: connections, metadata, retries.
//!
//! Promise: a connection per broker, opened when first needed and again after it broke; leaders
//! are asked for again when a broker says that it is not.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use super::connection::{Address, Connection, Options};
use super::error::{ClientError, check};
use super::limits;
use crate::protocol::{Call, ErrorCode, metadata};

/// A partition, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    pub topic: String,
    pub partition: i32,
}

impl TopicPartition {
    pub fn new(topic: &str, partition: i32) -> Self {
        Self { topic: topic.to_owned(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.topic, self.partition)
    }
}

/// The number of a broker.
pub type NodeId = i32;

/// Leaders of a topic's partitions, by index; none at the moment: -1.
type Leaders = Vec<NodeId>;

#[derive(Debug)]
pub struct Cluster {
    options: Options,
    bootstrap: Vec<Address>,
    brokers: BTreeMap<NodeId, Address>,
    controller: NodeId,
    cluster_id: Option<String>,
    connections: HashMap<Address, Connection>,
    leaders: HashMap<String, Leaders>,
    /// Of the call under way, with all its attempts.
    deadline: Option<Instant>,
}

impl Cluster {
    /// Reaches one of the brokers named (with commas between them).
    pub fn connect(servers: &str, options: Options) -> Result<Self, ClientError> {
        let mut cluster = Self {
            options,
            bootstrap: Address::parse_list(servers)?,
            brokers: BTreeMap::new(),
            controller: -1,
            cluster_id: None,
            connections: HashMap::new(),
            leaders: HashMap::new(),
            deadline: None,
        };
        cluster.metadata(Some(&[]))?;
        Ok(cluster)
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    pub fn cluster_id(&self) -> Option<&str> {
        self.cluster_id.as_deref()
    }

    pub fn brokers(&self) -> &BTreeMap<NodeId, Address> {
        &self.brokers
    }

    /// Metadata of the topics named, or of all; never creates one.
    pub fn metadata(
        &mut self,
        topics: Option<&[String]>,
    ) -> Result<metadata::Response, ClientError> {
        let topic = |name: &String| metadata::request::MetadataRequestTopic {
            name: Some(name.clone()),
            ..Default::default()
        };
        let request = metadata::Request {
            topics: topics.map(|topics| topics.iter().map(topic).collect()),
            allow_auto_topic_creation: false,
            ..Default::default()
        };
        self.metadata_as(&request)
    }

    /// Metadata as `request` asks for it.
    pub fn metadata_as(
        &mut self,
        request: &metadata::Request,
    ) -> Result<metadata::Response, ClientError> {
        let response = self.call_any(request)?;
        self.learn(&response);
        Ok(response)
    }

    fn learn(&mut self, response: &metadata::Response) {
        let address = |broker: &metadata::response::MetadataResponseBroker| {
            let port = u16::try_from(broker.port).ok()?;
            Some((broker.node_id, Address { host: broker.host.clone(), port }))
        };
        self.brokers = response.brokers.iter().filter_map(address).collect();
        self.controller = response.controller_id;
        self.cluster_id.clone_from(&response.cluster_id);
        for topic in &response.topics {
            let Some(name) = topic.name.as_ref().filter(|_| topic.error_code == 0) else {
                continue;
            };
            let mut leaders = vec![-1; topic.partitions.len()];
            for partition in &topic.partitions {
                let index = usize::try_from(partition.partition_index).ok();
                if let Some(leader) = index.and_then(|index| leaders.get_mut(index)) {
                    *leader = partition.leader_id;
                }
            }
            self.leaders.insert(name.clone(), leaders);
        }
    }

    /// Looks the topics up again; an unknown topic is an error.
    pub fn refresh(&mut self, topics: &[String]) -> Result<(), ClientError> {
        for topic in self.metadata(Some(topics))?.topics {
            let name = topic.name.unwrap_or_default();
            let fatal = topic.error_code != ErrorCode::LeaderNotAvailable.code();
            check(if fatal { topic.error_code } else { 0 }, None, || format!("topic {name}"))?;
        }
        Ok(())
    }

    /// How many partitions the topic has.
    pub fn partition_count(&mut self, topic: &str) -> Result<i32, ClientError> {
        if !self.leaders.contains_key(topic) {
            self.refresh(&[topic.to_owned()])?;
        }
        Ok(self.leaders.get(topic).map_or(0, |leaders| leaders.len() as i32))
    }

    /// The broker that leads the partition.
    pub fn leader(&mut self, topic: &str, partition: i32) -> Result<NodeId, ClientError> {
        let count = self.partition_count(topic)?;
        let leaders = self.leaders.get(topic);
        let leader =
            leaders.and_then(|leaders| leaders.get(usize::try_from(partition).ok()?).copied());
        match leader {
            None => Err(ClientError::NoPartition {
                topic: topic.to_owned(),
                partition,
                last: count - 1,
            }),
            Some(-1) => {
                self.leaders.remove(topic);
                let partition = TopicPartition::new(topic, partition).to_string();
                Err(ClientError::NoLeader { partition })
            }
            Some(leader) => Ok(leader),
        }
    }

    /// Forgets who leads the topic, so that it is asked for again.
    pub fn forget_leaders(&mut self, topic: &str) {
        self.leaders.remove(topic);
    }

    /// Runs a call, which may consist of several, within the time of one request.
    fn in_time<T>(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let outer = self.deadline;
        self.deadline = outer.or(Some(Instant::now() + self.options.request_timeout));
        let done = call(self);
        self.deadline = outer;
        done
    }

    /// What is left of the time of the call under way.
    fn time_left(&self) -> Duration {
        let timeout = self.options.request_timeout;
        let Some(deadline) = self.deadline else { return timeout };
        deadline.saturating_duration_since(Instant::now()).clamp(Duration::from_millis(1), timeout)
    }

    /// Calls whichever broker answers first.
    pub fn call_any<R: Call>(&mut self, request: &R) -> Result<R::Response, ClientError> {
        self.in_time(|cluster| cluster.try_each(request))
    }

    fn try_each<R: Call>(&mut self, request: &R) -> Result<R::Response, ClientError> {
        let known = self.brokers.values().cloned();
        let mut candidates: Vec<Address> = known.chain(self.bootstrap.iter().cloned()).collect();
        candidates.sort_by_key(|address| !self.connections.contains_key(address));
        let mut last = ClientError::Address { address: String::new() };
        for address in candidates {
            match self.call_at(&address, request) {
                Err(
                    error @ (ClientError::Unreachable { .. }
                    | ClientError::Broken { .. }
                    | ClientError::TimedOut { .. }),
                ) => last = error,
                done => return done,
            }
        }
        Err(last)
    }

    pub fn call_controller<R: Call>(&mut self, request: &R) -> Result<R::Response, ClientError> {
        match self.brokers.contains_key(&self.controller) {
            true => self.call_node(self.controller, request),
            false => self.call_any(request),
        }
    }

    pub fn call_node<R: Call>(
        &mut self,
        node: NodeId,
        request: &R,
    ) -> Result<R::Response, ClientError> {
        let address = self.address_of(node)?;
        self.call_at(&address, request)
    }

    pub fn call_at<R: Call>(
        &mut self,
        address: &Address,
        request: &R,
    ) -> Result<R::Response, ClientError> {
        self.call_patiently(address, request, Duration::ZERO)
    }

    /// A call that the broker may hold for `patience` before it answers.
    pub fn call_patiently<R: Call>(
        &mut self,
        address: &Address,
        request: &R,
        patience: Duration,
    ) -> Result<R::Response, ClientError> {
        let left = self.time_left();
        let connection = self.connection_at(address, left);
        let done = connection.and_then(|it| {
            it.set_request_timeout(left);
            it.call_patiently(request, patience)
        });
        if done.is_err() {
            self.connections.remove(address);
        }
        done
    }

    pub fn address_of(&self, node: NodeId) -> Result<Address, ClientError> {
        let missing = || ClientError::NoBroker { node };
        self.brokers.get(&node).cloned().ok_or_else(missing)
    }

    fn connection_at(
        &mut self,
        address: &Address,
        left: Duration,
    ) -> Result<&mut Connection, ClientError> {
        let options = Options {
            connect_timeout: self.options.connect_timeout.min(left),
            request_timeout: left,
            ..self.options.clone()
        };
        match self.connections.entry(address.clone()) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(Connection::open(address, &options)?)),
        }
    }

    /// Runs `attempt` until it succeeds, fails for good, or the time of a request is over. A topic
    /// that is not known is waited for a short time only: most often its name is wrong.
    pub fn retry<T>(
        &mut self,
        attempt: impl FnMut(&mut Self) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        self.in_time(|cluster| cluster.try_again_and_again(attempt))
    }

    fn try_again_and_again<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let timeout = self.options.request_timeout;
        let mut pauses = Pauses::new(timeout);
        let mut for_topic = None;
        loop {
            let error = match attempt(self) {
                Err(error) if error.is_retriable() => error,
                done => return done,
            };
            let pauses = match error.code() {
                Some(ErrorCode::UnknownTopicOrPartition) => for_topic.get_or_insert_with(|| {
                    Pauses::new(timeout.min(limits::UNKNOWN_TOPIC_PATIENCE))
                }),
                _ => &mut pauses,
            };
            if !pauses.pause() {
                return Err(error);
            }
        }
    }
}

/// Pauses between attempts, until the time is over.
#[derive(Debug)]
pub struct Pauses {
    next: Duration,
    deadline: Instant,
}

impl Pauses {
    pub fn new(timeout: Duration) -> Self {
        Self { next: limits::RETRY_PAUSE_MIN, deadline: Instant::now() + timeout }
    }

    /// Pauses; false without a pause when the time is over.
    pub fn pause(&mut self) -> bool {
        if Instant::now() + self.next > self.deadline {
            return false;
        }
        thread::sleep(self.next);
        self.next = (self.next * 2).min(limits::RETRY_PAUSE_MAX);
        true
    }
}
