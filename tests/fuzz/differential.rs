//! The same bytes, read by the crate `kafka-protocol`: another reading of Kafka's definitions.
//!
//! It is never shown what our decoder refused: it reserves memory for any count it reads.

use bolero::check;
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestKind};

use crate::requests::Input;

/// Versions that the crate lists and then refuses to read: OffsetCommit and OffsetFetch by topic
/// ids, InitProducerId with two phases.
const CLAIMED_ONLY: &[(i16, i16)] = &[(8, 10), (9, 10), (22, 6)];

/// Sound requests, where both know the version: it reads them, and writes the same bytes.
#[test]
fn sound_requests_mean_the_same() {
    check!().with_test_time(crate::time()).with_type::<Input>().for_each(|input| {
        assert_agrees(input, &input.sound());
    });
}

/// What is left of a damaged request that can still be read.
#[test]
fn damaged_requests_mean_the_same() {
    check!().with_test_time(crate::time()).with_type::<Input>().for_each(|input| {
        assert_agrees(input, &input.damaged());
    });
}

fn assert_agrees(input: &Input, bytes: &[u8]) {
    let (row, version) = input.row();
    let Ok(api) = ApiKey::try_from(row.key) else { return };
    let known = api.valid_versions();
    let is_known = (known.min..=known.max).contains(&version);
    if !is_known || CLAIMED_ONLY.contains(&(row.key, version)) {
        return;
    }
    // Our own writing of it: in one order of tags, without those that nobody knows.
    let Ok(canonical) = (row.recode)(bytes, version) else { return };
    let name = &row.schema.name;
    let mut rest = Bytes::from(canonical.clone());
    let theirs = RequestKind::decode(api, &mut rest, version)
        .unwrap_or_else(|error| panic!("{name} {version}: {error}: {canonical:02x?}"));
    assert!(rest.is_empty(), "{name} {version}: {} bytes are left", rest.len());
    let mut again = BytesMut::new();
    theirs
        .encode(&mut again, version)
        .unwrap_or_else(|error| panic!("{name} {version}: cannot be written: {error}"));
    assert_eq!(again, canonical, "{name} {version}");
}
