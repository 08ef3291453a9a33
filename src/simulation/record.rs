//! The records of the workload: each tells where it comes from, and that it is whole.

use shards::compression::Compression;
use shards::format::batch::{Attributes, Batch, Batches, Header, NO_TIMESTAMP};
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::format::records;
use shards::format::validate::BatchInfo;

const HEAD_BYTES: usize = 16;
const RECORDS_BYTES_MAX: usize = 64 << 20;

/// Names a record, for ever: who sent it, in which of its lives, the how-manyth it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RecordId {
    pub producer: u32,
    /// Within one life, records keep their order.
    pub life: u32,
    pub number: u64,
}

impl std::fmt::Display for RecordId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "record {}.{}.{}", self.producer, self.life, self.number)
    }
}

/// What an idempotent producer says of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub first: i32,
}

impl Sequence {
    fn header(self) -> Header {
        let Sequence { producer_id, producer_epoch, first } = self;
        Header { producer_id, producer_epoch, base_sequence: first, ..Header::default() }
    }
}

/// A record in a log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub offset: i64,
    pub id: RecordId,
}

/// A batch of these records, each with a value of `bytes` bytes at least.
pub(super) fn batch(
    ids: &[RecordId],
    bytes: usize,
    sequence: Option<Sequence>,
    compression: Compression,
    timestamp: i64,
) -> Vec<u8> {
    let header = match sequence {
        None => Header::default(),
        Some(sequence) => sequence.header(),
    };
    build(header, ids, bytes, compression, timestamp)
}

/// The same in a transaction.
pub(super) fn transactional_batch(
    ids: &[RecordId],
    bytes: usize,
    sequence: Sequence,
    timestamp: i64,
) -> Vec<u8> {
    let header = Header { attributes: Attributes::default().transactional(), ..sequence.header() };
    build(header, ids, bytes, Compression::NONE, timestamp)
}

fn build(
    header: Header,
    ids: &[RecordId],
    bytes: usize,
    compression: Compression,
    timestamp: i64,
) -> Vec<u8> {
    let mut builder = BatchBuilder::new(header, compression);
    for id in ids {
        let value = value(*id, bytes);
        let record = NewRecord { timestamp, value: Some(&value), ..NewRecord::default() };
        builder.append(&record).expect("records of the workload fit in a batch");
    }
    let mut bytes = builder.finish().expect("records of the workload fit in a batch");
    if let Some(claimed) = ids.first().and_then(|first| claimed_max_timestamp(*first, timestamp)) {
        let batch = Batch::parse(&bytes).expect("a finished batch is whole");
        Header { max_timestamp: claimed, ..Header::of(&batch) }.write_to(&mut bytes);
    }
    bytes
}

/// What some batches say in their header, and is not so. The same each time a batch is sent.
fn claimed_max_timestamp(first: RecordId, timestamp: i64) -> Option<i64> {
    match first.number % 16 {
        3 => Some(NO_TIMESTAMP),
        7 => Some(timestamp - 1),
        11 => Some(timestamp + 100_000),
        _ => None,
    }
}

fn value(id: RecordId, bytes: usize) -> Vec<u8> {
    let mut value = Vec::with_capacity(bytes.max(HEAD_BYTES) + size_of::<u64>());
    value.extend_from_slice(&id.producer.to_be_bytes());
    value.extend_from_slice(&id.life.to_be_bytes());
    value.extend_from_slice(&id.number.to_be_bytes());
    let mut fillers = Fillers::of(id);
    while value.len() < bytes {
        value.extend_from_slice(&fillers.next());
    }
    value.truncate(bytes.max(HEAD_BYTES));
    value
}

/// What fills a record's value: no two records have the same.
struct Fillers(u64);

impl Fillers {
    fn of(id: RecordId) -> Fillers {
        let RecordId { producer, life, number } = id;
        let who = u64::from(producer) << 32 ^ u64::from(life) ^ 0x5851_f42d_4c95_7f2d;
        Fillers(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ who)
    }

    fn next(&mut self) -> [u8; 8] {
        self.0 = self.0.rotate_left(11).wrapping_mul(0xff51_afd7_ed55_8ccd);
        self.0.to_le_bytes()
    }
}

fn identify(value: &[u8]) -> Option<RecordId> {
    let (producer, rest) = value.split_first_chunk()?;
    let (life, rest) = rest.split_first_chunk()?;
    let (number, _) = rest.split_first_chunk()?;
    let id = RecordId {
        producer: u32::from_be_bytes(*producer),
        life: u32::from_be_bytes(*life),
        number: u64::from_be_bytes(*number),
    };
    let mut fillers = Fillers::of(id);
    let (wholes, rest) = value[HEAD_BYTES..].as_chunks::<8>();
    let is_whole = wholes.iter().all(|whole| *whole == fillers.next());
    (is_whole && fillers.next().starts_with(rest)).then_some(id)
}

/// A batch in a log with transactions.
#[derive(Clone, Debug)]
pub(super) struct FoundBatch {
    pub last_offset: i64,
    pub producer_id: i64,
    pub holds: Holds,
}

#[derive(Clone, Debug)]
pub(super) enum Holds {
    Records(Vec<Found>),
    /// The end of a transaction.
    Marker {
        aborted: bool,
    },
}

/// The batches of a fetch's answer; what is wrong with them, if something is.
pub(super) fn read_batches(bytes: &[u8]) -> Result<Vec<FoundBatch>, String> {
    let mut found = Vec::new();
    for batch in Batches::new(bytes) {
        // What the limit of a fetch has cut off.
        let Ok(batch) = batch else { break };
        let holds = match BatchInfo::of(&batch, 0).map(|info| info.transaction_end) {
            Ok(Some(end)) => Holds::Marker { aborted: end.aborted },
            _ => Holds::Records(read(batch.bytes())?),
        };
        let (last_offset, producer_id) = (batch.last_offset(), batch.producer_id());
        found.push(FoundBatch { last_offset, producer_id, holds });
    }
    Ok(found)
}

/// The records of a fetch's answer, from the first batch's first; what is wrong with them, if
/// something is. A last batch may be cut short.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    for batch in Batches::new(bytes) {
        // What the limit of a fetch has cut off.
        let Ok(batch) = batch else { break };
        batch.verify_checksum().map_err(|error| format!("a served batch: {error}"))?;
        let mut scratch = Vec::new();
        let records = records::open(&batch, &mut scratch, RECORDS_BYTES_MAX)
            .map_err(|error| format!("a served batch: {error}"))?;
        let mut newest = NO_TIMESTAMP;
        for record in records {
            let record = record.map_err(|error| format!("a served record: {error}"))?;
            newest = newest.max(record.timestamp(&batch));
            let offset = record.offset(&batch);
            let id = record.value.and_then(identify);
            let id = id.ok_or_else(|| format!("what stands at offset {offset} nobody sent"))?;
            found.push(Found { offset, id });
        }
        if newest != batch.max_timestamp() {
            let (base, claimed) = (batch.base_offset(), batch.max_timestamp());
            return Err(format!("the batch at {base} claims the time {claimed}, not {newest}"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_tell_who_they_are() {
        let id = |number| RecordId { producer: 7, life: 2, number };
        for number in [3, 7, 11] {
            let claimed = batch(&[id(number)], 40, None, Compression::NONE, 5);
            assert!(read(&claimed).unwrap_err().contains("claims the time"), "{number}");
        }
        let bytes = batch(&[id(1), id(2)], 40, None, Compression::NONE, 5);
        let found: Vec<_> = read(&bytes).unwrap().iter().map(|r| (r.offset, r.id)).collect();
        assert_eq!(found, [(0, id(1)), (1, id(2))]);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let id = RecordId { producer: 1, life: 1, number: 1 };
        let mut value = value(id, 100);
        assert_eq!(identify(&value), Some(id));
        value[60] ^= 1;
        assert_eq!(identify(&value), None);
        assert_eq!(identify(b"short"), None);
    }
}
