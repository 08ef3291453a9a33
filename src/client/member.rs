//! A consumer that shares its topics with the other members of a group (classic protocol).
//!
//! Promise: only offsets of records that `poll` handed out before the current call are committed,
//! so that a record is read again rather than lost; `leave` commits and lets the others go on at
//! once. Read next: heartbeat.rs, assignor.rs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::assignor::{self, Subscription};
use super::cluster::{Cluster, Pauses, TopicPartition};
use super::connection::Address;
use super::consumer::{Consumer, Fetched, OutOfRange};
use super::error::{ClientError, check};
use super::group::{self, Committer, commit_offsets};
use super::heartbeat::{Beat, Event, Heartbeat};
use super::offsets::{OffsetAt, offsets_at};
use crate::protocol::embedded_data::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, consumer_protocol_assignment,
};
use crate::protocol::records::{from_newer_slice, to_versioned_vec};
use crate::protocol::{ErrorCode, join_group, leave_group, sync_group};

/// Version of the data that members embed: topics alone.
const EMBEDDED_VERSION: i16 = 0;
const PROTOCOL_TYPE: &str = "consumer";

#[derive(Debug, Clone)]
pub struct MemberOptions {
    pub group: String,
    pub topics: Vec<String>,
    pub session_timeout: Duration,
    /// How long the others wait for this member in a rebalance.
    pub rebalance_timeout: Duration,
    pub heartbeat_interval: Duration,
    pub commit_interval: Duration,
}

impl MemberOptions {
    pub fn new(group: &str, topics: Vec<String>) -> Self {
        Self {
            group: group.to_owned(),
            topics,
            session_timeout: Duration::from_secs(45),
            rebalance_timeout: Duration::from_secs(60),
            heartbeat_interval: Duration::from_secs(3),
            commit_interval: Duration::from_secs(5),
        }
    }
}

#[derive(Debug)]
pub struct Member {
    options: MemberOptions,
    consumer: Consumer,
    /// Where a partition begins for which the group has no offset.
    begin: OutOfRange,
    heartbeat: Heartbeat,
    coordinator: Option<Address>,
    member_id: String,
    generation: i32,
    joined: bool,
    committed: BTreeMap<TopicPartition, i64>,
    committed_at: Instant,
}

impl Member {
    pub fn new(
        cluster: &Cluster,
        options: MemberOptions,
        consumer: Consumer,
        begin: OutOfRange,
    ) -> Result<Self, ClientError> {
        let heartbeat = Heartbeat::start(options.heartbeat_interval, cluster.options().clone())?;
        Ok(Self {
            options,
            consumer,
            begin,
            heartbeat,
            coordinator: None,
            member_id: String::new(),
            generation: -1,
            joined: false,
            committed: BTreeMap::new(),
            committed_at: Instant::now(),
        })
    }

    pub fn consumer(&mut self) -> &mut Consumer {
        &mut self.consumer
    }

    /// Whether the group has given it its share, which may be nothing.
    pub fn is_joined(&self) -> bool {
        self.joined
    }

    /// The partitions that this member reads at the moment.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.consumer.positions().into_keys().collect()
    }

    /// Joins when it must, commits what was handed out when it is time, and waits for records.
    pub fn poll(
        &mut self,
        cluster: &mut Cluster,
        patience: Duration,
    ) -> Result<Vec<Fetched>, ClientError> {
        self.take_event(cluster)?;
        if !self.joined {
            self.join(cluster)?;
        }
        if self.committed_at.elapsed() >= self.options.commit_interval {
            self.commit(cluster)?;
        }
        self.consumer.poll(cluster, patience)
    }

    fn take_event(&mut self, cluster: &mut Cluster) -> Result<(), ClientError> {
        match self.heartbeat.event()? {
            None => {}
            Some(Event::Rebalance) => {
                self.commit(cluster)?;
                self.joined = false;
            }
            Some(Event::Expelled) => self.forget_membership(),
            Some(Event::CoordinatorGone) => {
                self.coordinator = None;
                let coordinator = self.find_coordinator(cluster)?;
                self.beat(coordinator)?;
            }
            Some(Event::Failed(error)) => return Err(error),
        }
        Ok(())
    }

    fn forget_membership(&mut self) {
        self.member_id.clear();
        self.generation = -1;
        self.joined = false;
    }

    fn beat(&self, coordinator: Address) -> Result<(), ClientError> {
        self.heartbeat.beat(Beat {
            coordinator,
            group: self.options.group.clone(),
            member_id: self.member_id.clone(),
            generation: self.generation,
        })
    }

    fn find_coordinator(&mut self, cluster: &mut Cluster) -> Result<Address, ClientError> {
        if let Some(known) = &self.coordinator {
            return Ok(known.clone());
        }
        let group = self.options.group.clone();
        let found = cluster.retry(|cluster| group::coordinator(cluster, &group))?;
        self.coordinator = Some(found.clone());
        Ok(found)
    }

    /// Joins until the group is stable with this member in it.
    fn join(&mut self, cluster: &mut Cluster) -> Result<(), ClientError> {
        self.heartbeat.pause()?;
        let mut pauses = Pauses::new(self.options.rebalance_timeout);
        loop {
            match self.try_join(cluster) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) if error.is_transient() => {
                    self.coordinator = None;
                    if !pauses.pause() {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// False: join again at once.
    fn try_join(&mut self, cluster: &mut Cluster) -> Result<bool, ClientError> {
        let coordinator = self.find_coordinator(cluster)?;
        let request = self.join_request()?;
        let patience = self.options.rebalance_timeout;
        let response = cluster.call_patiently(&coordinator, &request, patience)?;
        match ErrorCode::from_code(response.error_code) {
            Some(ErrorCode::None) => {}
            Some(ErrorCode::MemberIdRequired) => {
                self.member_id = response.member_id;
                return Ok(false);
            }
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => {
                self.forget_membership();
                return Ok(false);
            }
            _ => check(response.error_code, None, || format!("group {}", self.options.group))?,
        }
        self.member_id.clone_from(&response.member_id);
        self.generation = response.generation_id;
        let is_leader = response.leader == response.member_id && !response.skip_assignment;
        let assignments =
            if is_leader { assignments(cluster, &response.members)? } else { Vec::new() };
        let Some(assigned) = self.sync(cluster, &coordinator, &response, assignments)? else {
            return Ok(false);
        };
        self.begin_with(cluster, assigned)?;
        self.beat(coordinator)?;
        self.joined = true;
        Ok(true)
    }

    fn join_request(&self) -> Result<join_group::Request, ClientError> {
        let topics = self.options.topics.clone();
        let subscription = ConsumerProtocolSubscription { topics, ..Default::default() };
        let metadata = to_versioned_vec(&subscription, EMBEDDED_VERSION)?.into();
        Ok(join_group::Request {
            group_id: self.options.group.clone(),
            session_timeout_ms: self.options.session_timeout.as_millis() as i32,
            rebalance_timeout_ms: self.options.rebalance_timeout.as_millis() as i32,
            member_id: self.member_id.clone(),
            protocol_type: PROTOCOL_TYPE.to_owned(),
            protocols: vec![join_group::request::JoinGroupRequestProtocol {
                name: assignor::NAME.to_owned(),
                metadata,
            }],
            ..Default::default()
        })
    }

    /// None: the group rebalances again.
    fn sync(
        &mut self,
        cluster: &mut Cluster,
        coordinator: &Address,
        joined: &join_group::Response,
        assignments: Vec<sync_group::request::SyncGroupRequestAssignment>,
    ) -> Result<Option<Vec<TopicPartition>>, ClientError> {
        let request = sync_group::Request {
            group_id: self.options.group.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            protocol_type: Some(PROTOCOL_TYPE.to_owned()),
            protocol_name: joined.protocol_name.clone(),
            assignments,
            ..Default::default()
        };
        let patience = self.options.rebalance_timeout;
        let response = cluster.call_patiently(coordinator, &request, patience)?;
        match ErrorCode::from_code(response.error_code) {
            Some(ErrorCode::None) => {}
            Some(ErrorCode::RebalanceInProgress) => return Ok(None),
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => {
                self.forget_membership();
                return Ok(None);
            }
            _ => check(response.error_code, None, || format!("group {}", self.options.group))?,
        }
        if response.assignment.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let assignment = from_newer_slice::<ConsumerProtocolAssignment>(&response.assignment);
        let assignment = assignment.map_err(|cause| ClientError::Malformed {
            address: coordinator.to_string(),
            api: crate::protocol::ApiKey::SyncGroup,
            cause,
        })?;
        let of_topic = |it: consumer_protocol_assignment::TopicPartition| {
            let topic = it.topic;
            it.partitions.into_iter().map(move |index| TopicPartition::new(&topic, index))
        };
        let assigned = assignment.record.assigned_partitions.into_iter();
        Ok(Some(assigned.flat_map(of_topic).collect()))
    }

    /// Reads from where the group stopped, else from where it is to begin.
    fn begin_with(
        &mut self,
        cluster: &mut Cluster,
        assigned: Vec<TopicPartition>,
    ) -> Result<(), ClientError> {
        let group = &self.options.group;
        let committed = group::committed_offsets(cluster, group, Some(&assigned))?;
        let offsets = committed.into_iter().map(|(partition, it)| (partition, it.offset));
        self.committed = offsets.collect();
        let mut positions = self.committed.clone();
        let new = assigned.into_iter().filter(|it| !positions.contains_key(it));
        let new: Vec<TopicPartition> = new.collect();
        let at = match self.begin {
            OutOfRange::Latest => OffsetAt::Latest,
            OutOfRange::Earliest | OutOfRange::Fail => OffsetAt::Earliest,
        };
        positions.extend(offsets_at(cluster, new, at)?);
        self.consumer.assign(positions);
        Ok(())
    }

    /// Commits the positions that differ from what is committed.
    pub fn commit(&mut self, cluster: &mut Cluster) -> Result<(), ClientError> {
        self.committed_at = Instant::now();
        let mut offsets = self.consumer.positions();
        offsets.retain(|partition, offset| self.committed.get(partition) != Some(offset));
        if offsets.is_empty() || !self.joined {
            return Ok(());
        }
        let committer =
            Committer { member_id: self.member_id.clone(), generation: self.generation };
        let group = self.options.group.clone();
        let done = cluster.retry(|cluster| commit_offsets(cluster, &group, &committer, &offsets));
        match done.as_ref().map_err(ClientError::code) {
            Ok(()) => {
                self.committed.extend(offsets);
                Ok(())
            }
            Err(Some(ErrorCode::RebalanceInProgress)) => {
                self.joined = false;
                Ok(())
            }
            Err(Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration)) => {
                self.forget_membership();
                Ok(())
            }
            Err(_) => done,
        }
    }

    /// Commits and leaves the group.
    pub fn leave(mut self, cluster: &mut Cluster) -> Result<(), ClientError> {
        self.commit(cluster)?;
        self.heartbeat.pause()?;
        if self.member_id.is_empty() {
            return Ok(());
        }
        let coordinator = self.find_coordinator(cluster)?;
        let request = leave_group::Request {
            group_id: self.options.group.clone(),
            members: vec![leave_group::request::MemberIdentity {
                member_id: self.member_id.clone(),
                reason: Some("the command ended".to_owned()),
                ..Default::default()
            }],
            ..Default::default()
        };
        let response = cluster.call_at(&coordinator, &request)?;
        check(response.error_code, None, || format!("leaving group {}", self.options.group))
    }
}

/// As the leader of the group: who reads what.
fn assignments(
    cluster: &mut Cluster,
    members: &[join_group::response::JoinGroupResponseMember],
) -> Result<Vec<sync_group::request::SyncGroupRequestAssignment>, ClientError> {
    let mut subscriptions = Vec::new();
    for member in members {
        // A member that says nothing readable gets nothing.
        let read = from_newer_slice::<ConsumerProtocolSubscription>(&member.metadata);
        let topics = read.map_or_else(|_| Vec::new(), |it| it.record.topics);
        subscriptions.push(Subscription {
            member_id: member.member_id.clone(),
            instance_id: member.group_instance_id.clone(),
            topics,
        });
    }
    let mut topics: Vec<String> = subscriptions.iter().flat_map(|it| it.topics.clone()).collect();
    topics.sort_unstable();
    topics.dedup();
    let mut counts = BTreeMap::new();
    for topic in cluster.metadata(Some(&topics))?.topics {
        if let Some(name) = topic.name.filter(|_| topic.error_code == 0) {
            counts.insert(name, topic.partitions.len() as i32);
        }
    }
    let assigned = assignor::assign(&subscriptions, &counts);
    let encode = |(member_id, partitions): (String, Vec<TopicPartition>)| {
        let mut by_topic: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for it in partitions {
            by_topic.entry(it.topic).or_default().push(it.partition);
        }
        let topic = |(topic, partitions)| consumer_protocol_assignment::TopicPartition {
            topic,
            partitions,
        };
        let assigned_partitions = by_topic.into_iter().map(topic).collect();
        let assignment = ConsumerProtocolAssignment { assigned_partitions, user_data: None };
        let assignment = to_versioned_vec(&assignment, EMBEDDED_VERSION)?.into();
        Ok(sync_group::request::SyncGroupRequestAssignment { member_id, assignment })
    };
    assigned.into_iter().map(encode).collect()
}
