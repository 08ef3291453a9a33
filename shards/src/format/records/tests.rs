use super::*;
use proptest::prelude::*;

type Parts = (i64, i32, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

fn encode(parts: &Parts, output: &mut Vec<u8>) {
    let (timestamp_delta, offset_delta, key, value, headers) = parts;
    let mut encoded = Vec::new();
    for (name, value) in headers {
        put_header(&mut encoded, (name, value.as_deref()));
    }
    let record = Record {
        attributes: 0,
        timestamp_delta: *timestamp_delta,
        offset_delta: *offset_delta,
        key: key.as_deref(),
        value: value.as_deref(),
        headers: encoded_headers(headers.len(), &encoded).unwrap(),
    };
    let before = output.len();
    put_record(output, &record);
    assert_eq!(output.len() - before, record_size(&record));
}

fn owned(record: &Record<'_>) -> Parts {
    let bytes = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
    let headers = record.headers.iter().map(|(key, value)| (key.to_vec(), bytes(value)));
    let (key, value) = (bytes(record.key), bytes(record.value));
    (record.timestamp_delta, record.offset_delta, key, value, headers.collect())
}

fn sample() -> Vec<u8> {
    let mut bytes = Vec::new();
    let headers = vec![(b"h".to_vec(), None), (b"h".to_vec(), Some(vec![1, 2]))];
    encode(&(0, 0, Some(b"key".to_vec()), Some(vec![b'v'; 200]), headers), &mut bytes);
    encode(&(70, 1, None, None, Vec::new()), &mut bytes);
    bytes
}

#[test]
fn a_record_is_encoded_as_documented() {
    let mut bytes = Vec::new();
    encode(&(0, 0, None, Some(b"ab".to_vec()), Vec::new()), &mut bytes);
    assert_eq!(bytes, [16, 0, 0, 0, 1, 4, b'a', b'b', 0]);
    let mut smallest = Vec::new();
    encode(&(0, 0, None, None, Vec::new()), &mut smallest);
    assert_eq!(smallest.len(), RECORD_BYTES_MIN);
}

#[test]
fn every_truncated_prefix_is_refused() {
    let bytes = sample();
    for cut in 0..bytes.len() {
        let last = Records::new(&bytes[..cut], 2).last().unwrap();
        assert!(matches!(last, Err(RecordsError::Record { .. })), "cut at {cut}");
    }
    assert_eq!(Records::new(&bytes, 2).filter(Result::is_ok).count(), 2);
}

#[test]
fn counts_must_match() {
    let bytes = sample();
    let last = |count| Records::new(&bytes, count).last().unwrap();
    assert_eq!(last(1), Err(RecordsError::Remaining { bytes: RECORD_BYTES_MIN + 1 }));
    assert_eq!(last(0), Err(RecordsError::Remaining { bytes: bytes.len() }));
    assert_eq!(last(-3), Err(RecordsError::Count { count: -3 }));
    assert!(matches!(last(3), Err(RecordsError::Record { index: 2, .. })));
    assert!(Records::new(&[], 0).next().is_none());
}

#[test]
fn damaged_records_say_what_is_wrong() {
    let defect = |bytes: &[u8]| Record::read(&mut Reader(bytes)).unwrap_err();
    assert_eq!(defect(&[1]), Defect::Size { size: -1, available: 0 });
    assert_eq!(
        defect(&[0xfe, 0xff, 0xff, 0xff, 0x0f]),
        Defect::Size { size: i32::MAX, available: 0 }
    );
    // Key length 5 where one byte follows.
    assert_eq!(defect(&[10, 0, 0, 0, 10, 0]), Defect::Length { length: 5 });
    // 2^31 headers and a negative number of them.
    let many = [20, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(defect(&many), Defect::Headers { count: i32::MAX, available: 5 });
    assert_eq!(defect(&[12, 0, 0, 0, 1, 1, 1]), Defect::Headers { count: -1, available: 1 });
    assert_eq!(defect(&[14, 0, 0, 0, 1, 1, 0, 9]), Defect::Trailing { bytes: 1 });
}

/// What `glance` sees, next to what `Records` reads of the same bytes.
fn both_ways(bytes: &[u8], count: i32) -> [(Vec<Glance>, Option<RecordsError>); 2] {
    let mut seen = Vec::new();
    let error = glance(bytes, count, |index, it| {
        assert_eq!(index as usize, seen.len());
        seen.push(it);
    })
    .err();
    let mut read = (Vec::new(), None);
    for record in Records::new(bytes, count) {
        match record {
            Ok(Record { timestamp_delta, offset_delta, key, .. }) => {
                read.0.push(Glance { timestamp_delta, offset_delta, has_key: key.is_some() });
            }
            Err(error) => read.1 = Some(error),
        }
    }
    [(seen, error), read]
}

fn some_records() -> impl Strategy<Value = Vec<Parts>> {
    let bytes = || prop::option::of(prop::collection::vec(any::<u8>(), 0..90));
    let header = (prop::collection::vec(any::<u8>(), 0..9), bytes());
    let headers = prop::collection::vec(header, 0..4);
    prop::collection::vec((any::<i64>(), any::<i32>(), bytes(), bytes(), headers), 0..6)
}

proptest! {
    #[test]
    fn a_glance_sees_what_is_read(records in some_records(), cut: usize, count in -1i32..8) {
        let mut bytes = Vec::new();
        for record in &records {
            encode(record, &mut bytes);
        }
        let [seen, read] = both_ways(&bytes, records.len() as i32);
        prop_assert_eq!(seen.1, None);
        prop_assert_eq!(seen, read);
        let cut = cut % (bytes.len() + 1);
        let [seen, read] = both_ways(&bytes[..cut], count);
        prop_assert_eq!(seen, read);
    }

    #[test]
    fn a_glance_at_random_bytes_sees_what_is_read(
        bytes in prop::collection::vec(0u8..40, 0..60),
        count in -1i32..8,
    ) {
        let [seen, read] = both_ways(&bytes, count);
        prop_assert_eq!(seen, read);
    }

    #[test]
    fn round_trip(records in some_records()) {
        let mut bytes = Vec::new();
        for record in &records {
            encode(record, &mut bytes);
        }
        let read: Result<Vec<_>, _> = Records::new(&bytes, records.len() as i32).collect();
        let read: Vec<Parts> = read.unwrap().iter().map(owned).collect();
        prop_assert_eq!(read, records);
    }

    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>, count: i32) {
        for record in Records::new(&bytes, count).flatten() {
            prop_assert_eq!(record.headers.iter().count(), record.headers.len());
        }
    }

    #[test]
    fn damaged_bytes_never_panic(at: usize, byte: u8) {
        let mut bytes = sample();
        let at = at % bytes.len();
        bytes[at] = byte;
        for record in Records::new(&bytes, 2).flatten() {
            prop_assert_eq!(record.headers.iter().count(), record.headers.len());
        }
    }
}
