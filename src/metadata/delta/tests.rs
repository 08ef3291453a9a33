use super::*;
use crate::metadata::Versioned;
use crate::protocol::metadata_records::client_quota_record::EntityData;
use crate::protocol::metadata_records::*;

const TOPIC: Uuid = Uuid::from_u128(1000);

fn topic() -> MetadataRecord {
    TopicRecord { name: "t".to_owned(), topic_id: TOPIC }.into()
}

fn partition(partition_id: i32) -> MetadataRecord {
    PartitionRecord {
        partition_id,
        topic_id: TOPIC,
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![Uuid::from_u128(11), Uuid::from_u128(12)],
        ..Default::default()
    }
    .into()
}

fn config(name: &str, value: Option<&str>) -> MetadataRecord {
    ConfigRecord {
        resource_type: 2,
        resource_name: "t".to_owned(),
        name: name.to_owned(),
        value: value.map(str::to_owned),
    }
    .into()
}

fn replayed(records: &[MetadataRecord]) -> Delta {
    let mut delta = Delta::new(Image::empty("c"));
    for record in records {
        delta.replay(record).unwrap();
    }
    delta
}

/// One record of each kind that leaves something behind.
fn everything() -> Vec<MetadataRecord> {
    let quota = |name: Option<&str>| ClientQuotaRecord {
        entity: vec![EntityData {
            entity_type: "user".to_owned(),
            entity_name: name.map(str::to_owned),
        }],
        key: "consumer_byte_rate".to_owned(),
        value: 0.5,
        remove: false,
    };
    vec![
        FeatureLevelRecord { name: "metadata.version".to_owned(), feature_level: 30 }.into(),
        FeatureLevelRecord { name: "group.version".to_owned(), feature_level: 1 }.into(),
        ZkMigrationStateRecord { zk_migration_state: 0 }.into(),
        RegisterBrokerRecord { broker_id: 1, broker_epoch: 7, ..Default::default() }.into(),
        RegisterControllerRecord { controller_id: 1, ..Default::default() }.into(),
        topic(),
        partition(0),
        config("retention.ms", Some("1")),
        ConfigRecord {
            resource_type: 77,
            resource_name: "of a later version".to_owned(),
            name: "key".to_owned(),
            value: Some("value".to_owned()),
        }
        .into(),
        quota(Some("alice")).into(),
        quota(None).into(),
        ProducerIdsRecord { broker_id: -1, broker_epoch: -1, next_producer_id: 3000 }.into(),
        AccessControlEntryRecord { id: Uuid::from_u128(5), ..Default::default() }.into(),
        UserScramCredentialRecord { name: "bob".to_owned(), mechanism: 1, ..Default::default() }
            .into(),
        DelegationTokenRecord { token_id: "token".to_owned(), ..Default::default() }.into(),
    ]
}

#[test]
fn a_snapshot_has_everything_that_was_said() {
    let image = replayed(&everything()).image().clone();
    let records: Vec<MetadataRecord> =
        image.to_records().into_iter().map(|Versioned { record, .. }| record).collect();
    assert_eq!(records.len(), everything().len());
    for record in everything() {
        assert!(records.contains(&record), "{record:?} is lost");
    }
    assert_eq!(*replayed(&records).image(), image);
}

#[test]
fn what_is_removed_leaves_nothing() {
    let mut delta = replayed(&everything());
    let removals: Vec<MetadataRecord> = vec![
        RemoveTopicRecord { topic_id: TOPIC }.into(),
        UnregisterBrokerRecord { broker_id: 1, broker_epoch: 7 }.into(),
        UnregisterControllerRecord { controller_id: 1 }.into(),
        RemoveAccessControlEntryRecord { id: Uuid::from_u128(5) }.into(),
        RemoveUserScramCredentialRecord { name: "bob".to_owned(), mechanism: 1 }.into(),
        RemoveDelegationTokenRecord { token_id: "token".to_owned() }.into(),
        FeatureLevelRecord { name: "group.version".to_owned(), feature_level: 0 }.into(),
    ];
    for record in &removals {
        delta.replay(record).unwrap();
    }
    for record in everything() {
        let removal: MetadataRecord = match record {
            MetadataRecord::ClientQuota(quota) => {
                ClientQuotaRecord { remove: true, ..quota }.into()
            }
            MetadataRecord::Config(config) if config.resource_type == 77 => {
                ConfigRecord { value: None, ..config }.into()
            }
            _ => continue,
        };
        delta.replay(&removal).unwrap();
    }
    let names: Vec<&str> =
        delta.image().to_records().iter().map(|versioned| versioned.record.name()).collect();
    assert_eq!(names, ["FeatureLevelRecord", "ZkMigrationStateRecord", "ProducerIdsRecord"]);
}

#[test]
fn changes_name_what_changed() {
    let mut delta = replayed(&[topic(), partition(0), partition(1)]);
    let (_, changes) = delta.take().unwrap();
    let expected = [(TOPIC, BTreeSet::from([0, 1]))].into();
    assert_eq!(changes, Changes { topics: expected, ..Default::default() });
    delta.replay(&config("retention.ms", Some("1"))).unwrap();
    let (_, changes) = delta.take().unwrap();
    let configs = BTreeSet::from([ConfigResource::Topic("t".to_owned())]);
    assert_eq!(changes, Changes { configs, ..Default::default() });
    assert!(delta.take().unwrap().1.is_empty());
}

#[test]
fn published_images_do_not_change() {
    let mut delta = replayed(&[topic(), partition(0)]);
    let (before, _) = delta.take().unwrap();
    let copy = before.clone();
    let change = PartitionChangeRecord {
        partition_id: 0,
        topic_id: TOPIC,
        isr: Some(vec![1]),
        leader: 1,
        ..Default::default()
    };
    delta.replay(&change.into()).unwrap();
    assert_eq!(before, copy);
    let partition = delta.image().topics.partition(TOPIC, 0).unwrap();
    let epochs = (partition.leader_epoch, partition.partition_epoch);
    assert_eq!((epochs, &partition.in_sync_replicas[..]), ((1, 1), &[1][..]));
    assert_eq!(partition.replicas, [1, 2]);
}

#[test]
fn what_does_not_follow_is_refused_and_changes_nothing() {
    let mut delta = replayed(&[topic(), partition(0)]);
    delta.replay(&ProducerIdsRecord { next_producer_id: 5, ..Default::default() }.into()).unwrap();
    let before = delta.clone();
    let unknown = Uuid::from_u128(77);
    let refused: Vec<MetadataRecord> = vec![
        topic(),
        PartitionRecord { topic_id: unknown, ..Default::default() }.into(),
        PartitionChangeRecord { topic_id: TOPIC, partition_id: 9, ..Default::default() }.into(),
        RemoveTopicRecord { topic_id: unknown }.into(),
        FenceBrokerRecord { id: 3, epoch: 1 }.into(),
        EndTransactionRecord {}.into(),
        AbortTransactionRecord { reason: None }.into(),
        ProducerIdsRecord { next_producer_id: 5, ..Default::default() }.into(),
    ];
    for record in refused {
        assert!(delta.replay(&record).is_err(), "{record:?}");
        assert_eq!(delta, before);
    }
}

#[test]
fn transactions_are_published_at_their_end() {
    let begin = MetadataRecord::from(BeginTransactionRecord { name: None });
    let mut delta = replayed(&[begin.clone(), topic()]);
    assert!(delta.take().is_none());
    assert!(delta.committed().topics.is_empty());
    assert!(delta.replay(&begin).is_err());
    delta.replay(&EndTransactionRecord {}.into()).unwrap();
    assert_eq!(delta.take().unwrap().0.topics.len(), 1);
}

#[test]
fn eligible_replicas_are_cleared() {
    let mut delta = replayed(&[topic(), partition(0), partition(1)]);
    let eligible = PartitionChangeRecord {
        partition_id: 1,
        topic_id: TOPIC,
        isr: Some(vec![1]),
        eligible_leader_replicas: Some(vec![2]),
        ..Default::default()
    };
    delta.replay(&eligible.into()).unwrap();
    delta.replay(&ClearElrRecord { topic_name: String::new() }.into()).unwrap();
    let partition = |id| delta.image().topics.partition(TOPIC, id).unwrap();
    assert_eq!((partition(0).partition_epoch, partition(1).partition_epoch), (0, 2));
    assert!(partition(1).eligible_leader_replicas.is_empty());
}
