//! Record batches of magic 2, uncompressed, built and taken apart.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::wire::{Reader, Writer};

/// Who sent a batch and where it stands in that producer's sequence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sequence {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub first: i32,
}

impl Sequence {
    /// Of a producer that is not idempotent.
    pub const NONE: Sequence = Sequence { producer_id: -1, producer_epoch: -1, first: -1 };
}

pub fn build(values: &[&[u8]], sequence: Sequence, timestamp_ms: i64) -> Vec<u8> {
    let mut checked = Writer::default();
    checked.i16(0).i32(values.len() as i32 - 1).i64(timestamp_ms).i64(timestamp_ms);
    checked.i64(sequence.producer_id).i16(sequence.producer_epoch).i32(sequence.first);
    checked.i32(values.len() as i32);
    for (delta, value) in values.iter().enumerate() {
        let mut record = Writer::default();
        record.i8(0).varint(0).varint(delta as i64).varint(-1);
        record.varint(value.len() as i64).bytes(value).varint(0);
        checked.varint(record.as_slice().len() as i64).bytes(record.as_slice());
    }
    let checked = checked.into_vec();
    let mut batch = Writer::default();
    batch.i64(0).i32(checked.len() as i32 + 9).i32(0).i8(2);
    batch.bytes(&crc32c::crc32c(&checked).to_be_bytes()).bytes(&checked);
    batch.into_vec()
}

/// The timestamp of a record that is made now. (Producers and records with old timestamps expire.)
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as i64)
}

/// A batch as it stands in a Fetch answer.
pub struct Batch<'a> {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub last_offset_delta: i32,
    pub attributes: i16,
    pub max_timestamp_ms: i64,
    pub sequence: Sequence,
    pub is_control: bool,
    count: i32,
    records: &'a [u8],
}

impl<'a> Batch<'a> {
    /// The number of the codec that its records are compressed with; 0 is none.
    pub fn codec(&self) -> i16 {
        self.attributes & 7
    }

    /// Whether the broker's clock gave the records' time.
    pub fn is_log_append_time(&self) -> bool {
        self.attributes & 8 != 0
    }

    pub fn next_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta) + 1
    }

    /// Each record's offset and value.
    pub fn values(&self) -> io::Result<Vec<(i64, &'a [u8])>> {
        let mut reader = Reader::new(self.records);
        (0..self.count)
            .map(|_| {
                let length = reader.varint()?;
                let mut record = Reader::new(reader.take(length as usize)?);
                record.i8()?;
                record.varint()?;
                let offset = self.base_offset + record.varint()?;
                let key_length = record.varint()?;
                record.take(key_length.max(0) as usize)?;
                let value_length = record.varint()?;
                Ok((offset, record.take(value_length.max(0) as usize)?))
            })
            .collect()
    }
}

/// The whole batches of a record set; what is cut off at its end is left out. Checks each CRC.
pub fn split(mut set: &[u8]) -> io::Result<Vec<Batch<'_>>> {
    let mut batches = Vec::new();
    while let Some(length) = whole_batch_bytes(set) {
        let (batch, rest) = set.split_at(length);
        batches.push(parse(batch)?);
        set = rest;
    }
    Ok(batches)
}

/// The offset after the last whole batch, read from the batches' heads alone.
pub fn next_offset(mut set: &[u8]) -> Option<i64> {
    let mut next = None;
    while let Some(length) = whole_batch_bytes(set) {
        let mut reader = Reader::new(set);
        let base_offset = reader.i64().ok()?;
        reader.take(15).ok()?;
        next = Some(base_offset + i64::from(reader.i32().ok()?) + 1);
        set = &set[length..];
    }
    next
}

fn whole_batch_bytes(set: &[u8]) -> Option<usize> {
    let length = i32::from_be_bytes(set.get(8..12)?.try_into().ok()?) as usize + 12;
    (length >= HEAD_BYTES && length <= set.len()).then_some(length)
}

fn parse(batch: &[u8]) -> io::Result<Batch<'_>> {
    let mut reader = Reader::new(batch);
    let base_offset = reader.i64()?;
    reader.i32()?;
    let leader_epoch = reader.i32()?;
    let magic = reader.i8()?;
    if magic != 2 {
        return Err(io::Error::other(format!("batch of magic {magic} at {base_offset}")));
    }
    let crc = reader.i32()? as u32;
    if crc != crc32c::crc32c(reader.rest()) {
        return Err(io::Error::other(format!("batch at {base_offset} fails its CRC")));
    }
    let attributes = reader.i16()?;
    let last_offset_delta = reader.i32()?;
    reader.i64()?;
    let max_timestamp_ms = reader.i64()?;
    let sequence = Sequence {
        producer_id: reader.i64()?,
        producer_epoch: reader.i16()?,
        first: reader.i32()?,
    };
    let count = reader.i32()?;
    let is_control = attributes & 0x20 != 0;
    let records = reader.rest();
    Ok(Batch {
        base_offset,
        leader_epoch,
        last_offset_delta,
        attributes,
        max_timestamp_ms,
        sequence,
        is_control,
        count,
        records,
    })
}

const HEAD_BYTES: usize = 61;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_back_as_it_was_built() {
        let sequence = Sequence { producer_id: 7, producer_epoch: 1, first: 40 };
        let mut set = build(&[b"one", b"", b"three"], sequence, 1_700_000_000_000);
        set.extend(build(&[b"four"], Sequence::NONE, 0));
        let batches = split(&set).unwrap();
        assert_eq!(batches.len(), 2);
        assert_eq!(batches[0].sequence, sequence);
        assert_eq!(
            batches[0].values().unwrap(),
            [(0, b"one".as_slice()), (1, b"".as_slice()), (2, b"three".as_slice())]
        );
        assert_eq!(batches[1].next_offset(), 1);
        assert_eq!(next_offset(&set[..set.len() - 1]), Some(3));
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut set = build(&[b"value"], Sequence::NONE, 0);
        let last = set.len() - 2;
        set[last] ^= 1;
        assert!(split(&set).is_err());
    }
}
