//! Valid bytes of any message at any version, straight from its schema.
//!
//! A second reading of the wire format, independent of the generated code: what is made here is
//! decoded and encoded there, and must come back byte by byte.

use crate::schema::{Field, FieldType, Message};

/// A small deterministic source of numbers (splitmix64).
pub struct Seed(pub u64);

impl Seed {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }
}

/// What the optional parts of a sample look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Every field at the protocol's default.
    Default,
    /// Arrays empty, nullable fields null, no tagged fields.
    Smallest,
    /// Everything is there.
    Full,
    /// As the seed falls.
    Mixed,
}

/// The bytes of a body, in the form that an encoder gives them.
pub fn sample(message: &Message, version: i16, shape: Shape, seed: &mut Seed) -> Vec<u8> {
    assert!(message.versions.contains(version), "{} has no version {version}", message.name);
    let flexible = message.flexible.contains(version);
    let mut sampler = Sampler { message, version, flexible, shape, seed, bytes: Vec::new() };
    sampler.fields(&message.fields);
    sampler.bytes
}

/// Whether the defaults of all fields can be written at this version: a default of null cannot
/// where the version has no null.
pub fn default_is_writable(message: &Message, version: i16) -> bool {
    message.fields.iter().all(|field| {
        let null = field.default.as_deref() == Some("null");
        !null || !field.versions.contains(version) || field.nullable.contains(version)
    })
}

struct Sampler<'s> {
    message: &'s Message,
    version: i16,
    flexible: bool,
    shape: Shape,
    seed: &'s mut Seed,
    bytes: Vec<u8>,
}

impl Sampler<'_> {
    fn fields(&mut self, fields: &[Field]) {
        let version = self.version;
        let in_line = |field: &&Field| {
            let tagged = field.tag.is_some_and(|(_, tagged)| tagged.contains(version));
            field.versions.contains(version) && !tagged
        };
        for field in fields.iter().filter(in_line) {
            let null = field.nullable.contains(version) && self.is_null(field);
            self.value(field, null);
        }
        if self.flexible {
            self.tagged(fields);
        }
    }

    fn is_null(&mut self, field: &Field) -> bool {
        match self.shape {
            Shape::Default => field.default.as_deref() == Some("null"),
            _ => self.optional_is_absent(),
        }
    }

    fn optional_is_absent(&mut self) -> bool {
        match self.shape {
            Shape::Default | Shape::Smallest => true,
            Shape::Full => false,
            Shape::Mixed => self.seed.below(2) == 0,
        }
    }

    fn tagged(&mut self, fields: &[Field]) {
        let mut present: Vec<(u32, &Field)> = fields
            .iter()
            .filter_map(|field| field.tag.map(|(tag, versions)| (tag, versions, field)))
            .filter(|(_, versions, _)| versions.contains(self.version))
            .map(|(tag, _, field)| (tag, field))
            .collect();
        present.retain(|_| !self.optional_is_absent());
        present.sort_by_key(|(tag, _)| *tag);
        self.varint(present.len() as u32);
        for (tag, field) in present {
            let outer = std::mem::take(&mut self.bytes);
            self.value(field, false);
            let body = std::mem::replace(&mut self.bytes, outer);
            self.varint(tag);
            self.varint(body.len() as u32);
            self.bytes.extend_from_slice(&body);
        }
    }

    fn value(&mut self, field: &Field, null: bool) {
        match &field.field_type {
            FieldType::Struct(name) => {
                let nullable = field.nullable.contains(self.version);
                if null {
                    self.bytes.push(0xff);
                    return;
                }
                if nullable {
                    self.bytes.push(1);
                }
                self.structure(name, field);
            }
            FieldType::Array(element) => {
                let count = match self.shape {
                    Shape::Default => 0,
                    Shape::Smallest if field.tag.is_none() => 0,
                    _ => 1 + self.seed.below(3) as usize,
                };
                self.length(if null { None } else { Some(count) }, 4);
                for _ in 0..if null { 0 } else { count } {
                    match &**element {
                        FieldType::Struct(name) => self.structure(name, field),
                        scalar => self.scalar(scalar, false),
                    }
                }
            }
            scalar if self.shape == Shape::Default => self.default_scalar(scalar, field, null),
            scalar => self.scalar(scalar, null),
        }
    }

    fn default_scalar(&mut self, scalar: &FieldType, field: &Field, null: bool) {
        let default = field.default.as_deref().filter(|default| *default != "null");
        let number: i64 = match default {
            Some("true") => 1,
            Some(text) => text.parse().expect("a default is true, null or a number"),
            None => 0,
        };
        let bytes = number.to_be_bytes();
        match scalar {
            FieldType::Bool | FieldType::Int8 => self.bytes.extend_from_slice(&bytes[7..]),
            FieldType::Int16 | FieldType::Uint16 => self.bytes.extend_from_slice(&bytes[6..]),
            FieldType::Int32 | FieldType::Uint32 => self.bytes.extend_from_slice(&bytes[4..]),
            FieldType::Int64 | FieldType::Float64 => self.bytes.extend_from_slice(&bytes),
            FieldType::Uuid => self.bytes.extend_from_slice(&[0; 16]),
            FieldType::String => self.blob(&[], null, 2),
            FieldType::Bytes => self.blob(&[], null, 4),
            FieldType::Struct(_) | FieldType::Array(_) => unreachable!("not a scalar"),
        }
    }

    fn structure(&mut self, name: &str, field: &Field) {
        let message = self.message;
        match message.structs.iter().find(|shared| shared.name == name) {
            Some(shared) => self.fields(&shared.fields),
            None if field.fields.is_empty() => self.fields(inline_struct(&message.fields, name)),
            None => self.fields(&field.fields),
        }
    }

    /// Numbers are never at a default of the protocol, so that tagged fields stay present.
    fn scalar(&mut self, scalar: &FieldType, null: bool) {
        let number = self.seed.number() & 0x3fff_ffff_ffff_ffff | 0x0102_0304_0506_0708;
        let bytes = number.to_be_bytes();
        match scalar {
            FieldType::Bool => self.bytes.push(1),
            FieldType::Int8 => self.bytes.push(bytes[0] & 0x2f | 0x20),
            FieldType::Int16 | FieldType::Uint16 => self.bytes.extend_from_slice(&bytes[..2]),
            FieldType::Int32 | FieldType::Uint32 => self.bytes.extend_from_slice(&bytes[..4]),
            FieldType::Int64 | FieldType::Float64 => self.bytes.extend_from_slice(&bytes),
            FieldType::Uuid => {
                self.bytes.extend_from_slice(&bytes);
                self.bytes.extend_from_slice(&bytes);
            }
            FieldType::String => {
                let text: String = bytes
                    .iter()
                    .map(|byte| char::from(b'a' + byte % 26))
                    .chain(['\u{e9}'])
                    .collect();
                self.blob(text.as_bytes(), null, 2);
            }
            FieldType::Bytes => self.blob(&bytes, null, 4),
            FieldType::Struct(_) | FieldType::Array(_) => unreachable!("not a scalar"),
        }
    }

    fn blob(&mut self, bytes: &[u8], null: bool, width: usize) {
        self.length(if null { None } else { Some(bytes.len()) }, width);
        self.bytes.extend_from_slice(if null { &[] } else { bytes });
    }

    fn length(&mut self, length: Option<usize>, width: usize) {
        if self.flexible {
            self.varint(length.map_or(0, |length| length as u32 + 1));
        } else {
            let plain = length.map_or(-1, |length| length as i32).to_be_bytes();
            self.bytes.extend_from_slice(&plain[4 - width..]);
        }
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

/// The fields of a struct that an earlier field declared.
fn inline_struct<'m>(fields: &'m [Field], name: &str) -> &'m [Field] {
    find_inline(fields, name).unwrap_or_else(|| panic!("struct {name} is declared nowhere"))
}

fn find_inline<'m>(fields: &'m [Field], name: &str) -> Option<&'m [Field]> {
    fields.iter().find_map(|field| {
        let declares = field.field_type.struct_name() == Some(name) && !field.fields.is_empty();
        if declares { Some(&field.fields[..]) } else { find_inline(&field.fields, name) }
    })
}
