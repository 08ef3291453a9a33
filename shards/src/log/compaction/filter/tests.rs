use super::*;
use crate::compression::Codec;
use crate::format::batch::Batches;
use crate::format::control::{ControlType, Marker};
use crate::format::transaction_index::Aborted;

type Pair<'a> = (&'a str, Option<&'a str>);

fn batch(base_offset: i64, codec: Codec, producer: i64, records: &[Pair<'_>]) -> Vec<u8> {
    let header =
        Header { base_offset, producer_id: producer, base_sequence: 7, ..Header::default() };
    let mut builder = BatchBuilder::new(header, Compression::of(codec));
    for (number, (key, value)) in records.iter().enumerate() {
        let (key, value) = (Some(key.as_bytes()), value.map(str::as_bytes));
        let headers = &[(b"h" as &[u8], Some(b"v" as &[u8]))];
        let record = NewRecord { timestamp: 1000 + number as i64, key, value, headers };
        builder.append(&record).unwrap();
    }
    builder.finish().unwrap()
}

fn map(keys: &[(&str, i64)], end: i64) -> OffsetMap {
    let mut map = OffsetMap::new(1 << 16, 1.0);
    for (key, offset) in keys {
        map.put(key.as_bytes(), *offset).unwrap();
    }
    map.set_end(end);
    map
}

fn filtered(bytes: &[u8], map: &OffsetMap, producers: &LastBatches, now_ms: i64) -> Vec<u8> {
    filtered_with(bytes, map, producers, now_ms, &mut Transactions::default())
}

fn filtered_with(
    bytes: &[u8],
    map: &OffsetMap,
    producers: &LastBatches,
    now_ms: i64,
    transactions: &mut Transactions,
) -> Vec<u8> {
    let round = Round { map, now_ms, tombstone_ms: 50, producers };
    let mut output = Vec::new();
    for batch in Batches::new(bytes) {
        filter(&batch.unwrap(), &round, transactions, &mut Vec::new(), &mut output).unwrap();
    }
    for batch in Batches::new(&output) {
        batch.unwrap().verify_checksum().unwrap();
    }
    output
}

/// Offset, timestamp, key, value of what is in batches.
fn content(bytes: &[u8]) -> Vec<(i64, i64, String, Option<String>)> {
    let mut found = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    for batch in Batches::new(bytes).map(Result::unwrap) {
        let mut scratch = Vec::new();
        for record in records::open(&batch, &mut scratch, 1 << 20).unwrap() {
            let record = record.unwrap();
            assert_eq!(record.headers.len(), 1);
            let (key, value) = (text(record.key.unwrap()), record.value.map(text));
            found.push((record.offset(&batch), record.timestamp(&batch), key, value));
        }
    }
    found
}

#[test]
fn of_each_key_the_last_record_stays_where_it_was_in_every_codec() {
    let none = LastBatches::default();
    for codec in Codec::ALL {
        let bytes = batch(10, codec, -1, &[("a", Some("1")), ("b", Some("2")), ("c", Some("3"))]);
        let output = filtered(&bytes, &map(&[("a", 99), ("b", 11), ("c", 40)], 100), &none, 0);
        assert_eq!(content(&output), [(11, 1001, "b".into(), Some("2".into()))]);
        let kept = Batch::parse(&output).unwrap();
        assert_eq!((kept.base_offset(), kept.last_offset(), kept.count()), (10, 12, 1));
        assert_eq!(kept.attributes().codec(), Ok(codec));
        assert_eq!((kept.max_timestamp(), kept.base_sequence()), (1001, 7));
        // All of it stays as it is, byte by byte; none of it: nothing.
        let map = map(&[("a", 10), ("b", 11), ("c", 12)], 100);
        assert_eq!(filtered(&bytes, &map, &none, 0), bytes);
        let newer = self::map(&[("a", 20), ("b", 21), ("c", 22)], 100);
        assert!(filtered(&bytes, &newer, &none, 0).is_empty());
    }
}

#[test]
fn what_lies_behind_the_map_stays_whole() {
    let bytes = batch(10, Codec::None, -1, &[("a", Some("1")), ("a", Some("2"))]);
    let output = filtered(&bytes, &map(&[("a", 5)], 10), &LastBatches::default(), 0);
    assert_eq!(output, bytes);
}

#[test]
fn a_tombstone_gets_a_horizon_once_and_goes_behind_it() {
    let none = LastBatches::default();
    let map = map(&[("a", 10), ("b", 11)], 100);
    let bytes = batch(10, Codec::None, -1, &[("a", None), ("b", Some("2"))]);
    let first = filtered(&bytes, &map, &none, 5000);
    let kept = Batch::parse(&first).unwrap();
    assert!(kept.attributes().has_delete_horizon());
    assert_eq!((kept.base_timestamp(), kept.max_timestamp()), (5050, 1001));
    let both = [(10, 1000, "a".into(), None), (11, 1001, "b".into(), Some("2".into()))];
    assert_eq!(content(&first), both);
    let again = filtered(&first, &map, &none, 5049);
    assert_eq!(again, first, "it is not set twice");
    let last = filtered(&again, &map, &none, 5050);
    assert_eq!(content(&last), both[1..]);
    assert_eq!(Batch::parse(&last).unwrap().base_timestamp(), 5050);
}

#[test]
pub(crate) fn a_producers_last_batch_stays_empty() {
    let bytes = [
        batch(10, Codec::Gzip, 4, &[("a", Some("1"))]),
        batch(11, Codec::Gzip, 4, &[("a", Some("2")), ("a", None)]),
    ]
    .concat();
    let entry = producer_snapshot::Entry {
        producer_id: 4,
        epoch: -1,
        last_sequence: 8,
        last_offset: 12,
        offset_delta: 1,
        timestamp: 1001,
        coordinator_epoch: -1,
        transaction_first_offset: None,
    };
    let output = filtered(&bytes, &map(&[("a", 50)], 100), &LastBatches::new(&[entry]), 0);
    let kept = Batch::parse(&output).unwrap();
    assert_eq!((output.len(), kept.count(), kept.attributes()), (HEADER_BYTES, 0, Attributes(0)));
    assert_eq!((kept.base_offset(), kept.last_offset(), kept.last_sequence()), (11, 12, 8));
    assert_eq!((kept.max_timestamp(), kept.base_timestamp()), (1001, -1));
    // And an empty one is dropped when another takes its place.
    assert!(filtered(&output, &map(&[("a", 50)], 100), &LastBatches::default(), 0).is_empty());
    // The last batch of all that was gone through stays as well.
    assert_eq!(filtered(&output, &map(&[("a", 50)], 13), &LastBatches::default(), 0), output);
}

fn transactional(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut header = Header::of(&Batch::parse(&bytes).unwrap());
    header.attributes = header.attributes.transactional();
    header.write_to(&mut bytes);
    bytes
}

fn marker(base_offset: i64, producer_id: i64, kind: ControlType) -> Vec<u8> {
    let attributes = Attributes::default().transactional().control();
    let header = Header { base_offset, producer_id, attributes, ..Header::default() };
    let mut builder = BatchBuilder::new(header, Compression::NONE);
    let value = Marker { coordinator_epoch: 3 }.encode();
    let headers = &[(b"h" as &[u8], None)];
    let record =
        NewRecord { timestamp: 1000, key: Some(&kind.key()), value: Some(&value), headers };
    builder.append(&record).unwrap();
    builder.finish().unwrap()
}

#[test]
pub(crate) fn aborted_data_goes_at_once_and_its_marker_in_two_steps_more() {
    let none = LastBatches::default();
    let aborted =
        Aborted { producer_id: 4, first_offset: 10, last_offset: 11, last_stable_offset: 12 };
    let data = transactional(batch(10, Codec::None, 4, &[("a", Some("1"))]));
    let bytes = [data, marker(11, 4, ControlType::Abort)].concat();
    let map = map(&[], 100);
    let mut transactions = Transactions::new(vec![aborted]);
    let first = filtered_with(&bytes, &map, &none, 0, &mut transactions);
    assert_eq!(first, marker(11, 4, ControlType::Abort), "the marker stays for who reads now");
    assert_eq!(transactions.take_kept(), [aborted]);
    let mut transactions = Transactions::new(vec![aborted]);
    let second = filtered_with(&first, &map, &none, 100, &mut transactions);
    let kept = Batch::parse(&second).unwrap();
    assert!(kept.attributes().has_delete_horizon() && kept.attributes().is_control());
    assert_eq!((kept.base_timestamp(), kept.count()), (150, 1));
    assert!(transactions.take_kept().is_empty());
    let third = filtered_with(&second, &map, &none, 149, &mut Transactions::default());
    assert_eq!(third, second);
    assert!(filtered_with(&third, &map, &none, 150, &mut Transactions::default()).is_empty());
}

#[test]
fn committed_data_is_data_and_its_marker_stays_with_it() {
    let none = LastBatches::default();
    let data = transactional(batch(10, Codec::None, 4, &[("a", Some("1"))]));
    let bytes = [data.clone(), marker(11, 4, ControlType::Commit)].concat();
    let stays = filtered(&bytes, &map(&[("a", 10)], 100), &none, 0);
    assert_eq!(stays, bytes);
    // Superseded: the batch was met, so the marker stays once more.
    let first = filtered(&bytes, &map(&[("a", 50)], 100), &none, 0);
    assert_eq!(first, marker(11, 4, ControlType::Commit));
    let second = filtered(&first, &map(&[("a", 50)], 100), &none, 0);
    assert!(Batch::parse(&second).unwrap().attributes().has_delete_horizon());
}
