//! Record batches: what a producer sends, what a segment holds.

use bolero::{TypeGenerator, check};
use shards::format::batch::{self, Batch, Batches};
use shards::format::validate::{Origin, Rules, Scratch, validate, validate_replicated};
use shards::format::{records, search};
use shards::limits;
use support::batch::{Sequence, build};

use crate::input::Damage;

/// A batch, sound or damaged, whose checksum may have been made right again.
#[derive(Debug, TypeGenerator)]
struct Input {
    values: Vec<Vec<u8>>,
    producer_id: i64,
    timestamp: i64,
    damage: Damage,
    is_checksum_right: bool,
}

impl Input {
    fn bytes(&self) -> Vec<u8> {
        let values: Vec<&[u8]> = self.values.iter().map(Vec::as_slice).collect();
        let sequence = Sequence { producer_id: self.producer_id, producer_epoch: 0, first: 0 };
        let mut bytes = build(&values, sequence, self.timestamp);
        self.damage.apply(&mut bytes);
        if self.is_checksum_right
            && let Some((head, checked)) = bytes.split_at_mut_checked(21)
        {
            head[17..].copy_from_slice(&crc32c::crc32c(checked).to_be_bytes());
        }
        bytes
    }
}

/// What passes as a producer's batch can be stamped, split and read record by record.
#[test]
fn produced_batches() {
    check!().with_test_time(crate::time()).with_type::<Input>().for_each(|input| {
        let bytes = input.bytes();
        let rules = Rules::default();
        let mut scratch = Scratch::default();
        let Ok(valid) = validate(&bytes, Origin::Client, &rules, 1 << 40, &mut scratch) else {
            return;
        };
        let stored = valid.rewritten.as_deref().unwrap_or(&bytes);
        let parsed = Batch::parse(stored).expect("what is valid can be read");
        parsed.verify_checksum().expect("what is valid has its checksum");
        let mut memory = Vec::new();
        let records = records::open(&parsed, &mut memory, limits::RECORDS_DECOMPRESSED_BYTES_MAX);
        let read = records.expect("what is valid can be opened").filter(Result::is_ok).count();
        assert_eq!(read as i32, parsed.count());
        assert_eq!(valid.offsets(), i64::from(parsed.last_offset_delta()) + 1);
    });
}

/// What a leader sends and what a segment holds is looked at in many ways; none may panic.
#[test]
fn stored_batches() {
    check!().with_test_time(crate::time()).with_type::<(Input, i64)>().for_each(
        |(input, offset)| {
            let bytes = input.bytes();
            let _refused = validate_replicated(&bytes, *offset);
            let _peeked = batch::Header::peek(&bytes);
            let _size = batch::size_at_front(&bytes);
            let sound = Batches::new(&bytes).map_while(Result::ok);
            let bytes_read: usize = sound.map(|batch| batch.size()).sum();
            assert!(bytes_read <= bytes.len());
            if let Ok(parsed) = Batch::parse(&bytes) {
                let mut memory = Vec::new();
                let limit = limits::RECORDS_DECOMPRESSED_BYTES_MAX;
                if let Ok(records) = records::open(&parsed, &mut memory, limit) {
                    let _count = records.filter(Result::is_ok).count();
                }
                let _found = search::first_at_or_after(&parsed, *offset, 0, &mut memory);
            }
        },
    );
}
