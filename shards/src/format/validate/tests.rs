use super::*;
use crate::format::batch::{Attributes, NO_PRODUCER_ID};
use crate::format::builder::{BatchBuilder, NewRecord};
use crate::format::records::Record;
use proptest::prelude::*;

const NOW: i64 = 1_700_000_000_000;

fn record(timestamp: i64) -> NewRecord<'static> {
    NewRecord { timestamp, key: Some(b"key"), value: Some(&[b'v'; 300]), headers: &[] }
}

fn batch_of(header: Header, codec: Codec, records: &[NewRecord<'_>]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(header, Compression::of(codec));
    for record in records {
        builder.append(record).unwrap();
    }
    builder.finish().unwrap()
}

fn produced(codec: Codec) -> Vec<u8> {
    batch_of(Header::default(), codec, &[record(NOW - 5), record(NOW), record(NOW - 9)])
}

fn check(bytes: &[u8], rules: &Rules) -> Result<Validated, ValidationError> {
    validate(bytes, Origin::Client, rules, NOW, &mut Scratch::default())
}

fn refusal(bytes: &[u8]) -> ValidationError {
    check(bytes, &Rules::default()).unwrap_err()
}

fn with_header(bytes: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut header = Header::of(&Batch::parse(&bytes).unwrap());
    change(&mut header);
    header.write_to(&mut bytes);
    bytes
}

/// The bytes as the log would store them at offset 1000.
fn stored(bytes: &[u8], validated: &Validated) -> Vec<u8> {
    let source = validated.rewritten.as_deref().unwrap_or(bytes);
    let mut copy = source[validated.batches[0].range.clone()].to_vec();
    let header = validated.batches[0].stored_header(&copy, 1000, 7);
    copy[..HEADER_BYTES].copy_from_slice(&header);
    Batch::parse(&copy).unwrap().verify_checksum().unwrap();
    copy
}

fn values(stored: &[u8]) -> Vec<(i64, i64, Option<Vec<u8>>)> {
    let batch = Batch::parse(stored).unwrap();
    let mut scratch = Vec::new();
    let records = records::open(&batch, &mut scratch, 1 << 20).unwrap();
    let value = |it: Record<'_>| (it.offset(&batch), it.timestamp(&batch), it.value.map(Vec::from));
    records.map(|it| value(it.unwrap())).collect()
}

#[test]
fn a_good_batch_of_every_codec_passes_as_it_is() {
    for codec in Codec::ALL {
        let bytes = produced(codec);
        let validated = check(&bytes, &Rules::default()).unwrap();
        assert_eq!(validated.rewritten, None);
        assert_eq!(validated.offsets(), 3);
        let info = &validated.batches[0];
        assert_eq!((info.codec, info.range.clone()), (codec, 0..bytes.len()));
        assert_eq!((info.max_timestamp, info.offset_delta_of_max_timestamp), (NOW, 2));
        let stored = stored(&bytes, &validated);
        let offsets: Vec<i64> = values(&stored).iter().map(|value| value.0).collect();
        assert_eq!(offsets, [1000, 1001, 1002]);
        assert_eq!(Batch::parse(&stored).unwrap().leader_epoch(), 7);
    }
}

#[test]
fn batches_are_counted() {
    let bytes = produced(Codec::None);
    assert_eq!(refusal(&[]), ValidationError::Empty);
    for cut in 0..bytes.len() {
        assert_eq!(refusal(&bytes[..cut]), ValidationError::Empty, "cut at {cut}");
    }
    assert_eq!(refusal(&[&bytes[..], &bytes].concat()), ValidationError::MoreThanOneBatch);
    let trailing = [&bytes[..], &bytes[..40]].concat();
    assert_eq!(check(&trailing, &Rules::default()).unwrap().batches[0].range, 0..bytes.len());
    let garbage = [&bytes[..], &[0; 40]].concat();
    assert!(matches!(refusal(&garbage), ValidationError::Batch(BatchError::Length { length: 0 })));
}

#[test]
fn envelope_faults() {
    let bytes = produced(Codec::None);
    let moved = with_header(&bytes, |header| header.base_offset = 3);
    assert_eq!(refusal(&moved), ValidationError::BaseOffset { base_offset: 3 });
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(refusal(&damaged), ValidationError::Batch(BatchError::Checksum { .. })));
    let rules = Rules { batch_bytes_max: bytes.len() - 1, ..Rules::default() };
    let (size, limit) = (bytes.len(), bytes.len() - 1);
    assert_eq!(check(&bytes, &rules), Err(ValidationError::TooLarge { size, limit }));
    let unknown = with_header(&bytes, |header| header.attributes = Attributes(6));
    assert_eq!(refusal(&unknown), ValidationError::Codec { id: 6 });
}

#[test]
fn header_faults() {
    let bytes = produced(Codec::None);
    for (last_offset_delta, count) in [(2, 4), (3, 3), (-1, 0), (2, -3), (i32::MAX, i32::MIN)] {
        let wrong = with_header(&bytes, |header| {
            header.count = count;
            header.last_offset_delta = last_offset_delta;
        });
        assert_eq!(refusal(&wrong), ValidationError::Count { last_offset_delta, count });
    }
    let control = with_header(&bytes, |header| header.attributes = header.attributes.control());
    assert_eq!(refusal(&control), ValidationError::ControlBatch);
    let rules = Rules::default();
    assert!(validate(&control, Origin::Internal, &rules, NOW, &mut Scratch::default()).is_ok());
    let sequence = with_header(&bytes, |header| header.producer_id = 9);
    let expected = ValidationError::Sequence { producer_id: 9, sequence: -1 };
    assert_eq!(refusal(&sequence), expected);
}

#[test]
fn the_count_must_be_that_of_the_records() {
    for codec in Codec::ALL {
        for count in [2, 4, i32::MAX] {
            let wrong = with_header(&produced(codec), |header| {
                header.count = count;
                header.last_offset_delta = count - 1;
            });
            assert!(matches!(refusal(&wrong), ValidationError::Records(_)), "{codec:?} {count}");
        }
    }
}

#[test]
fn producer_fields_are_handed_on() {
    let header =
        Header { producer_id: 5, producer_epoch: 2, base_sequence: 8, ..Header::default() };
    let bytes = batch_of(header, Codec::Lz4, &[record(NOW), record(NOW)]);
    let info = check(&bytes, &Rules::default()).unwrap().batches.remove(0);
    let producer = Producer { id: 5, epoch: 2, base_sequence: 8, last_sequence: 9 };
    assert_eq!((info.producer, info.is_transactional), (Some(producer), false));
    assert!(
        check(&produced(Codec::None), &Rules::default()).unwrap().batches[0].producer.is_none()
    );
    assert_eq!(Header::default().producer_id, NO_PRODUCER_ID);
}

#[test]
fn compacted_topics_need_keys() {
    let rules = Rules { key_required: true, ..Rules::default() };
    let keyless = NewRecord { key: None, ..record(NOW) };
    let bytes = batch_of(Header::default(), Codec::Zstd, &[keyless, record(NOW), keyless]);
    let rejection = |index| Rejection { index, reason: RejectionReason::KeyMissing };
    let rejections = vec![rejection(0), rejection(2)];
    let expected = ValidationError::Rejected { rejections, count: 2, timestamps: false };
    assert_eq!(check(&bytes, &rules), Err(expected));
    assert!(check(&produced(Codec::None), &rules).is_ok());
}

#[test]
fn timestamps_are_bounded() {
    let (before, after) = (1000, 10);
    let bounds = Rules {
        timestamp_before_max_ms: before,
        timestamp_after_max_ms: after,
        ..Rules::default()
    };
    let (oldest, newest) = (NOW - before, NOW + after);
    let times = [oldest, oldest - 1, newest, newest + 1, NO_TIMESTAMP, i64::MIN, i64::MAX];
    let bytes = batch_of(Header::default(), Codec::None, &times.map(record));
    let Err(ValidationError::Rejected { rejections, count, timestamps }) = check(&bytes, &bounds)
    else {
        panic!("timestamps out of bounds were taken");
    };
    assert!(timestamps);
    assert_eq!(rejections.iter().map(|it| it.index).collect::<Vec<_>>(), [1, 3, 5, 6]);
    let reason = RejectionReason::Timestamp { timestamp: oldest - 1, oldest, newest };
    assert_eq!((rejections[0].reason, count), (reason, 4));
    let append_time = Rules { timestamp_type: TimestampType::LogAppendTime, ..bounds };
    let info = check(&bytes, &append_time).unwrap().batches.remove(0);
    assert_eq!((info.timestamp_type, info.max_timestamp), (TimestampType::LogAppendTime, NOW));
}

#[test]
fn refused_records_are_listed_up_to_the_limit() {
    let records = vec![NewRecord { key: None, ..record(NOW) }; limits::RECORD_ERRORS_MAX + 5];
    let bytes = batch_of(Header::default(), Codec::Zstd, &records);
    let rules = Rules { key_required: true, ..Rules::default() };
    let Err(ValidationError::Rejected { rejections, count, .. }) = check(&bytes, &rules) else {
        panic!("records without key were taken");
    };
    assert_eq!(rejections.len(), limits::RECORD_ERRORS_MAX);
    assert_eq!(count, limits::RECORD_ERRORS_MAX + 5);
}

#[test]
fn producers_may_not_set_the_append_time() {
    let attributes = Attributes::default().with_timestamp_type(TimestampType::LogAppendTime);
    let header = Header { attributes, max_timestamp: NOW, ..Header::default() };
    let bytes = batch_of(header, Codec::None, &[record(NOW), record(NOW)]);
    let rules = Rules { timestamp_type: TimestampType::LogAppendTime, ..Rules::default() };
    let Err(ValidationError::Rejected { rejections, .. }) = check(&bytes, &rules) else {
        panic!("append time from a producer was taken");
    };
    assert_eq!(rejections[1], Rejection { index: 1, reason: RejectionReason::TimestampType });
    // A topic of create time takes it, within its bounds, and stores it as create time.
    let info = check(&bytes, &Rules::default()).unwrap().batches.remove(0);
    assert_eq!((info.timestamp_type, info.max_timestamp), (TimestampType::CreateTime, NOW));
}

#[test]
fn append_time_is_stamped() {
    let rules = Rules { timestamp_type: TimestampType::LogAppendTime, ..Rules::default() };
    for codec in Codec::ALL {
        let bytes = produced(codec);
        let validated = check(&bytes, &rules).unwrap();
        let stored = stored(&bytes, &validated);
        assert!(values(&stored).iter().all(|value| value.1 == NOW));
    }
}

#[test]
fn a_wrong_max_timestamp_is_set_right() {
    let bytes = with_header(&produced(Codec::Gzip), |header| header.max_timestamp = 1);
    let validated = check(&bytes, &Rules::default()).unwrap();
    assert_eq!(Batch::parse(&stored(&bytes, &validated)).unwrap().max_timestamp(), NOW);
}

#[test]
fn topics_store_with_their_own_codec() {
    for source in Codec::ALL {
        for target in Codec::ALL {
            let bytes = produced(source);
            let compression = Some(Compression::of(target));
            let rules = Rules { compression, ..Rules::default() };
            let validated = check(&bytes, &rules).unwrap();
            assert_eq!(validated.rewritten.is_some(), source != target);
            let stored = stored(&bytes, &validated);
            assert_eq!(Batch::parse(&stored).unwrap().attributes().codec(), Ok(target));
            let plain = check(&bytes, &Rules::default()).unwrap();
            assert_eq!(values(&stored), values(&self::stored(&bytes, &plain)));
        }
    }
}

#[test]
fn a_batch_that_grows_past_the_limit_is_refused() {
    let bytes = produced(Codec::Zstd);
    let compression = Some(Compression::NONE);
    let rules = Rules { compression, batch_bytes_max: bytes.len(), ..Rules::default() };
    let refused = check(&bytes, &rules).unwrap_err();
    assert!(matches!(refused, ValidationError::TooLarge { size, .. } if size > bytes.len()));
}

#[test]
fn records_numbered_otherwise_are_numbered_anew() {
    for codec in Codec::ALL {
        let mut plain = Vec::new();
        for offset_delta in [0, 0, 5] {
            let (key, value) = (None, Some(b"v" as &[u8]));
            let headers = Default::default();
            let (attributes, timestamp_delta) = (0, 0);
            let record = Record { attributes, timestamp_delta, offset_delta, key, value, headers };
            records::put_record(&mut plain, &record);
        }
        let mut bytes = vec![0; HEADER_BYTES];
        compression::compress(Compression::of(codec), &plain, &mut bytes).unwrap();
        let attributes = Attributes::default().with_codec(codec);
        let timestamps = Header { base_timestamp: NOW, max_timestamp: NOW, ..Header::default() };
        Header { attributes, count: 3, last_offset_delta: 2, ..timestamps }.write_to(&mut bytes);
        let validated = check(&bytes, &Rules::default()).unwrap();
        let stored = stored(&bytes, &validated);
        let offsets: Vec<i64> = values(&stored).iter().map(|value| value.0).collect();
        assert_eq!(offsets, [1000, 1001, 1002]);
    }
}

#[test]
fn damaged_compressed_bytes_are_refused() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let mut bytes = produced(codec);
        bytes.truncate(bytes.len() - 9);
        let header = Header::of(&Batch::parse(&produced(codec)).unwrap());
        header.write_to(&mut bytes);
        let error = refusal(&bytes);
        let damaged = matches!(error, ValidationError::Decompress(_) | ValidationError::Records(_));
        assert!(damaged, "{codec:?}: {error}");
    }
}

#[test]
fn replicated_batches_continue_the_log() {
    let at = |base_offset| with_header(&produced(Codec::None), |it| it.base_offset = base_offset);
    let bytes = [at(10), at(13), at(20)].concat();
    let validated = validate_replicated(&bytes, 10).unwrap();
    let found: Vec<(i64, Range<usize>)> =
        validated.batches.iter().map(|it| (it.base_offset, it.range.clone())).collect();
    let size = bytes.len() / 3;
    assert_eq!(found, [(10, 0..size), (13, size..2 * size), (20, 2 * size..3 * size)]);
    let early = validate_replicated(&bytes, 11).unwrap_err();
    assert_eq!(early, ValidationError::OffsetsNotRising { expected: 11, base: 10, last: 12 });
    let twice = [at(10), at(12)].concat();
    assert!(validate_replicated(&twice, 0).is_err());
    assert_eq!(validate_replicated(&bytes[..size + 30], 0).unwrap().batches.len(), 1);
    let mut damaged = bytes.clone();
    damaged[size + 80] ^= 1;
    assert!(validate_replicated(&damaged, 0).is_err());
}

proptest! {
    #[test]
    fn random_records_never_panic(
        records: Vec<u8>,
        attributes in 0i16..64,
        count in -2i32..20,
    ) {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes.extend(records);
        let attributes = Attributes(attributes);
        let last_offset_delta = count - 1;
        let header = Header { attributes, count, last_offset_delta, ..Header::default() };
        header.write_to(&mut bytes);
        for origin in [Origin::Client, Origin::Internal] {
            let rules = Rules::default();
            if let Ok(validated) = validate(&bytes, origin, &rules, NOW, &mut Scratch::default()) {
                prop_assert_eq!(validated.batches.len(), 1);
                stored(&bytes, &validated);
            }
        }
    }
}
