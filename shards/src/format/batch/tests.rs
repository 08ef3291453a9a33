use super::*;
use proptest::prelude::*;

fn sample(records: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES];
    bytes.extend_from_slice(records);
    let header = Header {
        base_offset: 1 << 40,
        leader_epoch: 7,
        attributes: Attributes::default().with_codec(Codec::Zstd).transactional(),
        last_offset_delta: 4,
        base_timestamp: 1_700_000_000_000,
        max_timestamp: 1_700_000_000_100,
        producer_id: 99,
        producer_epoch: 3,
        base_sequence: i32::MAX - 1,
        count: 5,
    };
    header.write_to(&mut bytes);
    bytes
}

#[test]
fn header_round_trip() {
    let bytes = sample(b"the records");
    let batch = Batch::parse(&bytes).unwrap();
    batch.verify_checksum().unwrap();
    assert_eq!(batch.size(), HEADER_BYTES + 11);
    assert_eq!(batch.records_bytes(), b"the records");
    assert_eq!((batch.last_offset(), batch.next_offset()), ((1 << 40) + 4, (1 << 40) + 5));
    assert_eq!(batch.last_sequence(), 2);
    assert_eq!(batch.attributes().codec(), Ok(Codec::Zstd));
    assert!(batch.attributes().is_transactional() && !batch.attributes().is_control());
    let mut again = vec![0; bytes.len()];
    again[HEADER_BYTES..].copy_from_slice(b"the records");
    Header::of(&batch).write_to(&mut again);
    assert_eq!(again, bytes);
}

#[test]
fn every_truncated_prefix_is_refused() {
    let bytes = sample(b"records");
    for cut in 0..bytes.len() {
        let error = Batch::parse(&bytes[..cut]).unwrap_err();
        assert!(matches!(error, BatchError::Truncated { available, .. } if available == cut));
    }
}

#[test]
fn every_flipped_bit_after_the_checksum_is_found() {
    let bytes = sample(b"records");
    for at in ATTRIBUTES_AT..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let error = Batch::parse(&damaged).unwrap().verify_checksum().unwrap_err();
        assert!(matches!(error, BatchError::Checksum { .. }));
    }
}

#[test]
fn impossible_lengths_and_other_magics_are_refused() {
    for length in [i32::MIN, -1, 0, 4, 48, i32::MAX] {
        let mut bytes = sample(b"");
        bytes[LENGTH_AT..LENGTH_AT + 4].copy_from_slice(&length.to_be_bytes());
        assert_eq!(Batch::parse(&bytes).unwrap_err(), BatchError::Length { length });
    }
    for magic in [-1, 0, 1, 3] {
        let mut bytes = sample(b"");
        bytes[MAGIC_AT] = magic as u8;
        assert_eq!(Batch::parse(&bytes).unwrap_err(), BatchError::Magic { magic });
    }
}

#[test]
fn batches_stop_at_the_first_that_is_not_whole() {
    let (first, second) = (sample(b"one"), sample(b"second"));
    let mut bytes = [first.clone(), second.clone()].concat();
    let sizes: Vec<usize> = Batches::new(&bytes).map(|batch| batch.unwrap().size()).collect();
    assert_eq!(sizes, [first.len(), second.len()]);

    bytes.extend_from_slice(&first[..20]);
    let mut batches = Batches::new(&bytes);
    assert!(batches.next().unwrap().is_ok() && batches.next().unwrap().is_ok());
    assert!(matches!(batches.next(), Some(Err(BatchError::Truncated { .. }))));
    assert!(batches.next().is_none());
    assert_eq!(batches.position(), first.len() + second.len());
}

#[test]
fn stamped_headers_have_the_right_checksum() {
    let mut bytes = sample(b"records");
    let before = Batch::parse(&bytes).unwrap().checksum();
    let same = Stamp {
        base_offset: 12,
        leader_epoch: 34,
        timestamp_type: TimestampType::CreateTime,
        max_timestamp: 1_700_000_000_100,
    };
    let header = stamped_header(&bytes, &same);
    bytes[..HEADER_BYTES].copy_from_slice(&header);
    assert_eq!(Batch::parse(&bytes).unwrap().checksum(), before);
    let timestamp_type = TimestampType::LogAppendTime;
    let header = stamped_header(&bytes, &Stamp { timestamp_type, max_timestamp: 56, ..same });
    bytes[..HEADER_BYTES].copy_from_slice(&header);
    let batch = Batch::parse(&bytes).unwrap();
    batch.verify_checksum().unwrap();
    assert_eq!((batch.base_offset(), batch.leader_epoch(), batch.max_timestamp()), (12, 34, 56));
    assert_eq!(batch.attributes().timestamp_type(), TimestampType::LogAppendTime);
    assert_eq!(batch.attributes().codec(), Ok(Codec::Zstd));
}

#[test]
fn sequences_wrap_to_zero() {
    assert_eq!(sequence_plus(5, 3), 8);
    assert_eq!(sequence_plus(i32::MAX, 1), 0);
    assert_eq!(sequence_plus(i32::MAX - 1, 4), 2);
    assert_eq!(sequence_plus(0, -1), i32::MAX);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(mut bytes: Vec<u8>) {
        for batch in Batches::new(&bytes) {
            prop_assert!(batch.is_err() || batch.unwrap().size() >= HEADER_BYTES);
        }
        if bytes.len() > HEADER_BYTES {
            // A header that is right in magic and length, and random elsewhere.
            let length = (bytes.len() - LENGTH_OVERHEAD) as i32;
            bytes[LENGTH_AT..LENGTH_AT + 4].copy_from_slice(&length.to_be_bytes());
            bytes[MAGIC_AT] = MAGIC as u8;
            let batch = Batch::parse(&bytes).unwrap();
            prop_assert!(batch.next_offset() >= batch.last_offset());
            prop_assert!(batch.last_sequence() >= NO_SEQUENCE);
            let shown = format!("{batch:?}");
            prop_assert!(shown.contains("offsets"));
        }
    }
}
