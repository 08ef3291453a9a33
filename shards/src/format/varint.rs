//! Zigzag varints as records carry them: at most 5 bytes for 32 bits, 10 for 64.
//!
//! Lives on: any core; pure.
//! Promise: `Reader` never reads past its slice; an overlong varint is an error, as for Kafka.

/// Bytes of the longest varint.
pub const BYTES_MAX: usize = 10;

/// The bytes ended too early, or a varint had no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VarintError {
    #[error("the bytes end inside a number")]
    Truncated,
    #[error("a number is longer than its type allows")]
    Overlong,
}

/// A slice that is eaten from the front.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    pub fn byte(&mut self) -> Result<u8, VarintError> {
        let (&byte, rest) = self.0.split_first().ok_or(VarintError::Truncated)?;
        self.0 = rest;
        Ok(byte)
    }

    /// The next `length` bytes; none if they are not there.
    #[inline]
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], VarintError> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(VarintError::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    #[inline]
    pub fn i32(&mut self) -> Result<i32, VarintError> {
        let number = self.unsigned::<5>()? as u32;
        Ok((number >> 1) as i32 ^ -((number & 1) as i32))
    }

    #[inline]
    pub fn i64(&mut self) -> Result<i64, VarintError> {
        let number = self.unsigned::<10>()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    #[inline]
    fn unsigned<const BYTES: usize>(&mut self) -> Result<u64, VarintError> {
        // Nearly every number in a record fits one or two bytes.
        match *self.0 {
            [first, ref rest @ ..] if first < 0x80 => {
                self.0 = rest;
                Ok(u64::from(first))
            }
            [first, second, ref rest @ ..] if second < 0x80 => {
                self.0 = rest;
                Ok(u64::from(first & 0x7f) | u64::from(second) << 7)
            }
            _ => self.unsigned_long::<BYTES>(),
        }
    }

    fn unsigned_long<const BYTES: usize>(&mut self) -> Result<u64, VarintError> {
        let mut number = 0u64;
        for index in 0..BYTES {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(VarintError::Overlong)
    }
}

pub fn put_i32(output: &mut Vec<u8>, number: i32) {
    put_unsigned(output, u64::from((number << 1 ^ number >> 31) as u32));
}

pub fn put_i64(output: &mut Vec<u8>, number: i64) {
    put_unsigned(output, (number << 1 ^ number >> 63) as u64);
}

/// Bytes that `put_i32` writes.
pub fn size_i32(number: i32) -> usize {
    size_unsigned(u64::from((number << 1 ^ number >> 31) as u32))
}

/// Bytes that `put_i64` writes.
pub fn size_i64(number: i64) -> usize {
    size_unsigned((number << 1 ^ number >> 63) as u64)
}

fn put_unsigned(output: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        output.push(number as u8 | 0x80);
        number >>= 7;
    }
    output.push(number as u8);
}

fn size_unsigned(number: u64) -> usize {
    let bits = 64 - (number | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_encodings() {
        let cases: [(i64, &[u8]); 6] = [
            (0, &[0]),
            (-1, &[1]),
            (1, &[2]),
            (-64, &[0x7f]),
            (64, &[0x80, 0x01]),
            (300, &[0xd8, 0x04]),
        ];
        for (number, encoded) in cases {
            let mut output = Vec::new();
            put_i64(&mut output, number);
            assert_eq!(output, encoded, "{number}");
            assert_eq!(Reader(encoded).i64(), Ok(number));
            assert_eq!(Reader(encoded).i32(), Ok(number as i32));
        }
    }

    #[test]
    fn overlong_numbers_are_refused() {
        assert_eq!(Reader(&[0xff; 5]).i32(), Err(VarintError::Overlong));
        assert_eq!(Reader(&[0xff; 10]).i64(), Err(VarintError::Overlong));
        assert_eq!(Reader(&[0xff; 4]).i32(), Err(VarintError::Truncated));
        assert_eq!(Reader(&[]).i32(), Err(VarintError::Truncated));
    }

    proptest! {
        #[test]
        fn round_trip(number: i64) {
            let mut output = Vec::new();
            put_i64(&mut output, number);
            prop_assert_eq!(output.len(), size_i64(number));
            let mut reader = Reader(&output);
            prop_assert_eq!(reader.i64(), Ok(number));
            prop_assert!(reader.0.is_empty());
            for cut in 0..output.len() {
                prop_assert_eq!(Reader(&output[..cut]).i64(), Err(VarintError::Truncated));
            }
        }

        #[test]
        fn round_trip_of_32_bits(number: i32) {
            let mut output = Vec::new();
            put_i32(&mut output, number);
            prop_assert_eq!(output.len(), size_i32(number));
            prop_assert_eq!(Reader(&output).i32(), Ok(number));
        }

        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while reader.i64().is_ok() {}
            let mut reader = Reader(&bytes);
            while reader.i32().is_ok() {}
        }
    }
}
