//! Tests over every message and version: bytes made from the schemata, not by this code, are
//! decoded and encoded again.

use bytes::Bytes;
use codegen::sample::{Seed, Shape, default_is_writable, sample};
use codegen::{File, Message as Schema};

use crate::protocol::Reader;
use crate::protocol::codec::{DecodeError, EncodeError};
use crate::protocol::generated::recode;
use crate::protocol::message::Message;

mod api_versions_table;

/// Decodes a body that must fill the bytes and encodes it again.
type Recode = fn(&[u8], i16) -> Result<Result<Vec<u8>, EncodeError>, DecodeError>;

fn recode<M: Message>(
    bytes: &[u8],
    version: i16,
) -> Result<Result<Vec<u8>, EncodeError>, DecodeError> {
    M::from_slice(bytes, version).map(|message| message.to_vec(version))
}

fn begins<M: Message>(bytes: &[u8], version: i16) -> bool {
    let bytes = Bytes::copy_from_slice(bytes);
    M::decode(&mut Reader::new(&bytes), version).is_ok()
}

fn encode_default<M: Message>(version: i16) -> Result<Vec<u8>, EncodeError> {
    M::default().to_vec(version)
}

/// A message for these tests: where its schema is, and functions over its type.
pub(crate) struct Row {
    stem: &'static str,
    /// Of the message in the schema file.
    index: usize,
    recode: Recode,
    begins: fn(&[u8], i16) -> bool,
    encode_default: fn(i16) -> Result<Vec<u8>, EncodeError>,
}

impl Row {
    pub(crate) const fn new<M: Message>(stem: &'static str, index: usize) -> Self {
        let (recode, encode_default) = (recode::<M> as Recode, encode_default::<M>);
        Self { stem, index, recode, begins: begins::<M>, encode_default }
    }

    /// Whether this is the message of that place in the schema file.
    pub(crate) fn is_of(&self, stem: &str, index: usize) -> bool {
        self.stem == stem && self.index == index
    }

    /// Whether the bytes begin with such a message; what is behind a request passes.
    pub(crate) fn begins(&self, bytes: &[u8], version: i16) -> bool {
        (self.begins)(bytes, version)
    }

    /// Whether the bytes are such a message, and no more.
    pub(crate) fn is_readable(&self, bytes: &[u8], version: i16) -> bool {
        (self.recode)(bytes, version).is_ok()
    }
}

/// Calls `check` with the schema, the version and the functions of every message.
fn for_every_row(mut check: impl FnMut(&Schema, i16, &Row)) {
    let files = codegen::load();
    let mut count = 0;
    for row in recode::ALL {
        let file: &File =
            files.iter().find(|file| file.stem == row.stem).expect("generated from a schema");
        let schema = &file.messages[row.index];
        for version in schema.versions.first..=schema.versions.last {
            check(schema, version, row);
            count += 1;
        }
    }
    assert_eq!(count, 732, "versions of messages");
}

fn for_every_version(mut check: impl FnMut(&Schema, i16, Recode)) {
    for_every_row(|schema, version, row| check(schema, version, row.recode));
}

#[test]
fn defaults_are_those_of_the_schemata() {
    for_every_row(|schema, version, row| {
        let encoded = (row.encode_default)(version);
        if !default_is_writable(schema, version) {
            let null = matches!(encoded, Err(EncodeError::NullNotAllowed { .. }));
            assert!(null, "{} version {version}: {encoded:?}", schema.name);
            return;
        }
        let bytes = sample(schema, version, Shape::Default, &mut Seed(0));
        assert_eq!(encoded, Ok(bytes.clone()), "{schema:?} version {version}");
        let again = (row.recode)(&bytes, version);
        assert_eq!(again, Ok(Ok(bytes)), "{schema:?} version {version}");
    });
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
                (0..seed.below(200)).map(|_| seed.number() as u8).collect()
            } else {
                sample(schema, version, Shape::Mixed, &mut seed)
            };
            if bytes.is_empty() {
                continue;
            }
            for _ in 0..=seed.below(3) {
                let place = seed.below(bytes.len() as u64) as usize;
                bytes[place] = [0, 0x7f, 0x80, 0xff, seed.number() as u8][seed.below(5) as usize];
            }
            if let Ok(Ok(canonical)) = recode(&bytes, version) {
                let again = recode(&canonical, version);
                assert_eq!(again, Ok(Ok(canonical)), "{} version {version}", schema.name);
            }
        }
    });
}
