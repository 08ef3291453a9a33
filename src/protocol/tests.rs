//! Tests over every message and version: bytes made from the schemata, not by this code, are
//! decoded and encoded again.

use codegen::sample::{Seed, Shape, sample};
use codegen::{File, Message as Schema};

use crate::protocol::codec::{DecodeError, EncodeError};
use crate::protocol::generated::recode;
use crate::protocol::message::Message;

mod api_versions_table;

/// Decodes a body that must fill the bytes and encodes it again.
pub(crate) type Recode = fn(&[u8], i16) -> Result<Result<Vec<u8>, EncodeError>, DecodeError>;

pub(crate) fn recode<M: Message>(
    bytes: &[u8],
    version: i16,
) -> Result<Result<Vec<u8>, EncodeError>, DecodeError> {
    M::from_slice(bytes, version).map(|message| message.to_vec(version))
}

/// Calls `check` with the schema, the version and the function of every message.
fn for_every_version(mut check: impl FnMut(&Schema, i16, Recode)) {
    let files = codegen::load();
    let mut count = 0;
    for (stem, index, recode) in recode::ALL {
        let file: &File =
            files.iter().find(|file| file.stem == *stem).expect("generated from a schema");
        let schema = &file.messages[*index];
        for version in schema.versions.first..=schema.versions.last {
            check(schema, version, *recode);
            count += 1;
        }
    }
    assert!(count > 500, "only {count} versions of messages");
}

#[test]
fn samples_of_every_version_come_back_unchanged() {
    let mut seed = Seed(1);
    for_every_version(|schema, version, recode| {
        for shape in [Shape::Smallest, Shape::Full, Shape::Mixed, Shape::Mixed] {
            let bytes = sample(schema, version, shape, &mut seed);
            let again = recode(&bytes, version);
            assert_eq!(again, Ok(Ok(bytes)), "{schema:?} version {version} {shape:?}");
        }
    });
}

#[test]
fn every_prefix_is_refused() {
    let mut seed = Seed(2);
    for_every_version(|schema, version, recode| {
        let bytes = sample(schema, version, Shape::Full, &mut seed);
        for length in 0..bytes.len() {
            let result = recode(&bytes[..length], version);
            assert!(result.is_err(), "{} {version}: {length} bytes are enough", schema.name);
        }
    });
}

#[test]
fn bytes_after_the_message_are_refused() {
    let mut seed = Seed(3);
    for_every_version(|schema, version, recode| {
        let mut bytes = sample(schema, version, Shape::Mixed, &mut seed);
        bytes.push(0);
        assert!(recode(&bytes, version).is_err(), "{} version {version}", schema.name);
    });
}

#[test]
fn versions_outside_the_table_are_refused() {
    for_every_version(|schema, _, recode| {
        let beyond = [schema.versions.first - 1, schema.versions.last + 1, i16::MAX, i16::MIN];
        for version in beyond {
            assert!(recode(&[0; 64], version).is_err(), "{} version {version}", schema.name);
        }
    });
}

/// What decodes, encodes; and what was encoded decodes to the same bytes.
#[test]
fn damaged_and_random_bytes_never_panic() {
    let mut seed = Seed(4);
    for_every_version(|schema, version, recode| {
        for round in 0..40 {
            let mut bytes = if round % 4 == 0 {
                (0..seed.below(200)).map(|_| seed.next() as u8).collect()
            } else {
                sample(schema, version, Shape::Mixed, &mut seed)
            };
            if bytes.is_empty() {
                continue;
            }
            for _ in 0..=seed.below(3) {
                let place = seed.below(bytes.len() as u64) as usize;
                bytes[place] = [0, 0x7f, 0x80, 0xff, seed.next() as u8][seed.below(5) as usize];
            }
            if let Ok(Ok(canonical)) = recode(&bytes, version) {
                let again = recode(&canonical, version);
                assert_eq!(again, Ok(Ok(canonical)), "{} version {version}", schema.name);
            }
        }
    });
}
