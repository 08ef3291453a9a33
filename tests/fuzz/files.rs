//! Every format on disk: damaged or random bytes are refused, or read as something that can be
//! written and read again.

use bolero::check;
use ringlog::config::properties;
use ringlog::controller::snapshot_file::SnapshotId;
use ringlog::controller::{Entry, codec, snapshot_file};
use ringlog::metadata::{Delta, Image};
use shards::format::{
    checkpoint, clean_shutdown, control, file_names, meta_properties, offset_index,
    partition_metadata, producer_snapshot, quorum_state, time_index, transaction_index, uuid_text,
};
use shards::journal::page;
use shards::placement::Placement;
use shards::units::Uuid;

use crate::input::Damage;

/// Texts that differ from sound ones in a few bytes.
const SOUND_TEXTS: &[&str] = &[
    "0\n2\ntopic 0 17\ntopic 1 0\n",
    "0\n2\n0 0\n3 40\n",
    "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAABw\n",
    "#\nversion=1\ncluster.id=c\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAABw\n",
    "{\"clusterId\":\"\",\"leaderId\":1,\"leaderEpoch\":4,\"votedId\":-1,\"data_version\":1}",
    "{\"version\":0,\"brokerEpoch\":7}",
    "log.dirs=/a\\\n  b\nkey : value\n! comment\n\\u0041=1\n",
];

fn texts(test: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    check!().with_test_time(crate::time()).with_type::<(u8, Damage, Vec<u8>)>().for_each(
        |(sound, damage, random)| {
            let mut bytes = match SOUND_TEXTS.get(usize::from(*sound) % (SOUND_TEXTS.len() + 1)) {
                Some(text) => text.as_bytes().to_vec(),
                None => random.clone(),
            };
            damage.apply(&mut bytes);
            test(&bytes);
        },
    );
}

#[test]
fn text_files() {
    texts(|bytes| {
        if let Ok(entries) = checkpoint::decode_offsets(bytes) {
            let again = checkpoint::encode_offsets(&entries);
            assert_eq!(checkpoint::decode_offsets(again.as_bytes()), Ok(entries));
        }
        if let Ok(entries) = checkpoint::decode_epochs(bytes) {
            let again = checkpoint::encode_epochs(&entries);
            assert_eq!(checkpoint::decode_epochs(again.as_bytes()), Ok(entries));
        }
        if let Ok(id) = partition_metadata::decode(bytes) {
            let again = partition_metadata::encode(id);
            assert_eq!(partition_metadata::decode(again.as_bytes()).ok(), Some(id));
        }
        if let Ok(properties) = meta_properties::decode(bytes) {
            let again = meta_properties::encode(&properties);
            assert_eq!(meta_properties::decode(again.as_bytes()), Ok(properties));
        }
        if let Ok(state) = quorum_state::decode(bytes) {
            let again = quorum_state::encode(&state);
            assert_eq!(quorum_state::decode(again.as_bytes()), Ok(state));
        }
        if let Some(epoch) = clean_shutdown::decode(bytes) {
            assert_eq!(
                clean_shutdown::decode(clean_shutdown::encode(epoch).as_bytes()),
                Some(epoch)
            );
        }
        let _settings = properties::parse(bytes);
    });
}

#[test]
fn names() {
    check!().with_test_time(crate::time()).with_type::<Vec<u8>>().for_each(|bytes| {
        let name = String::from_utf8_lossy(bytes);
        for name in [name.to_string(), format!("00000000000000000012.{name}"), format!("t-{name}")]
        {
            if let Some((base, file, transition)) = file_names::parse_segment(&name) {
                assert_eq!(file_names::segment(base, file, transition), name);
            }
            if let Some((end, epoch)) = file_names::parse_metadata_snapshot(&name) {
                assert_eq!(file_names::metadata_snapshot(end, epoch), name);
            }
            let _directory = file_names::parse_directory(&name);
            if let Some(id) = uuid_text::decode(&name) {
                assert_eq!(uuid_text::decode(&uuid_text::encode(id)), Some(id));
            }
        }
    });
}

/// An index is asked only after it was checked; unchecked it may answer anything but a panic.
#[test]
fn indexes() {
    check!().with_test_time(crate::time()).with_type::<(Vec<u8>, i64, i64)>().for_each(
        |(bytes, base, wanted)| {
            let index = offset_index::OffsetIndex::new(*base, bytes);
            assert!(index.valid_prefix() <= bytes.len());
            let is_sound = index.check().is_ok();
            let entry = index.lookup(*wanted);
            assert!(!is_sound || index.is_empty() || wanted < base || entry.offset <= *wanted);
            let _found = (index.lookup_position(*wanted as u32), index.bytes_before(*wanted));
            let index = time_index::TimeIndex::new(*base, bytes);
            assert!(index.valid_prefix() <= bytes.len());
            let _found =
                (index.check().is_ok(), index.lookup(*wanted), index.bytes_before(*wanted));
            let index = transaction_index::TransactionIndex::new(bytes);
            let _found = (index.check(*base).is_ok(), index.collect(*base, *wanted));
            let _bytes = index.bytes_before(*wanted);
        },
    );
}

#[test]
fn producer_snapshots() {
    check!().with_test_time(crate::time()).with_type::<(Vec<u8>, bool)>().for_each(
        |(bytes, is_checksum_right)| {
            // Version, checksum, entries.
            let mut bytes = bytes.clone();
            if *is_checksum_right && bytes.len() >= 10 {
                bytes[..2].copy_from_slice(&1_i16.to_be_bytes());
                let sum = crc32c::crc32c(&bytes[6..]);
                bytes[2..6].copy_from_slice(&sum.to_be_bytes());
            }
            if let Ok(entries) = producer_snapshot::decode(&bytes) {
                let again = producer_snapshot::encode(&entries);
                assert_eq!(producer_snapshot::decode(&again), Ok(entries));
            }
        },
    );
}

#[test]
fn control_records() {
    check!().with_test_time(crate::time()).with_type::<Vec<u8>>().for_each(|bytes| {
        let _kind = control::ControlType::of_key(bytes);
        if let Some(marker) = control::Marker::decode(bytes) {
            assert_eq!(control::Marker::decode(&marker.encode()), Some(marker));
        }
    });
}

/// A page whose checksum is right may still hold nonsense.
#[test]
fn journal_pages() {
    const AT: u64 = 8192;
    check!().with_test_time(crate::time()).with_type::<(Vec<u8>, u32, bool)>().for_each(
        |(bytes, entries, is_sealed)| {
            let journal_id = Uuid::from_u128(3);
            let mut bytes = bytes.clone();
            if *is_sealed && bytes.len() >= page::PAGE_HEADER_BYTES {
                let header = page::PageHeader {
                    sequence: 1,
                    journal_id,
                    length: bytes.len() as u32,
                    entries: *entries % 20,
                    oldest_sequence: 1,
                    oldest_position: 0,
                    unsynced: u64::from(*entries),
                    position: AT,
                };
                let mut checksum = shards::format::checksum::Crc32c::new();
                checksum.update(&bytes[page::PAGE_HEADER_BYTES..]);
                page::seal(&mut bytes, &header, checksum);
            }
            if let Ok((header, entries)) = page::decode_page(&bytes, journal_id, AT) {
                assert_eq!(header.entries as usize, entries.len());
                assert!(header.durable_before() <= header.sequence);
            }
        },
    );
}

#[test]
fn placements() {
    check!().with_test_time(crate::time()).with_type::<(Vec<u8>, u8)>().for_each(
        |(bytes, shards)| {
            let shards = usize::from(*shards % 8) + 1;
            let mut read = Placement::decode(bytes, shards);
            let placed: Vec<_> = read.placement.iter().collect();
            let again = Placement::decode(&read.placement.encode(), shards);
            assert_eq!(again.placement.len(), placed.len());
            assert!(placed.iter().all(|(id, owner)| again.placement.owner(*id) == Some(*owner)));
        },
    );
}

/// The metadata log and its snapshots: Kafka's own files, damaged.
#[test]
fn metadata_files() {
    let log = include_bytes!("../golden/metadata-kafka-4.3.1/00000000000000000000.log");
    let snapshot = include_bytes!("../golden/metadata-kafka-4.3.1/bootstrap.checkpoint");
    check!().with_test_time(crate::time()).with_type::<(Damage, bool, bool)>().for_each(
        |(damage, is_log, is_checksum_right)| {
            let mut bytes = if *is_log { log.to_vec() } else { snapshot.to_vec() };
            damage.apply(&mut bytes);
            if *is_checksum_right {
                renew_checksums(&mut bytes);
            }
            let _image = replayed(&bytes);
            let _records = snapshot_file::decode_bootstrap(&bytes);
        },
    );
}

/// A snapshot of ours, damaged: what is read of it can be written.
#[test]
fn metadata_snapshots() {
    let log = include_bytes!("../golden/metadata-kafka-4.3.1/00000000000000000000.log");
    let sound = snapshot_file::encode(&replayed(log), 5).expect("an image can be written");
    let id = SnapshotId { end_offset: 100, epoch: 3 };
    check!().with_test_time(crate::time()).with_type::<Damage>().for_each(|damage| {
        let mut bytes = sound.clone();
        damage.apply(&mut bytes);
        renew_checksums(&mut bytes);
        // A metadata version that was damaged may not have the words for the rest.
        if let Ok(image) = snapshot_file::decode(&bytes, id, "cluster")
            && let Ok(again) = snapshot_file::encode(&image, 5)
        {
            snapshot_file::decode(&again, id, "cluster").expect("what was written can be read");
        }
    });
}

/// What the records of these bytes come to, up to the first that cannot be read; those that cannot
/// be applied are passed over.
fn replayed(bytes: &[u8]) -> Image {
    let mut delta = Delta::new(Image::empty("cluster"));
    for batch in codec::decode(bytes).map_while(Result::ok) {
        for entry in batch.entries {
            if let Entry::Metadata(record) = entry {
                let _passed_over = delta.replay(&record);
            }
        }
    }
    delta.image().clone()
}

fn renew_checksums(mut bytes: &mut [u8]) {
    while let Ok(size) = shards::format::batch::size_at_front(bytes)
        && let Some((batch, rest)) = bytes.split_at_mut_checked(size)
    {
        let sum = crc32c::crc32c(&batch[21..]);
        batch[17..21].copy_from_slice(&sum.to_be_bytes());
        bytes = rest;
    }
}
