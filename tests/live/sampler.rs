//! Bodies that the broker can read and whose fields mean harm: names that are there and names that
//! cannot be, counts at their limits, ids of other clients, batches that are damaged.
//!
//! Never: names what the healthy clients use, nor asks for a change of this broker's own settings,
//! which would rightly disturb them.

use codegen::{Field, FieldType, Message};
use support::batch::{self, Sequence};
use support::load::random::Random;

use crate::catalogue::Entry;
use crate::learned::Learned;

/// Topics that hostile clients create, fill, change and delete.
pub(crate) const TOPICS: &[&str] = &["prey-0", "prey-1", "prey-2", "prey-3", "prey.4"];
const ODD_NAMES: &[&str] = &["", ".", "..", "a/b", "\0", "prey 0", "\u{e9}", "../../etc/passwd"];
const GROUPS: &[&str] = &["pack-0", "pack-1", "pack-2", "", "\0"];
const TOPIC_KEYS: &[&str] = &[
    "cleanup.policy",
    "compression.type",
    "max.message.bytes",
    "segment.bytes",
    "segment.ms",
    "segment.index.bytes",
    "index.interval.bytes",
    "retention.ms",
    "retention.bytes",
    "message.timestamp.type",
    "message.timestamp.before.max.ms",
    "message.timestamp.after.max.ms",
    "min.insync.replicas",
    "preallocate",
    "flush.messages",
    "file.delete.delay.ms",
    "no.such.key",
    "",
];
const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "14",
    "100",
    "1048576",
    "2147483647",
    "9223372036854775807",
    "1e3",
    "",
    "true",
    "delete",
    "compact",
    "compact,delete",
    "gzip",
    "zstd",
    "lz4",
    "producer",
    "LogAppendTime",
    "x",
];
/// Elements of an array that is asked to be long.
const MANY: u64 = 3000;

/// A body, and whether it asks for an answer.
pub(crate) struct Sample {
    pub(crate) body: Vec<u8>,
    pub(crate) is_answered: bool,
}

pub(crate) fn sample(
    entry: &Entry,
    version: i16,
    random: &mut Random,
    learned: &Learned,
) -> Sample {
    let message = &entry.request;
    let flexible = message.flexible.contains(version);
    // A hostile one in a few is honest but for its fields; one in many has null where none may be.
    let nulls = random.below(50) == 0;
    let mut sampler = Sampler {
        message,
        key: entry.key,
        version,
        flexible,
        nulls,
        random,
        learned,
        bytes: Vec::new(),
        is_answered: true,
    };
    sampler.fields(&message.name, &message.fields);
    Sample { body: sampler.bytes, is_answered: sampler.is_answered }
}

struct Sampler<'s> {
    message: &'s Message,
    key: i16,
    version: i16,
    flexible: bool,
    nulls: bool,
    random: &'s mut Random,
    learned: &'s Learned,
    bytes: Vec<u8>,
    is_answered: bool,
}

impl<'s> Sampler<'s> {
    fn fields(&mut self, owner: &str, fields: &'s [Field]) {
        let version = self.version;
        let is_tagged =
            |field: &Field| field.tag.is_some_and(|(_, tagged)| tagged.contains(version));
        for field in fields.iter().filter(|field| field.versions.contains(version)) {
            if !is_tagged(field) {
                let nullable = field.nullable.contains(version);
                let null = nullable && self.random.below(4) == 0 || self.nulls && self.one_in(20);
                self.value(owner, field, null);
            }
        }
        if self.flexible {
            self.tagged(owner, fields);
        }
    }

    fn tagged(&mut self, owner: &str, fields: &'s [Field]) {
        let mut written = Vec::new();
        for field in fields {
            let Some((tag, versions)) = field.tag else { continue };
            if versions.contains(self.version) && self.one_in(2) {
                written.push((tag, self.aside(|sampler| sampler.value(owner, field, false))));
            }
        }
        // Tags that nobody knows are to be passed over.
        if self.one_in(10) {
            written.push((9_999, vec![7; self.random.below(200) as usize]));
        }
        written.sort_by_key(|(tag, _)| *tag);
        self.varint(written.len() as u32);
        for (tag, body) in written {
            self.varint(tag);
            self.varint(body.len() as u32);
            self.bytes.extend_from_slice(&body);
        }
    }

    fn aside(&mut self, write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let outer = std::mem::take(&mut self.bytes);
        write(self);
        std::mem::replace(&mut self.bytes, outer)
    }

    fn value(&mut self, owner: &str, field: &'s Field, null: bool) {
        match &field.field_type {
            FieldType::Struct(_) if null => self.bytes.push(0xff),
            FieldType::Struct(name) => {
                if field.nullable.contains(self.version) {
                    self.bytes.push(1);
                }
                self.structure(name, field);
            }
            FieldType::Array(element) => self.array(owner, field, element, null),
            scalar => self.scalar(owner, &field.name, scalar, null),
        }
    }

    fn array(&mut self, owner: &str, field: &'s Field, element: &'s FieldType, null: bool) {
        let count = match self.random.below(200) {
            0 if self.bytes.len() < 1000 => MANY,
            1..20 => 0,
            20..60 => 2 + self.random.below(3),
            _ => 1,
        };
        self.length((!null).then_some(count as usize), 4);
        for _ in 0..if null { 0 } else { count } {
            match element {
                FieldType::Struct(name) => self.structure(name, field),
                scalar => self.scalar(owner, &field.name, scalar, false),
            }
        }
    }

    fn structure(&mut self, name: &'s str, field: &'s Field) {
        let message = self.message;
        let shared = message.structs.iter().find(|shared| shared.name == name);
        match shared {
            Some(shared) => self.fields(name, &shared.fields),
            None if field.fields.is_empty() => {
                let fields = declared(&message.fields, name).unwrap_or_default();
                self.fields(name, fields);
            }
            None => self.fields(name, &field.fields),
        }
    }

    fn scalar(&mut self, owner: &str, name: &str, scalar: &FieldType, null: bool) {
        match scalar {
            FieldType::Bool => {
                let value = self.random.below(2) as u8;
                self.bytes.push(value);
            }
            FieldType::Int8 => {
                let value = self.number(name) as i8;
                self.bytes.push(value as u8);
            }
            FieldType::Int16 | FieldType::Uint16 => {
                let value =
                    self.number(name).clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
                self.is_answered &= !(name == "acks" && value == 0);
                self.bytes.extend_from_slice(&value.to_be_bytes());
            }
            FieldType::Int32 | FieldType::Uint32 => {
                let value =
                    self.number(name).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
                self.bytes.extend_from_slice(&value.to_be_bytes());
            }
            FieldType::Int64 | FieldType::Float64 => {
                let value = self.number(name);
                self.bytes.extend_from_slice(&value.to_be_bytes());
            }
            FieldType::Uuid => {
                let id = self.learned.topic_id(self.random);
                self.bytes.extend_from_slice(&id);
            }
            FieldType::String => {
                let text = self.text(owner, name);
                self.blob(text.as_bytes(), null, 2);
            }
            FieldType::Bytes => {
                let bytes = if name == "records" { self.records() } else { vec![7; 40] };
                self.blob(&bytes, null, 4);
            }
            FieldType::Struct(_) | FieldType::Array(_) => unreachable!("not a scalar"),
        }
    }

    fn number(&mut self, name: &str) -> i64 {
        let usual: &[i64] = match name {
            "acks" => &[1, 1, -1, -1, 0, 7],
            "num_partitions" | "count" => &[1, 2, 3, 0, -1, -2, i64::MIN, i64::MAX],
            "replication_factor" => &[1, 1, -1, 0, 2, i64::MAX],
            "replicas" | "broker_ids" => &[1, 1, 0, 2, -1],
            "session_timeout_ms" => &[100, 500, 2000, 6000, 0, -1, i64::MAX],
            "timeout_ms" | "max_wait_ms" | "rebalance_timeout_ms" | "transaction_timeout_ms" => {
                &[0, 1, -1, 50, 500, 1500]
            }
            "max_bytes" | "partition_max_bytes" | "min_bytes" => {
                &[0, 1, 1000, 1 << 20, 1 << 30, i64::MAX, -1]
            }
            "fetch_offset" | "offset" | "committed_offset" => {
                &[0, 0, 1, 100, -1, i64::MAX, i64::MIN]
            }
            "timestamp" => &[-1, -2, -3, -4, -5, -6, 0, 1_700_000_000_000, i64::MAX],
            "producer_id" | "producer_epoch" => &[-1, 0, 1, 1000, i64::MAX],
            "generation_id" | "session_epoch" | "current_leader_epoch" | "leader_epoch" => {
                &[-1, 0, 1, 2, 3, i64::MAX]
            }
            // The broker itself and its settings are left alone.
            "resource_type" if [33, 44].contains(&self.key) => &[2, 2, 2, 3, 0, 127, -1],
            "resource_type" | "resource_types" => &[2, 2, 4, 8, 16, 32, 0, -1],
            "config_operation" | "upgrade_type" | "election_type" => &[0, 1, 2, 3, 4, -1],
            "isolation_level" | "key_type" | "endpoint_type" => &[0, 1, 2, 3, -1],
            "replica_id" => &[-1, -1, -2, 1, 2, i64::MAX],
            _ => &[0, 1, 2, -1, i64::MIN, i64::MAX],
        };
        match (name, self.learned.number(name)) {
            (_, Some(number)) if self.one_in(2) => number,
            ("session_id", _) => 0,
            _ => usual[self.random.below(usual.len() as u64) as usize],
        }
    }

    fn text(&mut self, owner: &str, name: &str) -> String {
        if self.one_in(60) {
            return "x".repeat([250, 1000, 32_767][self.random.below(3) as usize]);
        }
        let any = |random: &mut Random, from: &[&str]| {
            from[random.below(from.len() as u64) as usize].to_string()
        };
        let learned = self.learned.member_id(self.random);
        let random = &mut *self.random;
        match name {
            "member_id" if random.below(3) > 0 => learned,
            "group_id" | "groups" | "groups_names" | "key" | "coordinator_keys" => {
                any(random, GROUPS)
            }
            "member_id" | "group_instance_id" => any(random, &["", "", "fixed-0", "fixed-1"]),
            "protocol_type" => any(random, &["consumer", "consumer", "connect", ""]),
            "protocol_name" => any(random, &["range", "roundrobin", ""]),
            "transactional_id" => any(random, &["", "own", "\0"]),
            "configuration_keys" => any(random, TOPIC_KEYS),
            "feature" => any(random, &["group.version", "transaction.version", "x", ""]),
            "value" => any(random, VALUES),
            "states_filter" | "types_filter" => any(random, &["Stable", "Empty", "classic", "x"]),
            "name" if owner.contains("Config") => any(random, TOPIC_KEYS),
            "name" if owner.contains("Protocol") => any(random, &["range", "roundrobin", ""]),
            _ if random.below(6) > 0 => any(random, TOPICS),
            _ => any(random, ODD_NAMES),
        }
    }

    /// A batch, sound or not.
    fn records(&mut self) -> Vec<u8> {
        let value = vec![b'v'; self.random.below(3000) as usize];
        let values: Vec<&[u8]> = (0..1 + self.random.below(20)).map(|_| &value[..]).collect();
        let sequence = if self.one_in(2) {
            Sequence::NONE
        } else {
            let producer_id = self.number("producer_id");
            Sequence { producer_id, producer_epoch: 0, first: self.random.below(40) as i32 }
        };
        let mut set = batch::build(&values, sequence, batch::now_ms());
        match self.random.below(8) {
            0 => flip(&mut set, self.random),
            1 => set.truncate(self.random.below(set.len() as u64) as usize),
            2 => {
                // Fields of the head that lie, under a checksum that is right.
                let at = [21, 23, 27, 35, 43, 51, 53, 57][self.random.below(8) as usize];
                set[at..at + 2].copy_from_slice(&[0x7f, self.random.below(256) as u8]);
                let sum = crc32c::crc32c(&set[21..]);
                set[17..21].copy_from_slice(&sum.to_be_bytes());
            }
            3 => set.extend_from_slice(&set.clone()),
            4 => set[16] = self.random.below(5) as u8,
            _ => {}
        }
        set
    }

    fn blob(&mut self, bytes: &[u8], null: bool, width: usize) {
        self.length((!null).then_some(bytes.len()), width);
        if !null {
            self.bytes.extend_from_slice(bytes);
        }
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

    fn one_in(&mut self, count: u64) -> bool {
        self.random.below(count) == 0
    }
}

/// The fields of a struct that an earlier field declared.
fn declared<'m>(fields: &'m [Field], name: &str) -> Option<&'m [Field]> {
    fields.iter().find_map(|field| {
        let declares = field.field_type.struct_name() == Some(name) && !field.fields.is_empty();
        if declares { Some(&field.fields[..]) } else { declared(&field.fields, name) }
    })
}

/// Overwrites a few bytes with those that hurt most.
pub(crate) fn flip(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len() as u64) as usize;
        let any = random.below(256) as u8;
        bytes[at] = [0, 0x7f, 0x80, 0xff, any][random.below(5) as usize];
    }
}
