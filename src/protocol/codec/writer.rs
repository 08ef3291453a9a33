//! Writes the primitives of the protocol to the end of a vector.
//!
//! Promise: what it wrote, `Reader` reads back. Never: truncates a length in silence.

use uuid::Uuid;

use super::{EncodeError, STRING_BYTES_MAX};

/// Appends to a vector that the caller may take back at any time.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    flexible: bool,
}

impl From<Vec<u8>> for Writer {
    /// Appends to what is there.
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, flexible: false }
    }
}

/// The value of a field that may be null in other versions only.
pub fn required<'v, T: ?Sized>(
    value: Option<&'v T>,
    field: &'static str,
) -> Result<&'v T, EncodeError> {
    value.ok_or(EncodeError::NullNotAllowed { field })
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_capacity(capacity: usize) -> Self {
        Self::from(Vec::with_capacity(capacity))
    }

    pub fn into_vec(self) -> Vec<u8> {
        self.bytes
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// From here on lengths are compact and structs end with tagged fields (or not).
    pub fn set_flexible(&mut self, flexible: bool) {
        self.flexible = flexible;
    }

    pub fn is_flexible(&self) -> bool {
        self.flexible
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Overwrites four bytes written before, for a length known only now.
    pub fn set_i32_at(&mut self, position: usize, value: i32) {
        self.bytes[position..position + 4].copy_from_slice(&value.to_be_bytes());
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    pub fn i8(&mut self, value: i8) {
        self.raw(&value.to_be_bytes());
    }

    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub fn i16(&mut self, value: i16) {
        self.raw(&value.to_be_bytes());
    }

    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i32(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    pub fn f64(&mut self, value: f64) {
        self.raw(&value.to_be_bytes());
    }

    pub fn uuid(&mut self, value: Uuid) {
        self.raw(value.as_bytes());
    }

    pub fn unsigned_varint(&mut self, value: u32) {
        self.varint_bits(u64::from(value));
    }

    /// Zigzag-coded.
    pub fn varint(&mut self, value: i32) {
        self.varint_bits(u64::from(((value << 1) ^ (value >> 31)) as u32));
    }

    /// Zigzag-coded.
    pub fn varlong(&mut self, value: i64) {
        self.varint_bits(((value << 1) ^ (value >> 63)) as u64);
    }

    fn varint_bits(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub fn string(&mut self, value: &str) -> Result<(), EncodeError> {
        self.nullable_string(Some(value))
    }

    pub fn nullable_string(&mut self, value: Option<&str>) -> Result<(), EncodeError> {
        let length = value.map(str::len);
        if let Some(length) = length.filter(|length| *length > STRING_BYTES_MAX) {
            return Err(EncodeError::TooLong { length });
        }
        if self.flexible {
            self.compact_length(length)?;
        } else {
            self.plain_length_i16(length)?;
        }
        self.raw(value.unwrap_or_default().as_bytes());
        Ok(())
    }

    pub fn bytes(&mut self, value: &[u8]) -> Result<(), EncodeError> {
        self.nullable_bytes(Some(value))
    }

    pub fn nullable_bytes(&mut self, value: Option<&[u8]>) -> Result<(), EncodeError> {
        self.array_length(value.map(<[u8]>::len))?;
        self.raw(value.unwrap_or_default());
        Ok(())
    }

    /// The length in front of an array or of bytes; `None` is null.
    pub fn array_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        if self.flexible { self.compact_length(length) } else { self.plain_length_i32(length) }
    }

    pub fn array<T>(
        &mut self,
        elements: &[T],
        element: impl FnMut(&mut Self, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.nullable_array(Some(elements), element)
    }

    pub fn nullable_array<T>(
        &mut self,
        elements: Option<&[T]>,
        mut element: impl FnMut(&mut Self, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.array_length(elements.map(<[T]>::len))?;
        elements.unwrap_or_default().iter().try_for_each(|item| element(self, item))
    }

    /// A struct behind one byte: negative for null.
    pub fn nullable_struct<T>(
        &mut self,
        value: Option<&T>,
        body: impl FnOnce(&mut Self, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        match value {
            None => {
                self.i8(-1);
                Ok(())
            }
            Some(value) => {
                self.i8(1);
                body(self, value)
            }
        }
    }

    /// One tagged field: tag, size, and what `body` writes.
    pub fn tagged_field(
        &mut self,
        tag: u32,
        body: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.unsigned_varint(tag);
        let start = self.bytes.len();
        body(self)?;
        let length = self.bytes.len() - start;
        let size = u32::try_from(length).map_err(|_| EncodeError::TooLong { length })?;
        self.unsigned_varint(size);
        let prefix = self.bytes.len() - start - length;
        self.bytes[start..].rotate_right(prefix);
        Ok(())
    }

    pub fn no_tagged_fields(&mut self) {
        self.unsigned_varint(0);
    }

    fn compact_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let plus_one = match length {
            None => 0,
            Some(length) => i32::try_from(length.saturating_add(1))
                .map_err(|_| EncodeError::TooLong { length })?,
        };
        self.unsigned_varint(plus_one as u32);
        Ok(())
    }

    pub fn plain_length_i16(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let value = match length {
            None => -1,
            Some(length) => i16::try_from(length).map_err(|_| EncodeError::TooLong { length })?,
        };
        self.i16(value);
        Ok(())
    }

    pub fn plain_length_i32(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let value = match length {
            None => -1,
            Some(length) => i32::try_from(length).map_err(|_| EncodeError::TooLong { length })?,
        };
        self.i32(value);
        Ok(())
    }
}
