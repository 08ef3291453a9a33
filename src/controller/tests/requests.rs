//! One outcome, whole, for each kind of request.

use super::*;
use crate::config::describe::Source;
use crate::config::{Change, Operation};
use crate::controller::EffectiveConfig;
use crate::controller::create_topics::{CreatedTopic, TopicResult};
use crate::controller::directories::Kept;
use crate::controller::elect_leaders::Election;
use crate::controller::producer_ids::ProducerIdBlock;
use crate::metadata::topics::NO_LEADER;
use crate::protocol::create_partitions::request::{
    CreatePartitionsAssignment, CreatePartitionsTopic,
};
use crate::protocol::create_topics::request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, Request,
};
use crate::protocol::metadata_records::{
    ConfigRecord, PartitionChangeRecord, PartitionRecord, ProducerIdsRecord, RemoveTopicRecord,
    TopicRecord,
};

fn topic(name: &str, num_partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic {
        name: name.to_owned(),
        num_partitions,
        replication_factor,
        ..Default::default()
    }
}

fn with_config(mut topic: CreatableTopic, name: &str, value: Option<&str>) -> CreatableTopic {
    let value = value.map(str::to_owned);
    topic.configs.push(CreatableTopicConfig { name: name.to_owned(), value });
    topic
}

fn assigned(name: &str, assignments: &[(i32, &[i32])]) -> CreatableTopic {
    let mut topic = topic(name, -1, -1);
    topic.assignments = assignments
        .iter()
        .map(|(partition_index, brokers)| CreatableReplicaAssignment {
            partition_index: *partition_index,
            broker_ids: brokers.to_vec(),
        })
        .collect();
    topic
}

fn create(
    controller: &Controller,
    topics: Vec<CreatableTopic>,
) -> Result<Outcome<Vec<TopicResult>>, Refusal> {
    let request = Request { topics, ..Default::default() };
    controller.create_topics(&request, &mut counting(3))
}

/// Creates a topic that must not be refused.
fn created(controller: &mut Controller, topic: CreatableTopic) -> CreatedTopic {
    let outcome = create(controller, vec![topic]).unwrap();
    commit(controller, outcome).remove(0).result.unwrap()
}

fn refusal(controller: &Controller, topic: CreatableTopic) -> (Cause, String) {
    let outcome = create(controller, vec![topic]).unwrap();
    assert_eq!(outcome.records, []);
    let refusal = outcome.reply[0].result.clone().unwrap_err();
    (refusal.cause, refusal.message.unwrap_or_default())
}

#[test]
fn a_topic_is_its_record_its_configs_and_its_partitions() {
    let controller = cluster(&[1]);
    let topic = with_config(topic("foo", 2, -1), "retention.ms", Some("1000"));
    let outcome = create(&controller, vec![topic]).unwrap();
    let created = outcome.reply[0].result.clone().unwrap();
    let topic_id = created.id;
    let partition = |partition_id| Versioned {
        record: PartitionRecord {
            partition_id,
            topic_id,
            replicas: vec![1],
            isr: vec![1],
            leader: 1,
            leader_epoch: 0,
            partition_epoch: 0,
            directories: vec![DIRECTORY],
            ..Default::default()
        }
        .into(),
        version: 2,
    };
    let config = ConfigRecord {
        resource_type: 2,
        resource_name: "foo".to_owned(),
        name: "retention.ms".to_owned(),
        value: Some("1000".to_owned()),
    };
    let effective = created.configs.clone();
    assert!(effective.is_sorted_by(|one, other| one.name < other.name));
    assert!(effective.contains(&EffectiveConfig {
        name: "retention.ms".to_owned(),
        value: Some("1000".to_owned()),
        is_read_only: false,
        source: Source::Topic,
        is_sensitive: false,
    }));
    let expected = Outcome {
        quorum: Vec::new(),
        records: vec![
            v0(TopicRecord { name: "foo".to_owned(), topic_id }),
            v0(config),
            partition(0),
            partition(1),
        ],
        atomic: true,
        reply: vec![TopicResult {
            name: "foo".to_owned(),
            result: Ok(CreatedTopic {
                id: topic_id,
                partitions: 2,
                replication_factor: 1,
                configs: effective,
            }),
        }],
    };
    assert_eq!(outcome, expected);
}

#[test]
fn a_validation_writes_nothing() {
    let controller = cluster(&[1]);
    let request =
        Request { topics: vec![topic("foo", 1, 1)], validate_only: true, ..Default::default() };
    let outcome = controller.create_topics(&request, &mut counting(3)).unwrap();
    assert_eq!(outcome.records, []);
    assert!(outcome.reply[0].result.is_ok());
}

#[test]
fn names_are_checked() {
    let mut controller = cluster(&[1]);
    created(&mut controller, topic("a.b", 1, 1));
    let refusal = |name| refusal(&controller, topic(name, 1, 1));
    let exists = (Cause::TopicExists, "Topic 'a.b' already exists.".to_owned());
    assert_eq!(refusal("a.b"), exists);
    let collides = "Topic 'a_b' collides with existing topic: a.b".to_owned();
    assert_eq!(refusal("a_b"), (Cause::InvalidTopicName, collides));
    let invalid = "Topic name is invalid: the empty string is not allowed".to_owned();
    assert_eq!(refusal(""), (Cause::InvalidTopicName, invalid));
    // Whoever asks: also when it is to be created because somebody wanted to know of it.
    let metadata = "Creation of internal topic __cluster_metadata is prohibited.".to_owned();
    assert_eq!(refusal("__cluster_metadata"), (Cause::InvalidRequest, metadata));
}

#[test]
fn numbers_are_checked() {
    let controller = cluster(&[1]);
    let refusal = |partitions, factor| refusal(&controller, topic("t", partitions, factor));
    let factor = "Replication factor must be larger than 0, or -1 to use the default value.";
    assert_eq!(refusal(1, 0), (Cause::InvalidReplicationFactor, factor.to_owned()));
    let partitions = "Number of partitions was set to an invalid non-positive value.";
    assert_eq!(refusal(0, 1), (Cause::InvalidPartitions, partitions.to_owned()));
    let brokers = "Unable to replicate the partition 2 time(s): The target replication factor of \
                   2 cannot be reached because only 1 broker(s) are registered.";
    assert_eq!(refusal(1, 2), (Cause::InvalidReplicationFactor, brokers.to_owned()));
}

#[test]
fn a_request_for_too_many_partitions_is_refused_whole() {
    let controller = cluster(&[1]);
    for partitions in [10_001, i32::MAX] {
        let topics = vec![topic("small", 1, 1), topic("large", partitions, 1)];
        let refusal = create(&controller, topics).unwrap_err();
        let message = "Excessively large number of partitions per request.";
        assert_eq!(refusal, Refusal::new(Cause::PolicyViolation, message));
    }
    let refusal = create(&controller, vec![topic("large", 10_000, 1)]).unwrap_err();
    let message = "Unable to perform excessively large batch operation.";
    assert_eq!(refusal, Refusal::new(Cause::PolicyViolation, message));
}

#[test]
fn a_node_takes_so_many_partitions_as_its_descriptors_allow() {
    let mut controller = cluster(&[1]);
    let max = shards::limits::partitions_max(20_000) as i32;
    let outcome = create(&controller, vec![topic("large", 5_000, 1)]).unwrap();
    commit(&mut controller, outcome);
    let grow = |controller: &Controller, count| {
        let request = CreatePartitionsTopic { name: "large".into(), count, assignments: None };
        controller.create_partitions(&[request], false, &mut || 7, &mut unlimited).unwrap()
    };
    for count in (10_000..=max).step_by(5_000) {
        let outcome = grow(&controller, count);
        assert_eq!(commit(&mut controller, outcome)[0].result, Ok(()));
    }
    let (cause, message) = refusal(&controller, topic("one-more", 1, 1));
    assert_eq!(cause, Cause::PolicyViolation);
    let expected = format!(
        "1 more partition(s) of topic 'one-more' would make {}, and this node takes {max} with its \
         20000 file descriptors: raise their limit (ulimit -Hn, or LimitNOFILE of systemd) and \
         start it again.",
        max + 1
    );
    assert_eq!(message, expected);
    let outcome = grow(&controller, max + 1);
    assert_eq!(outcome.reply[0].result.as_ref().unwrap_err().cause, Cause::PolicyViolation);
    assert!(outcome.records.is_empty());
    // Groups and transactions work all the same.
    create(&controller, vec![topic("__consumer_offsets", 50, 1)]).unwrap().reply[0]
        .result
        .as_ref()
        .unwrap();
}

#[test]
fn configs_are_checked() {
    let controller = cluster(&[1]);
    let null = with_config(topic("t", 1, 1), "retention.ms", None);
    let message = "Null value not supported for topic configs: retention.ms".to_owned();
    assert_eq!(refusal(&controller, null), (Cause::InvalidConfig, message));
    let wrong = with_config(topic("t", 1, 1), "retention.ms", Some("soon"));
    assert_eq!(refusal(&controller, wrong), {
        let message =
            "Invalid value soon for configuration retention.ms: Not a number of type LONG";
        (Cause::InvalidConfig, message.to_owned())
    });
}

#[test]
fn manual_assignments_are_checked() {
    let controller = cluster(&[1, 2]);
    type Assignments = &'static [(i32, &'static [i32])];
    let cases: [(Assignments, &str); 6] = [
        (&[(0, &[])], "The manual partition assignment includes an empty replica list."),
        (
            &[(0, &[1, 3])],
            "The manual partition assignment includes broker 3, but no such broker is registered.",
        ),
        (&[(0, &[1, 1])], "The manual partition assignment includes the broker 1 more than once."),
        (&[(0, &[1]), (0, &[2])], "Found multiple manual partition assignments for partition 0"),
        (&[(0, &[1]), (2, &[2])], "partitions should be a consecutive 0-based integer sequence"),
        (
            &[(0, &[1]), (1, &[1, 2])],
            "The manual partition assignment includes a partition with 2 replica(s), but this is \
             not consistent with previous partitions, which have 1 replica(s).",
        ),
    ];
    for (assignments, message) in cases {
        let expected = (Cause::InvalidReplicaAssignment, message.to_owned());
        assert_eq!(refusal(&controller, assigned("t", assignments)), expected);
    }
    let mut counted = assigned("t", &[(0, &[1])]);
    counted.num_partitions = 1;
    let message = "A manual partition assignment was specified, but numPartitions was not set to \
                   -1.";
    assert_eq!(refusal(&controller, counted), (Cause::InvalidRequest, message.to_owned()));
}

#[test]
fn assigned_brokers_that_are_fenced_are_not_in_sync() {
    let mut controller = cluster(&[1]);
    let outcome = controller.register_broker(&node(2)).unwrap();
    commit(&mut controller, outcome);
    let topic = created(&mut controller, assigned("t", &[(0, &[2, 1])]));
    let partition = controller.image().topics.partition(topic.id, 0).unwrap().clone();
    assert_eq!((partition.leader, &partition.in_sync_replicas[..]), (1, &[1][..]));
    let message = "All brokers specified in the manual partition assignment for partition 0 are \
                   fenced or in controlled shutdown.";
    let expected = (Cause::InvalidReplicaAssignment, message.to_owned());
    assert_eq!(refusal(&controller, assigned("u", &[(0, &[2])])), expected);
}

#[test]
fn deleting_takes_the_configs_along() {
    let mut controller = cluster(&[1]);
    let topic = with_config(topic("foo", 1, 1), "retention.ms", Some("1000"));
    let id = created(&mut controller, topic).id;
    let unknown = Uuid::from_u128(99);
    let outcome = controller.delete_topics(&[id, unknown], &mut unlimited);
    let expected = Outcome::atomic(
        vec![v0(RemoveTopicRecord { topic_id: id })],
        vec![(id, Ok(())), (unknown, Err(Refusal::plain(Cause::UnknownTopicId)))],
    );
    assert_eq!(outcome, expected);
    commit(&mut controller, outcome);
    assert!(controller.image().topics.is_empty());
    assert!(controller.image().configs.topic("foo").is_empty());
}

fn more(name: &str, count: i32, assignments: Option<&[&[i32]]>) -> CreatePartitionsTopic {
    let assignment = |brokers: &&[i32]| CreatePartitionsAssignment { broker_ids: brokers.to_vec() };
    CreatePartitionsTopic {
        name: name.to_owned(),
        count,
        assignments: assignments.map(|all| all.iter().map(assignment).collect()),
    }
}

#[test]
fn partitions_are_added() {
    let mut controller = cluster(&[1]);
    let id = created(&mut controller, topic("foo", 2, 1)).id;
    let request = [more("foo", 4, None), more("bar", 2, None)];
    let outcome =
        controller.create_partitions(&request, false, &mut counting(1), &mut unlimited).unwrap();
    assert_eq!(outcome.records.len(), 2);
    let results = commit(&mut controller, outcome);
    assert_eq!(results[0].result, Ok(()));
    assert_eq!(results[1].result, Err(Refusal::plain(Cause::UnknownTopic)));
    let topic = controller.image().topics.by_id(id).unwrap();
    assert!(topic.partitions.keys().copied().eq(0..4));
}

#[test]
fn partitions_are_not_taken_away() {
    let mut controller = cluster(&[1]);
    created(&mut controller, topic("foo", 2, 1));
    for (count, assignments, cause, message) in [
        (2, None, Cause::InvalidPartitions, "Topic already has 2 partition(s)."),
        (
            1,
            None,
            Cause::InvalidPartitions,
            "The topic foo currently has 2 partition(s); 1 would not be an increase.",
        ),
        (
            4,
            Some(&[&[1][..]][..]),
            Cause::InvalidReplicaAssignment,
            "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
        ),
        (
            i32::MAX,
            None,
            Cause::PolicyViolation,
            "Unable to perform excessively large batch operation.",
        ),
    ] {
        let request = [more("foo", count, assignments)];
        let outcome = controller
            .create_partitions(&request, false, &mut counting(1), &mut unlimited)
            .unwrap();
        assert_eq!(outcome.records, []);
        assert_eq!(outcome.reply[0].result, Err(Refusal::new(cause, message)));
    }
}

#[test]
fn configs_change_by_steps() {
    let mut controller = cluster(&[1]);
    created(&mut controller, topic("foo", 1, 1));
    let resource = ConfigResource::Topic("foo".to_owned());
    let change = |name: &str, operation| Change { name: name.to_owned(), operation };
    let set = |name: &str, value: &str| change(name, Operation::Set(value.to_owned()));
    let append = |name: &str, value: &str| change(name, Operation::Append(value.to_owned()));
    let changes = vec![set("retention.ms", "5"), append("cleanup.policy", "compact,delete")];
    let outcome =
        controller.incremental_alter_configs(&[(resource.clone(), changes)], false).unwrap();
    assert_eq!(commit(&mut controller, outcome), [(resource.clone(), Ok(()))]);
    let values = controller.image().configs.get(&resource).clone();
    assert_eq!(values["cleanup.policy"], "delete,compact");
    assert_eq!(values["retention.ms"], "5");

    let same = vec![set("retention.ms", "5")];
    let outcome = controller.incremental_alter_configs(&[(resource.clone(), same)], false).unwrap();
    assert_eq!(outcome.records, []);

    let subtract = change("cleanup.policy", Operation::Subtract("delete".to_owned()));
    let delete = change("retention.ms", Operation::Delete);
    let changes = vec![subtract, delete];
    let outcome =
        controller.incremental_alter_configs(&[(resource.clone(), changes)], false).unwrap();
    commit(&mut controller, outcome);
    let values = controller.image().configs.get(&resource);
    assert!(values.iter().eq([(&"cleanup.policy".to_owned(), &"compact".to_owned())]));
}

#[test]
fn config_changes_are_checked() {
    let controller = cluster(&[1]);
    let one = |resource: ConfigResource, name: &str, operation: Operation| {
        let requested = [(resource, vec![Change { name: name.to_owned(), operation }])];
        let outcome = controller.incremental_alter_configs(&requested, false).unwrap();
        assert_eq!(outcome.records, []);
        let refusal = outcome.reply[0].1.clone().unwrap_err();
        (refusal.cause, refusal.message.unwrap_or_default())
    };
    let set = || Operation::Set("1".to_owned());
    assert_eq!(
        one(ConfigResource::Topic("foo".to_owned()), "retention.ms", set()),
        (Cause::UnknownTopic, "The topic 'foo' does not exist.".to_owned())
    );
    assert_eq!(
        one(ConfigResource::Broker(Some(7)), "x", set()),
        (Cause::UnknownBroker, "No node with id 7 found.".to_owned())
    );
    assert_eq!(
        one(ConfigResource::Broker(None), "min.insync.replicas", Operation::Delete).1,
        "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
    );
}

#[test]
fn configs_are_replaced() {
    let mut controller = cluster(&[1]);
    let topic = with_config(topic("foo", 1, 1), "retention.ms", Some("1"));
    created(&mut controller, with_config(topic, "flush.ms", Some("2")));
    let resource = ConfigResource::Topic("foo".to_owned());
    let wanted = vec![("retention.ms".to_owned(), Some("9".to_owned()))];
    let outcome = controller.alter_configs(&[(resource.clone(), wanted)], false).unwrap();
    assert_eq!(outcome.records.len(), 2);
    commit(&mut controller, outcome);
    let values: BTreeMap<String, String> = [("retention.ms".to_owned(), "9".to_owned())].into();
    assert_eq!(*controller.image().configs.get(&resource), values);
}

#[test]
fn producer_ids_are_handed_out_once() {
    let mut controller = cluster(&[1]);
    let epoch = controller.image().cluster.broker(1).unwrap().epoch();
    for first in [0, 1000] {
        let outcome = controller.allocate_producer_ids(1, epoch).unwrap();
        let record =
            ProducerIdsRecord { broker_id: 1, broker_epoch: epoch, next_producer_id: first + 1000 };
        let block = ProducerIdBlock { first, length: 1000 };
        assert_eq!(outcome, Outcome::atomic(vec![v0(record)], block));
        commit(&mut controller, outcome);
    }
    let stale = controller.allocate_producer_ids(1, epoch + 1).unwrap_err();
    assert_eq!(stale.cause, Cause::StaleBrokerEpoch);
}

#[test]
fn a_broker_that_returns_leads_what_nobody_leads() {
    let mut controller = cluster(&[1]);
    let id = created(&mut controller, topic("foo", 1, 1)).id;
    let leaderless = PartitionChangeRecord {
        partition_id: 0,
        topic_id: id,
        isr: Some(Vec::new()),
        leader: NO_LEADER,
        eligible_leader_replicas: Some(vec![1]),
        last_known_elr: Some(vec![1]),
        ..Default::default()
    };
    commit(&mut controller, Outcome::atomic(vec![v0(leaderless)], ()));
    let outcome = controller.register_broker(&node(1)).unwrap();
    let epoch = commit(&mut controller, outcome);
    let outcome = controller.unfence_broker(1).unwrap();
    assert_eq!(outcome.records.len(), 2);
    commit(&mut controller, outcome);
    let image = controller.image();
    assert!(image.cluster.is_active(1));
    assert_eq!(image.cluster.broker(1).unwrap().epoch(), epoch);
    let partition = image.topics.partition(id, 0).unwrap();
    assert_eq!((partition.leader, partition.leader_epoch, partition.partition_epoch), (1, 2, 2));
    assert_eq!(partition.in_sync_replicas, [1]);
    assert_eq!(
        (&partition.eligible_leader_replicas, &partition.last_known_eligible),
        (&vec![], &vec![])
    );
}

#[test]
fn a_directory_belongs_to_one_broker() {
    let controller = cluster(&[1]);
    let mut thief = node(2);
    thief.directories = vec![DIRECTORY];
    let refusal = controller.register_broker(&thief).unwrap_err();
    assert_eq!(refusal.cause, Cause::InvalidRegistration);
}

#[test]
fn an_open_transaction_is_aborted_and_its_records_forgotten() {
    use crate::protocol::metadata_records::BeginTransactionRecord;
    let mut controller = cluster(&[1]);
    let before = controller.image().topics.clone();
    let topic_id = Uuid::from_u128(500);
    let begun = vec![
        v0(BeginTransactionRecord { name: None }),
        v0(TopicRecord { name: "half".to_owned(), topic_id }),
    ];
    commit(&mut controller, Outcome::atomic(begun, ()));
    assert!(controller.state().take().is_none());
    let outcome = controller.activate(&[], 1);
    assert_eq!(outcome.records.len(), 1);
    commit(&mut controller, outcome);
    assert_eq!(controller.image().topics, before);
    assert!(controller.state().take().is_some());
}

/// A topic whose partition has this leader, replicas 1 and 2, and nobody or all in sync.
fn with_leader(leader: i32, in_sync: &[i32], eligible: &[i32]) -> Controller {
    let mut controller = cluster(&[1, 2]);
    let id = created(&mut controller, assigned("t", &[(0, &[1, 2])])).id;
    let change = PartitionChangeRecord {
        partition_id: 0,
        topic_id: id,
        leader,
        isr: Some(in_sync.to_vec()),
        eligible_leader_replicas: Some(eligible.to_vec()),
        ..Default::default()
    };
    commit(&mut controller, Outcome::atomic(vec![v0(change)], ()));
    controller
}

/// The leader, the replicas in sync and the cause of a refusal after an election.
fn elect(mut controller: Controller, election: Election) -> (i32, Vec<i32>, Option<Cause>) {
    let named = [("t".to_owned(), 0)];
    let outcome = controller.elect_leaders(election, Some(&named)).unwrap();
    let results = commit(&mut controller, outcome);
    let refusal = results[0].result.clone().err().map(|refusal| refusal.cause);
    let topic = controller.image().topics.by_name("t").unwrap();
    let partition = topic.partitions.get(&0).unwrap();
    (partition.leader, partition.in_sync_replicas.clone(), refusal)
}

#[test]
fn preferred_leaders_are_elected_if_they_are_in_sync() {
    use Election::Preferred;
    let needless = Some(Cause::ElectionNotNeeded);
    let unavailable = Some(Cause::PreferredLeaderNotAvailable);
    assert_eq!(elect(with_leader(1, &[1, 2], &[]), Preferred), (1, vec![1, 2], needless));
    assert_eq!(elect(with_leader(2, &[1, 2], &[]), Preferred), (1, vec![1, 2], None));
    assert_eq!(elect(with_leader(2, &[2], &[]), Preferred), (2, vec![2], unavailable));
    assert_eq!(elect(with_leader(-1, &[], &[1]), Preferred), (1, vec![1], None));
}

#[test]
fn anybody_is_elected_where_nobody_leads() {
    use Election::Unclean;
    let needless = Some(Cause::ElectionNotNeeded);
    assert_eq!(elect(with_leader(2, &[2], &[]), Unclean), (2, vec![2], needless));
    assert_eq!(elect(with_leader(-1, &[], &[2]), Unclean), (2, vec![2], None));
    assert_eq!(elect(with_leader(-1, &[], &[]), Unclean), (1, vec![1], None));
}

#[test]
fn elections_for_all_leave_out_those_that_need_none() {
    let controller = with_leader(1, &[1, 2], &[]);
    let outcome = controller.elect_leaders(Election::Preferred, None).unwrap();
    assert_eq!((outcome.records, outcome.reply), (Vec::new(), Vec::new()));
    let unknown = [("nowhere".to_owned(), 0)];
    let outcome = controller.elect_leaders(Election::Preferred, Some(&unknown)).unwrap();
    let message = "No such topic as nowhere";
    assert_eq!(outcome.reply[0].result, Err(Refusal::new(Cause::UnknownTopic, message)));
}

#[test]
fn a_directory_that_fails_leaves_the_registration_and_its_partitions_have_no_leader() {
    let mut controller = cluster(&[1]);
    let lost = Uuid::from_u128(77);
    let mut node = node(1);
    node.directories = vec![DIRECTORY, lost];
    let outcome = controller.register_broker(&node).unwrap();
    commit(&mut controller, outcome);
    let outcome = controller.unfence_broker(1).unwrap();
    commit(&mut controller, outcome);
    let topic_id = created(&mut controller, topic("foo", 2, -1)).id;
    let kept = |partition, directory| Kept { topic: topic_id, partition, directory };
    let outcome = controller.assign_directories(1, &[kept(0, DIRECTORY), kept(1, lost)]);
    commit(&mut controller, outcome);

    let outcome = controller.fail_directory(1, lost);
    commit(&mut controller, outcome);
    let image = controller.image();
    assert_eq!(image.cluster.broker(1).unwrap().registration.log_dirs, [DIRECTORY]);
    let foo = image.topics.by_id(topic_id).unwrap();
    let leaders = [0, 1].map(|index| foo.partitions.get(&index).unwrap().leader);
    assert_eq!(leaders, [1, NO_LEADER]);
    // Told twice, as two cores may; and the last directory stays.
    assert_eq!(controller.fail_directory(1, lost).records, []);
    assert_eq!(controller.fail_directory(1, DIRECTORY).records, []);
}
