//! The primitive types of the wire, flexible encoding only.
//!
//! Promise: `Reader` never reads past its slice; an answer that ends early is an error.

use std::io;

/// Bytes of a message as they are built.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    pub fn i8(&mut self, value: i8) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub fn i16(&mut self, value: i16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub fn i32(&mut self, value: i32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub fn unsigned_varint(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    /// Zigzag, as the fields of a record are.
    pub fn varint(&mut self, value: i64) -> &mut Self {
        self.unsigned_varint(((value << 1) ^ (value >> 63)) as u64)
    }

    pub fn compact_string(&mut self, text: &str) -> &mut Self {
        self.compact_bytes(text.as_bytes())
    }

    pub fn compact_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.unsigned_varint(bytes.len() as u64 + 1).bytes(bytes)
    }

    pub fn compact_null(&mut self) -> &mut Self {
        self.unsigned_varint(0)
    }

    pub fn compact_count(&mut self, count: usize) -> &mut Self {
        self.unsigned_varint(count as u64 + 1)
    }

    pub fn no_tags(&mut self) -> &mut Self {
        self.unsigned_varint(0)
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes of a message as they are taken apart.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| io::Error::other("the answer ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn i8(&mut self) -> io::Result<i8> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    pub fn i16(&mut self) -> io::Result<i16> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub fn i32(&mut self) -> io::Result<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub fn i64(&mut self) -> io::Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub fn unsigned_varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.array::<1>()?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(io::Error::other("a varint of more than ten bytes"))
    }

    pub fn varint(&mut self) -> io::Result<i64> {
        let value = self.unsigned_varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// None is null.
    pub fn compact_bytes(&mut self) -> io::Result<Option<&'a [u8]>> {
        match self.unsigned_varint()? {
            0 => Ok(None),
            length => self.take(length as usize - 1).map(Some),
        }
    }

    pub fn compact_string(&mut self) -> io::Result<Option<String>> {
        let bytes = self.compact_bytes()?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    }

    pub fn compact_count(&mut self) -> io::Result<usize> {
        Ok(self.unsigned_varint()?.saturating_sub(1) as usize)
    }

    pub fn skip_tags(&mut self) -> io::Result<()> {
        for _ in 0..self.unsigned_varint()? {
            self.unsigned_varint()?;
            let length = self.unsigned_varint()?;
            self.take(length as usize)?;
        }
        Ok(())
    }

    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
