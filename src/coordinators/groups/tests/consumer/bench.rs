//! Members that follow the protocol as clients do, and a cluster whose topics come and go.

use crate::coordinators::coordinator::{Coordinator, ImageStep};
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;
use crate::metadata::{Delta, Image};
use crate::protocol::metadata_records::{
    MetadataRecord, PartitionRecord, RemoveTopicRecord, TopicRecord,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// A bench with topics.
pub(super) struct World {
    pub(super) bench: Bench,
    pub(super) image: Arc<Image>,
    offset: i64,
    next_topic: u128,
}

impl World {
    pub(super) fn new(topics: &[(&str, i32)]) -> Self {
        Self::with(GroupConfig::default(), topics)
    }

    pub(super) fn with(config: GroupConfig, topics: &[(&str, i32)]) -> Self {
        let bench = Bench::with(config);
        let image = no_image();
        let mut world = World { bench, image, offset: 0, next_topic: 1 };
        for (name, partitions) in topics {
            world.create(name, *partitions);
        }
        world
    }

    pub(super) fn topic(&self, name: &str) -> Uuid {
        self.image.topics.id_of(name).expect("the topic is there")
    }

    pub(super) fn create(&mut self, name: &str, partitions: i32) {
        self.create_all(&[(name, partitions)]);
    }

    /// All in one image.
    pub(super) fn create_all(&mut self, topics: &[(&str, i32)]) {
        let mut records = Vec::new();
        for (name, partitions) in topics {
            let topic_id = Uuid::from_u128(self.next_topic);
            self.next_topic += 1;
            let topic = TopicRecord { name: (*name).to_owned(), topic_id };
            records.push(MetadataRecord::from(topic));
            records.extend((0..*partitions).map(|partition| partition_record(topic_id, partition)));
        }
        self.publish(&records);
    }

    pub(super) fn add_partitions(&mut self, name: &str, partitions: std::ops::Range<i32>) {
        let topic = self.topic(name);
        let records: Vec<_> = partitions.map(|one| partition_record(topic, one)).collect();
        self.publish(&records);
    }

    pub(super) fn delete(&mut self, name: &str) {
        let topic_id = self.topic(name);
        self.publish(&[MetadataRecord::from(RemoveTopicRecord { topic_id })]);
    }

    pub(super) fn publish(&mut self, records: &[MetadataRecord]) {
        let before = self.image.clone();
        let mut delta = Delta::new((*before).clone());
        for record in records {
            delta.replay(record).unwrap();
        }
        self.offset += 1;
        let (mut image, changes) = delta.take().expect("no transaction is open");
        image.provenance.last_offset = self.offset;
        self.image = Arc::new(image);
        let step = ImageStep { before: &before, after: &self.image, changes: &changes };
        let output = self.bench.partition.on_image(&step, self.bench.now);
        self.bench.take(output);
    }

    /// The partition, read anew from its log.
    pub(super) fn reload(&mut self) {
        let mut partition = GroupPartition::new(self.bench.partition.config.clone());
        for record in &self.bench.log {
            partition.replay(&record.key, record.value.as_deref(), None).unwrap();
        }
        self.bench.partition = partition;
        let output = self.bench.partition.loaded(&self.image, self.bench.now);
        self.bench.take(output);
    }

    pub(super) fn beat(&mut self, request: ConsumerHeartbeat) -> Result<Beat, GroupError> {
        match self.bench.ask_now(Request::ConsumerHeartbeat(request)) {
            Reply::Beat(beat) => Ok(beat),
            Reply::Refused(error) => Err(error),
            other => panic!("not a heartbeat's answer: {other:?}"),
        }
    }

    pub(super) fn describe(&mut self) -> DescribedConsumerGroup {
        let request = Request::DescribeConsumers(vec![GROUP.to_owned()]);
        match self.bench.ask_now(request) {
            Reply::DescribeConsumers(mut groups) => match groups.remove(0) {
                FoundConsumerGroup::Found(group) => *group,
                missing => panic!("{missing:?}"),
            },
            other => panic!("not described: {other:?}"),
        }
    }

    /// Lets each member beat until nothing changes any more.
    pub(super) fn settle(&mut self, members: &mut [Client]) {
        // Targets are made at most once in an interval.
        self.bench.pass(2_000);
        for _ in 0..20 {
            let mut has_changed = false;
            for member in members.iter_mut() {
                has_changed |= member.beat(self).expect("members in good standing");
            }
            self.bench.pass(10);
            if !has_changed {
                return;
            }
        }
        panic!("the group does not settle");
    }
}

fn partition_record(topic_id: Uuid, partition_id: i32) -> MetadataRecord {
    let (replicas, isr) = (vec![1], vec![1]);
    let partition = PartitionRecord { partition_id, topic_id, replicas, isr, ..<_>::default() };
    MetadataRecord::from(PartitionRecord { leader: 1, ..partition })
}

/// A member as a client library plays it: it gives up at once what it is to give up, and says so.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) epoch: i32,
    pub(super) instance_id: Option<String>,
    pub(super) topics: BTreeSet<String>,
    pub(super) regex: Option<String>,
    pub(super) assignor: Option<String>,
    pub(super) owned: Partitions,
}

impl Client {
    pub(super) fn new(id: &str, topics: &[&str]) -> Self {
        Client {
            id: id.to_owned(),
            epoch: 0,
            instance_id: None,
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            regex: None,
            assignor: None,
            owned: Partitions::new(),
        }
    }

    pub(super) fn of_regex(id: &str, regex: &str) -> Self {
        Client { regex: Some(regex.to_owned()), ..Client::new(id, &[]) }
    }

    pub(super) fn of_instance(id: &str, instance_id: &str, topics: &[&str]) -> Self {
        Client { instance_id: Some(instance_id.to_owned()), ..Client::new(id, topics) }
    }

    pub(super) fn joining(&self) -> ConsumerHeartbeat {
        ConsumerHeartbeat {
            rebalance_timeout_ms: REBALANCE_MS,
            member_epoch: 0,
            topics: Some(self.topics.clone()),
            regex: self.regex.clone(),
            assignor: self.assignor.clone(),
            owned: Some(Partitions::new()),
            ..self.plain()
        }
    }

    /// A heartbeat that says nothing new.
    pub(super) fn plain(&self) -> ConsumerHeartbeat {
        ConsumerHeartbeat {
            group_id: GROUP.to_owned(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            instance_id: self.instance_id.clone(),
            rack_id: None,
            rebalance_timeout_ms: -1,
            topics: None,
            regex: None,
            assignor: None,
            owned: None,
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            fresh_uuid: uuid_of(&self.id),
        }
    }

    pub(super) fn owning(&self) -> ConsumerHeartbeat {
        ConsumerHeartbeat { owned: Some(self.owned.clone()), ..self.plain() }
    }

    /// Joins; with what it was given.
    pub(super) fn join(&mut self, world: &mut World) -> Result<(), GroupError> {
        self.owned = Partitions::new();
        self.epoch = 0;
        let beat = world.beat(self.joining())?;
        self.take(beat);
        Ok(())
    }

    /// Beats; whether anything changed for it.
    pub(super) fn beat(&mut self, world: &mut World) -> Result<bool, GroupError> {
        let (epoch, owned) = (self.epoch, self.owned.clone());
        let beat = world.beat(self.owning())?;
        self.take(beat);
        Ok(epoch != self.epoch || owned != self.owned)
    }

    /// Beats, whatever comes of it.
    pub(super) fn beat_on(&mut self, world: &mut World) {
        self.beat(world).expect("a member in good standing");
    }

    pub(super) fn take(&mut self, beat: Beat) {
        self.id = beat.member_id;
        self.epoch = beat.member_epoch;
        if let Some(assignment) = beat.assignment {
            self.owned = assignment;
        }
    }

    pub(super) fn leave(&self, world: &mut World, epoch: i32) -> Result<Beat, GroupError> {
        world.beat(ConsumerHeartbeat { member_epoch: epoch, ..self.plain() })
    }

    pub(super) fn count(&self) -> usize {
        self.owned.values().map(BTreeSet::len).sum()
    }
}

/// Nobody has what another one has; all that there is has an owner.
pub(super) fn assert_shared(members: &[Client], partitions: usize) {
    let mut owners: BTreeMap<(Uuid, i32), &str> = BTreeMap::new();
    for member in members {
        for (topic, numbers) in &member.owned {
            for number in numbers {
                assert_eq!(owners.insert((*topic, *number), &member.id), None);
            }
        }
    }
    assert_eq!(owners.len(), partitions);
}
