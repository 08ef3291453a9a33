//! The records inside a batch, once decompressed.
//!
//! Lives on: any core; records are slices of the batch.
//! Promise: a `Record` that was handed out is whole: its lengths add up to its size, its headers
//! can be walked; after the last record of the count no byte remains.
//! Never: allocates; trusts a count.
//! Read next: builder.rs, validate.rs.
//!
//! ```text
//! size varint | attributes i8 | timestamp delta varint | offset delta varint
//! key length varint (-1 null) | key | value length varint (-1 null) | value
//! header count varint | per header: key length, key, value length (-1 null), value
//! ```

use crate::compression::{self, DecompressError};
use crate::format::batch::{Batch, BatchError, TimestampType};
use crate::format::varint::{self, Reader, VarintError};

/// Bytes of the smallest record: size, attributes, two deltas, null key, null value, no headers.
pub const RECORD_BYTES_MIN: usize = 7;

/// Why a record cannot be read. To blame: whoever made the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    #[error("record {index} is damaged: {defect}")]
    Record { index: usize, defect: Defect },
    #[error("the batch claims {count} records, which is not possible")]
    Count { count: i32 },
    #[error("{bytes} bytes remain after the last record of the batch")]
    Remaining { bytes: usize },
}

/// What is wrong with one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    #[error(transparent)]
    Number(#[from] VarintError),
    #[error("it claims a size of {size} bytes where {available} follow")]
    Size { size: i32, available: usize },
    #[error("a key, value or header has the length {length}")]
    Length { length: i32 },
    #[error("it claims {count} headers in {available} bytes")]
    Headers { count: i32, available: usize },
    #[error("{bytes} bytes of it belong to no field")]
    Trailing { bytes: usize },
}

/// One record. Offset and timestamp are relative to the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub attributes: u8,
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Headers<'a>,
}

/// The headers of a record, already checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headers<'a> {
    count: usize,
    bytes: &'a [u8],
}

/// One header: its key, and its value or null.
pub type Header<'a> = (&'a [u8], Option<&'a [u8]>);

impl<'a> Headers<'a> {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// As encoded, without the count: to be copied into another record.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn iter(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let mut reader = Reader(self.bytes);
        (0..self.count).map_while(move |_| read_header(&mut reader).ok())
    }
}

impl<'a> Record<'a> {
    /// Reads one record from the front of `reader`.
    #[inline]
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Defect> {
        let size = reader.i32()?;
        let available = reader.0.len();
        let mut body = usize::try_from(size)
            .ok()
            .and_then(|size| reader.bytes(size).ok())
            .map(Reader)
            .ok_or(Defect::Size { size, available })?;
        let record = Record {
            attributes: body.byte()?,
            timestamp_delta: body.i64()?,
            offset_delta: body.i32()?,
            key: read_nullable(&mut body)?,
            value: read_nullable(&mut body)?,
            headers: read_headers(&mut body)?,
        };
        match body.0.len() {
            0 => Ok(record),
            bytes => Err(Defect::Trailing { bytes }),
        }
    }

    /// The timestamp in a batch with this base; the batch's own where it is the broker's.
    pub fn timestamp(&self, batch: &Batch<'_>) -> i64 {
        match batch.attributes().timestamp_type() {
            TimestampType::CreateTime => batch.base_timestamp().wrapping_add(self.timestamp_delta),
            TimestampType::LogAppendTime => batch.max_timestamp(),
        }
    }

    pub fn offset(&self, batch: &Batch<'_>) -> i64 {
        batch.base_offset().wrapping_add(i64::from(self.offset_delta))
    }
}

/// The records of a batch, in order. Ends after the count of the batch or with one error.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    reader: Reader<'a>,
    count: i32,
    next: i32,
    failed: bool,
}

impl<'a> Records<'a> {
    /// `bytes` are decompressed; `count` is that of the batch.
    pub fn new(bytes: &'a [u8], count: i32) -> Self {
        Self { reader: Reader(bytes), count, next: 0, failed: false }
    }

    fn end(&self) -> Option<RecordsError> {
        match (self.count, self.reader.0.len()) {
            (count, _) if count < 0 => Some(RecordsError::Count { count }),
            (_, 0) => None,
            (_, bytes) => Some(RecordsError::Remaining { bytes }),
        }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, RecordsError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if self.next >= self.count {
            self.failed = true;
            return self.end().map(Err);
        }
        let index = self.next as usize;
        self.next += 1;
        Some(Record::read(&mut self.reader).map_err(|defect| {
            self.failed = true;
            RecordsError::Record { index, defect }
        }))
    }
}

/// What a check before an append needs of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub has_key: bool,
}

/// Glances at every record of a batch: the same checks as [`Records`], at half the cost: 8.5 ns
/// a record of 100 bytes.
///
/// `see` gets each record's place in the batch.
#[inline]
pub fn glance(
    bytes: &[u8],
    count: i32,
    mut see: impl FnMut(i32, Glance),
) -> Result<(), RecordsError> {
    let mut rest = bytes;
    for index in 0..count {
        if let Some((seen, after)) = glance_at_usual(rest) {
            rest = after;
            see(index, seen);
            continue;
        }
        // Rare shapes and all errors.
        let mut reader = Reader(rest);
        let record = Record::read(&mut reader)
            .map_err(|defect| RecordsError::Record { index: index as usize, defect })?;
        rest = reader.0;
        let Record { timestamp_delta, offset_delta, key, .. } = record;
        see(index, Glance { timestamp_delta, offset_delta, has_key: key.is_some() });
    }
    Records { reader: Reader(rest), count, next: count, failed: false }.end().map_or(Ok(()), Err)
}

/// A whole record without headers whose numbers are short, as most are, and what follows it.
#[inline]
fn glance_at_usual(bytes: &[u8]) -> Option<(Glance, &[u8])> {
    let (size, body_at) = short(bytes, 0)?;
    let end = body_at + usize::try_from(size).ok()?;
    let (timestamp_delta, at) = short(bytes, body_at + 1)?;
    let (offset_delta, at) = short(bytes, at)?;
    let (key, at) = short(bytes, at)?;
    let (value, at) = short(bytes, at + key.max(0) as usize)?;
    let (headers, at) = short(bytes, at + value.max(0) as usize)?;
    let seen =
        Glance { timestamp_delta: i64::from(timestamp_delta), offset_delta, has_key: key >= 0 };
    (headers == 0 && at == end).then_some(())?;
    Some((seen, bytes.get(end..)?))
}

/// A number of at most three bytes at `at`, and where the next one begins.
#[inline]
fn short(bytes: &[u8], at: usize) -> Option<(i32, usize)> {
    let first = u32::from(*bytes.get(at)?);
    let (number, next) = if first < 0x80 {
        (first, at + 1)
    } else {
        let second = u32::from(*bytes.get(at + 1)?);
        if second < 0x80 {
            (first & 0x7f | second << 7, at + 2)
        } else {
            let third = u32::from(*bytes.get(at + 2)?);
            (third < 0x80).then_some(())?;
            (first & 0x7f | (second & 0x7f) << 7 | third << 14, at + 3)
        }
    };
    Some(((number >> 1) as i32 ^ -((number & 1) as i32), next))
}

/// Why the records of a batch cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("a record batch is compressed with the unknown codec {id}")]
    Codec { id: u8 },
    #[error(transparent)]
    Decompress(#[from] DecompressError),
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// The records of a batch, decompressed into `scratch` where needed, to `limit` bytes at most.
pub fn open<'a>(
    batch: &Batch<'a>,
    scratch: &'a mut Vec<u8>,
    limit: usize,
) -> Result<Records<'a>, OpenError> {
    let codec = batch.attributes().codec().map_err(|id| OpenError::Codec { id })?;
    let bytes = match codec {
        compression::Codec::None => batch.records_bytes(),
        codec => {
            scratch.clear();
            compression::decompress(codec, batch.records_bytes(), scratch, limit)?;
            scratch.as_slice()
        }
    };
    Ok(Records::new(bytes, batch.count()))
}

/// Appends one record.
///
/// `headers` are copied as they are encoded; see [`put_header`].
pub fn put_record(output: &mut Vec<u8>, record: &Record<'_>) {
    // Sizes of what the engine encodes stay far below 2^31: `builder` checks them.
    varint::put_i32(output, body_size(record) as i32);
    output.push(record.attributes);
    varint::put_i64(output, record.timestamp_delta);
    varint::put_i32(output, record.offset_delta);
    put_nullable(output, record.key);
    put_nullable(output, record.value);
    varint::put_i32(output, record.headers.count as i32);
    output.extend_from_slice(record.headers.bytes);
}

/// Bytes that `put_record` appends.
pub fn record_size(record: &Record<'_>) -> usize {
    let body = body_size(record);
    body + varint::size_i32(body as i32)
}

/// Appends one header to encoded headers.
pub fn put_header(output: &mut Vec<u8>, (key, value): Header<'_>) {
    put_nullable(output, Some(key));
    put_nullable(output, value);
}

/// Headers encoded by [`put_header`], `count` of them; none if they are not.
pub fn encoded_headers(count: usize, bytes: &[u8]) -> Option<Headers<'_>> {
    let mut reader = Reader(bytes);
    for _ in 0..count {
        read_header(&mut reader).ok()?;
    }
    reader.0.is_empty().then_some(Headers { count, bytes })
}

fn body_size(record: &Record<'_>) -> usize {
    1 + varint::size_i64(record.timestamp_delta)
        + varint::size_i32(record.offset_delta)
        + nullable_size(record.key)
        + nullable_size(record.value)
        + varint::size_i32(record.headers.count as i32)
        + record.headers.bytes.len()
}

fn nullable_size(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint::size_i32(bytes.len() as i32) + bytes.len())
}

fn put_nullable(output: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint::put_i32(output, bytes.map_or(-1, |bytes| bytes.len() as i32));
    output.extend_from_slice(bytes.unwrap_or_default());
}

/// Any negative length is a null, as Kafka reads it.
#[inline]
fn read_nullable<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Defect> {
    let length = reader.i32()?;
    match usize::try_from(length) {
        Err(_negative) => Ok(None),
        Ok(size) => reader.bytes(size).map(Some).map_err(|_| Defect::Length { length }),
    }
}

#[inline]
fn read_headers<'a>(reader: &mut Reader<'a>) -> Result<Headers<'a>, Defect> {
    let available = reader.0.len();
    let count = reader.i32()?;
    if count == 0 {
        return Ok(Headers::default());
    }
    let bytes = reader.0;
    // A header is at least two bytes, so the count bounds itself before the walk.
    let expected = usize::try_from(count).ok().filter(|count| *count <= bytes.len() / 2);
    let expected = expected.ok_or(Defect::Headers { count, available })?;
    for _ in 0..expected {
        read_header(reader)?;
    }
    Ok(Headers { count: expected, bytes: &bytes[..bytes.len() - reader.0.len()] })
}

fn read_header<'a>(reader: &mut Reader<'a>) -> Result<Header<'a>, Defect> {
    let length = reader.i32()?;
    let key = usize::try_from(length).ok().and_then(|length| reader.bytes(length).ok());
    let key = key.ok_or(Defect::Length { length })?;
    Ok((key, read_nullable(reader)?))
}

#[cfg(test)]
mod tests;
