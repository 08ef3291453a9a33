//! Reads what Apache Kafka 4.3.1 wrote, and writes the same.

use super::*;
use crate::controller::codec::{self, Entry, Stamp};
use crate::controller::snapshot_file::{self, SnapshotError, SnapshotId};
use crate::protocol::metadata_records::MetadataRecord;
use shards::format::uuid_text;

const LOG: &[u8] =
    include_bytes!("../../../tests/golden/metadata-kafka-4.3.1/00000000000000000000.log");
const SNAPSHOT: &[u8] = include_bytes!(
    "../../../tests/golden/metadata-kafka-4.3.1/00000000000000000313-0000000001.checkpoint"
);
const FIRST_SNAPSHOT: &[u8] = include_bytes!(
    "../../../tests/golden/metadata-kafka-4.3.1/00000000000000000000-0000000000.checkpoint"
);
const BOOTSTRAP: &[u8] =
    include_bytes!("../../../tests/golden/metadata-kafka-4.3.1/bootstrap.checkpoint");
const CLUSTER: &str = "AAAAAAAAAAAAAAAAAAAAAQ";
const SNAPSHOT_ID: SnapshotId = SnapshotId { end_offset: 313, epoch: 1 };

fn replay_log(until: i64) -> Image {
    let mut delta = Delta::new(Image::empty(CLUSTER));
    for batch in codec::decode(LOG) {
        let batch = batch.unwrap();
        if batch.base_offset >= until {
            break;
        }
        for entry in &batch.entries {
            match entry {
                Entry::Metadata(record) => delta.replay(record).unwrap(),
                Entry::QuorumVersion(record) => delta.change_voters(|v| v.apply_version(record)),
                Entry::QuorumVoters(record) => delta.change_voters(|v| v.apply_voters(record)),
                _ => {}
            }
        }
        delta.advance(batch.end);
    }
    delta.take().unwrap().0
}

/// Kafka writes the features of a node in no order.
fn in_order(mut image: Image) -> Image {
    let cluster = std::sync::Arc::make_mut(&mut image.cluster);
    for broker in cluster.brokers.values_mut() {
        broker.registration.features.sort_by(|one, other| one.name.cmp(&other.name));
    }
    for controller in cluster.controllers.values_mut() {
        controller.features.sort_by(|one, other| one.name.cmp(&other.name));
    }
    image
}

#[test]
fn the_log_replayed_is_its_snapshot() {
    let image = replay_log(SNAPSHOT_ID.end_offset);
    let snapshot = snapshot_file::decode(SNAPSHOT, SNAPSHOT_ID, CLUSTER).unwrap();
    assert!(in_order(image.clone()) == in_order(snapshot), "they differ");
    assert_eq!(image.topics.len(), 5);
    let foo = image.topics.by_name("foo").unwrap();
    assert_eq!(uuid_text::encode(foo.id), "dYkQ4XmQTzi2FvJcKpZJNQ");
    assert_eq!(foo.partitions.len(), 2);
    assert_eq!(image.configs.topic("foo")["retention.ms"], "1000");
    assert_eq!(image.features.metadata_version(), 30);
    assert_eq!((image.voters.kraft_version, image.voters.voters.len()), (1, 1));
}

#[test]
fn a_snapshot_written_again_is_the_same_image() {
    let image = snapshot_file::decode(SNAPSHOT, SNAPSHOT_ID, CLUSTER).unwrap();
    assert_eq!(through_snapshot(&image), image);
}

#[test]
fn every_batch_is_encoded_byte_for_byte() {
    let mut position = 0;
    for batch in codec::decode(LOG) {
        let batch = batch.unwrap();
        let stamp = Stamp {
            base_offset: batch.base_offset,
            leader_epoch: batch.end.last_epoch,
            timestamp_ms: batch.end.last_timestamp_ms,
        };
        let size = shards::format::batch::size_at_front(&LOG[position..]).unwrap();
        let kafkas = &LOG[position..position + size];
        let records: Vec<Versioned> = metadata_records(kafkas);
        let ours = if records.is_empty() {
            codec::control_batch(&batch.entries, stamp)
        } else {
            codec::records_batch(&records, stamp)
        };
        assert_eq!(ours.unwrap(), kafkas, "the batch at offset {}", batch.base_offset);
        position += size;
    }
    assert_eq!(position, LOG.len());
}

/// The records with the versions that they were written in.
fn metadata_records(batch: &[u8]) -> Vec<Versioned> {
    let batch = shards::format::batch::Batch::parse(batch).unwrap();
    if batch.attributes().is_control() {
        return Vec::new();
    }
    let mut scratch = Vec::new();
    let records = shards::format::records::open(&batch, &mut scratch, 1 << 20).unwrap();
    records
        .map(|record| MetadataRecord::from_slice(record.unwrap().value.unwrap()).unwrap())
        .collect()
}

#[test]
fn the_first_records_are_kafkas() {
    let mut batches = codec::decode(LOG);
    let _voters = batches.next().unwrap().unwrap();
    let expected: Vec<MetadataRecord> = batches
        .next()
        .unwrap()
        .unwrap()
        .entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Metadata(record) => record,
            other => panic!("{other:?}"),
        })
        .collect();
    let levels = crate::controller::features::initial_levels(&kafkas(), Offer::Final).unwrap();
    let bootstrap = crate::controller::features::bootstrap_records(&levels);
    let records = empty(CLUSTER).activate(&bootstrap, 1).records;
    let records: Vec<MetadataRecord> = records.into_iter().map(|v| v.record).collect();
    assert_eq!(records, expected);
}

/// The levels that Kafka's tool writes: it serves more.
fn kafkas() -> BTreeMap<String, i16> {
    Offer::Final.supported().map(|feature| (feature.name.to_owned(), feature.default)).collect()
}

#[test]
fn the_files_of_a_new_cluster_are_kafkas() {
    let levels = crate::controller::features::initial_levels(&kafkas(), Offer::Final).unwrap();
    let bootstrap = crate::controller::features::bootstrap_records(&levels);
    let file = snapshot_file::encode_bootstrap(&bootstrap, 0).unwrap();
    assert_eq!(file.len(), BOOTSTRAP.len());
    assert_eq!(
        snapshot_file::decode_bootstrap(&file).unwrap(),
        snapshot_file::decode_bootstrap(BOOTSTRAP).unwrap()
    );
    let first = SnapshotId { end_offset: 0, epoch: 0 };
    let image = snapshot_file::decode(FIRST_SNAPSHOT, first, CLUSTER).unwrap();
    let voter = &image.voters.voters[0];
    assert_eq!(uuid_text::encode(voter.directory_id), "j-FIKOzmQIK0ogfU0vqGUg");
    assert_eq!(snapshot_file::encode(&image, 0).unwrap().len(), FIRST_SNAPSHOT.len());
    assert_ne!(*image.voters, no_voters());
}

#[test]
fn a_truncated_snapshot_is_refused() {
    for cut in (0..SNAPSHOT.len()).step_by(7).chain([SNAPSHOT.len() - 1]) {
        let result = snapshot_file::decode(&SNAPSHOT[..cut], SNAPSHOT_ID, CLUSTER);
        assert!(result.is_err(), "cut at {cut}");
    }
    let twice = [SNAPSHOT, SNAPSHOT].concat();
    let error = snapshot_file::decode(&twice, SNAPSHOT_ID, CLUSTER).unwrap_err();
    assert!(matches!(error, SnapshotError::Misplaced { .. }), "{error}");
}

#[test]
fn a_flipped_bit_is_refused() {
    for position in (17..SNAPSHOT.len()).step_by(97) {
        let mut damaged = SNAPSHOT.to_vec();
        damaged[position] ^= 1;
        let result = snapshot_file::decode(&damaged, SNAPSHOT_ID, CLUSTER);
        let unprotected = result.as_ref().is_ok_and(|image| {
            *image == snapshot_file::decode(SNAPSHOT, SNAPSHOT_ID, CLUSTER).unwrap()
        });
        assert!(result.is_err() || unprotected, "bit flipped at {position}");
    }
}

#[test]
fn names_of_snapshots() {
    assert_eq!(SNAPSHOT_ID.file_name(), "00000000000000000313-0000000001.checkpoint");
    assert_eq!(SnapshotId::of_file_name(&SNAPSHOT_ID.file_name()), Some(SNAPSHOT_ID));
    for name in ["bootstrap.checkpoint", "313-1.checkpoint", "quorum-state", "-.checkpoint"] {
        assert_eq!(SnapshotId::of_file_name(name), None, "{name}");
    }
}
