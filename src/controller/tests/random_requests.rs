//! Random requests: the state keeps its invariants, and survives snapshots and restarts.

use proptest::prelude::*;

use super::*;
use crate::config::{Change, Operation};
use crate::controller::codec::{self, Entry, Stamp};
use crate::protocol::create_partitions::request::CreatePartitionsTopic;
use crate::protocol::create_topics::request::{CreatableTopic, Request};

#[derive(Clone, Debug)]
enum Step {
    Create(u8, i32, i16),
    Delete(u8),
    Extend(u8, i32),
    Configure(u8, u8, Option<u8>),
    Register(i32),
    ProducerIds,
}

fn step() -> impl Strategy<Value = Step> {
    let topic = 0u8..12;
    prop_oneof![
        (topic.clone(), -2i32..30, -1i16..4).prop_map(|(t, n, f)| Step::Create(t, n, f)),
        topic.clone().prop_map(Step::Delete),
        (topic.clone(), 0i32..40).prop_map(|(topic, count)| Step::Extend(topic, count)),
        (topic, 0u8..3, proptest::option::of(0u8..3))
            .prop_map(|(topic, name, value)| Step::Configure(topic, name, value)),
        (1i32..4).prop_map(Step::Register),
        Just(Step::ProducerIds),
    ]
}

/// Takes the records of a step to the log and replays them.
fn append<R>(controller: &mut Controller, log: &mut Vec<u8>, outcome: Outcome<R>) {
    let base_offset = controller.next_offset();
    if outcome.records.is_empty() {
        return;
    }
    let stamp = Stamp { base_offset, leader_epoch: 1, timestamp_ms: 5 };
    log.extend(codec::records_batch(&outcome.records, stamp).unwrap());
    commit(controller, outcome);
}

fn run(controller: &mut Controller, log: &mut Vec<u8>, step: Step, seed: u64) {
    let name = |topic: u8| format!("topic{}{}", [".", "_", "-"][topic as usize % 3], topic / 3);
    let mut entropy = counting(seed);
    match step {
        Step::Create(topic, num_partitions, replication_factor) => {
            let topic = CreatableTopic {
                name: name(topic),
                num_partitions,
                replication_factor,
                ..Default::default()
            };
            let request = Request { topics: vec![topic], ..Default::default() };
            let outcome = controller.create_topics(&request, &mut entropy).unwrap();
            append(controller, log, outcome);
        }
        Step::Delete(topic) => {
            let id = controller.image().topics.id_of(&name(topic)).unwrap_or(Uuid::from_u128(9));
            let outcome = controller.delete_topics(&[id], &mut unlimited);
            append(controller, log, outcome);
        }
        Step::Extend(topic, count) => {
            let request = [CreatePartitionsTopic { name: name(topic), count, assignments: None }];
            let outcome = controller
                .create_partitions(&request, false, &mut entropy, &mut unlimited)
                .unwrap();
            append(controller, log, outcome);
        }
        Step::Configure(topic, key, value) => {
            let operation = match value {
                Some(value) => Operation::Set(value.to_string()),
                None => Operation::Delete,
            };
            let key = ["retention.ms", "flush.ms", "segment.ms"][key as usize].to_owned();
            let changes = vec![Change { name: key, operation }];
            let requested = [(ConfigResource::Topic(name(topic)), changes)];
            let outcome = controller.incremental_alter_configs(&requested, false).unwrap();
            append(controller, log, outcome);
        }
        Step::Register(broker) => {
            let outcome = controller.register_broker(&node(broker)).unwrap();
            append(controller, log, outcome);
            let outcome = controller.unfence_broker(broker).unwrap();
            append(controller, log, outcome);
        }
        Step::ProducerIds => {
            let epoch = controller.image().cluster.broker(1).unwrap().epoch();
            let outcome = controller.allocate_producer_ids(1, epoch).unwrap();
            append(controller, log, outcome);
        }
    }
}

fn check(image: &Image) {
    assert!(image.topics.names().count() == image.topics.len());
    for topic in image.topics.iter() {
        assert_eq!(image.topics.id_of(&topic.name), Some(topic.id));
        assert!(topic.partitions.keys().copied().eq(0..topic.partitions.len() as i32));
        for partition in topic.partitions.values() {
            assert!(partition.has_replica(partition.leader));
            assert!(partition.in_sync_replicas.contains(&partition.leader));
            assert_eq!(partition.directories.len(), partition.replicas.len());
        }
    }
    for (resource, _) in image.configs.resources() {
        if let ConfigResource::Topic(name) = resource {
            assert!(image.topics.by_name(name).is_some(), "{name}");
        }
    }
}

/// As a restart does: from a snapshot, the batches after it.
fn restart(image: &Image, log: &[u8]) -> Image {
    let mut delta = Delta::new(through_snapshot(image));
    for batch in codec::decode(log) {
        let batch = batch.unwrap();
        if batch.end.last_offset <= image.provenance.last_offset {
            continue;
        }
        for entry in &batch.entries {
            let Entry::Metadata(record) = entry else { panic!("{entry:?}") };
            delta.replay(record).unwrap();
        }
        delta.advance(batch.end);
    }
    delta.take().unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn restarts_end_in_the_same_image(
        steps in proptest::collection::vec(step(), 1..40),
        snapshot_after in 0usize..40,
        seed in any::<u64>(),
    ) {
        let mut controller = cluster(&[1]);
        let mut log = Vec::new();
        let mut snapshot = controller.image().clone();
        for (number, step) in steps.into_iter().enumerate() {
            run(&mut controller, &mut log, step, seed.wrapping_add(number as u64));
            check(controller.image());
            if number == snapshot_after {
                snapshot = controller.image().clone();
            }
        }
        prop_assert_eq!(&restart(&snapshot, &log), controller.image());
        prop_assert_eq!(&through_snapshot(controller.image()), controller.image());
    }
}
