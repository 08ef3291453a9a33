//! Reads the primitives of the protocol from a slice that a peer controls.
//!
//! Promise: every method either advances past one well-formed value or returns a typed error
//! with the position. Never: panics, or reserves memory for elements whose bytes are not there.
//! Limits: DECODED_ELEMENT_BYTES_MAX for the elements of all arrays of one message.

use std::borrow::Cow;

use bytes::Bytes;
use uuid::Uuid;

use super::{DecodeCause, DecodeError, STRING_BYTES_MAX, text};

/// Memory that the elements of all arrays of one message may take. Small wire elements become
/// larger structs, so that a bound on the frame alone does not bound the memory.
pub const DECODED_ELEMENT_BYTES_MAX: usize = 256 << 20;

/// Reserved at most ahead of the elements of one array; more is taken as they are decoded.
const RESERVED_BYTES_MAX: usize = 64 << 10;

/// A cursor over the bytes of one message.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Where `bytes` come from, if byte fields may share it instead of copying.
    shared: Option<&'a Bytes>,
    flexible: bool,
    element_budget: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            shared: None,
            flexible: false,
            element_budget: DECODED_ELEMENT_BYTES_MAX,
        }
    }

    /// Byte fields decoded from this reader share `bytes` (and keep all of it alive).
    pub fn sharing(bytes: &'a Bytes) -> Self {
        Self { shared: Some(bytes), ..Self::new(bytes) }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// The bytes that are not read yet.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// From here on lengths are compact and structs end with tagged fields (or not).
    pub fn set_flexible(&mut self, flexible: bool) {
        self.flexible = flexible;
    }

    pub fn is_flexible(&self) -> bool {
        self.flexible
    }

    /// Refuses bytes that follow the message.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            trailing => Err(self.error(DecodeCause::TrailingBytes(trailing))),
        }
    }

    /// An error at the current position.
    pub fn error(&self, cause: DecodeCause) -> DecodeError {
        DecodeError { offset: self.position, cause }
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let rest = self.rest();
        let Some(taken) = rest.get(..length) else {
            let remaining = rest.len();
            return Err(self.error(DecodeCause::Truncated { wanted: length, remaining }));
        };
        self.position += length;
        Ok(taken)
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some(taken) = self.rest().first_chunk::<N>() else {
            let remaining = self.remaining();
            return Err(self.error(DecodeCause::Truncated { wanted: N, remaining }));
        };
        self.position += N;
        Ok(*taken)
    }

    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.i8()? != 0)
    }

    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        self.take_array().map(i8::from_be_bytes)
    }

    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.take_array().map(u8::from_be_bytes)
    }

    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        self.take_array().map(i16::from_be_bytes)
    }

    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.take_array().map(u16::from_be_bytes)
    }

    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        self.take_array().map(i32::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.take_array().map(u32::from_be_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        self.take_array().map(i64::from_be_bytes)
    }

    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        self.take_array().map(f64::from_be_bytes)
    }

    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        self.take_array().map(Uuid::from_bytes)
    }

    /// Seven bits a byte, least significant first; at most five bytes.
    pub fn unsigned_varint(&mut self) -> Result<u32, DecodeError> {
        let start = self.position;
        let value = self.varint_bits(5)?;
        u32::try_from(value)
            .map_err(|_| DecodeError { offset: start, cause: DecodeCause::VarintTooLong(5) })
    }

    /// A zigzag-coded 32-bit integer.
    pub fn varint(&mut self) -> Result<i32, DecodeError> {
        let value = self.unsigned_varint()?;
        Ok((value >> 1) as i32 ^ -((value & 1) as i32))
    }

    /// A zigzag-coded 64-bit integer.
    pub fn varlong(&mut self) -> Result<i64, DecodeError> {
        let value = self.varint_bits(10)?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn varint_bits(&mut self, length_max: usize) -> Result<u64, DecodeError> {
        let start = self.position;
        let mut value = 0_u64;
        for index in 0..length_max {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError { offset: start, cause: DecodeCause::VarintTooLong(length_max) })
    }

    pub fn string(&mut self) -> Result<String, DecodeError> {
        self.str().map(Cow::into_owned)
    }

    pub fn nullable_string(&mut self) -> Result<Option<String>, DecodeError> {
        Ok(self.nullable_str()?.map(Cow::into_owned))
    }

    /// A string, borrowed from the input where it is UTF-8.
    pub fn str(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let start = self.position;
        self.nullable_str()?.ok_or(unexpected_null(start))
    }

    pub fn nullable_str(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        let start = self.position;
        let length = if self.flexible { self.compact_length()? } else { self.plain_length_i16()? };
        let Some(length) = length else { return Ok(None) };
        let too_long =
            |length| Err(DecodeError { offset: start, cause: DecodeCause::StringTooLong(length) });
        // Also where the format could count more, as in Kafka: what is taken can be given again.
        if length > STRING_BYTES_MAX {
            return too_long(length);
        }
        let text = text::read(self.take(length)?);
        if text.len() > STRING_BYTES_MAX {
            return too_long(text.len());
        }
        Ok(Some(text))
    }

    pub fn bytes(&mut self) -> Result<Bytes, DecodeError> {
        let start = self.position;
        self.nullable_bytes()?.ok_or(unexpected_null(start))
    }

    pub fn nullable_bytes(&mut self) -> Result<Option<Bytes>, DecodeError> {
        let taken = self.nullable_byte_slice()?;
        Ok(taken.map(|slice| match self.shared {
            Some(shared) => shared.slice_ref(slice),
            None => Bytes::copy_from_slice(slice),
        }))
    }

    /// Bytes borrowed from the input.
    pub fn nullable_byte_slice(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let length = if self.flexible { self.compact_length()? } else { self.plain_length_i32()? };
        length.map(|length| self.take(length)).transpose()
    }

    /// The number of elements that follow; never more than there are bytes left.
    pub fn array_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let start = self.position;
        let count = if self.flexible { self.compact_length()? } else { self.plain_length_i32()? };
        let remaining = self.remaining();
        match count {
            Some(count) if count > remaining => Err(DecodeError {
                offset: start,
                cause: DecodeCause::CountTooLarge { count, remaining },
            }),
            count => Ok(count),
        }
    }

    pub fn array<T>(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let start = self.position;
        self.nullable_array(element)?.ok_or(unexpected_null(start))
    }

    pub fn nullable_array<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let Some(count) = self.array_length()? else { return Ok(None) };
        let element_bytes = size_of::<T>().max(1);
        self.charge(count.saturating_mul(element_bytes))?;
        let mut elements = Vec::with_capacity(count.min(RESERVED_BYTES_MAX / element_bytes));
        for _ in 0..count {
            elements.push(element(self)?);
        }
        Ok(Some(elements))
    }

    fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        match self.element_budget.checked_sub(bytes) {
            Some(left) => {
                self.element_budget = left;
                Ok(())
            }
            None => {
                let limit = DECODED_ELEMENT_BYTES_MAX;
                Err(self.error(DecodeCause::MemoryLimit { limit }))
            }
        }
    }

    /// A struct behind one byte: negative for null.
    pub fn nullable_struct<T>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if self.i8()? < 0 { Ok(None) } else { body(self).map(Some) }
    }

    /// Hands each tagged field to `field`, limited to the bytes of that field. `field` answers
    /// whether it knows the tag; the bytes of an unknown one are skipped.
    pub fn tagged_fields(
        &mut self,
        mut field: impl FnMut(&mut Self, u32) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        let count = self.unsigned_varint()?;
        for _ in 0..count {
            let tag = self.unsigned_varint()?;
            let size = self.unsigned_varint()? as usize;
            let start = self.position;
            if size > self.remaining() {
                return Err(self.error(DecodeCause::TaggedFieldSize { tag, size }));
            }
            let end = start + size;
            let all = self.bytes;
            self.bytes = &all[..end];
            self.position = start;
            let known = field(self, tag)?;
            self.bytes = all;
            if known && self.position != end {
                return Err(self.error(DecodeCause::TaggedFieldSize { tag, size }));
            }
            self.position = end;
        }
        Ok(())
    }

    pub fn skip_tagged_fields(&mut self) -> Result<(), DecodeError> {
        self.tagged_fields(|_, _| Ok(false))
    }

    /// Null is 0, otherwise the length plus one.
    fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok((self.unsigned_varint()? as usize).checked_sub(1))
    }

    /// Null is -1; as in Kafka, any negative length is read as null.
    pub fn plain_length_i16(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(usize::try_from(self.i16()?).ok())
    }

    /// Null is -1; as in Kafka, any negative length is read as null.
    pub fn plain_length_i32(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(usize::try_from(self.i32()?).ok())
    }
}

fn unexpected_null(offset: usize) -> DecodeError {
    DecodeError { offset, cause: DecodeCause::UnexpectedNull }
}
