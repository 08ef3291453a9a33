//! CRC-32C of everything the engine writes or checks.
//!
//! Lives on: any core; pure.
//! Promise: the same value as the Castagnoli polynomial in record batches and producer snapshots.
//! Choice: crc-fast over crc32c, measured on the reference machine (AVX-512): 1 KiB 26.5 against
//! 17.0 GB/s, 64 KiB 57.4 against 26.2 GB/s.

use crc_fast::{CrcAlgorithm, Digest};

/// Checksum of one slice.
#[inline]
pub fn crc32c(bytes: &[u8]) -> u32 {
    // A 32-bit algorithm leaves the upper half zero.
    crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes) as u32
}

/// Checksum of several slices read as one.
pub struct Crc32c(Digest);

impl Crc32c {
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc32Iscsi))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(&self) -> u32 {
        self.0.finalize() as u32
    }
}

impl Default for Crc32c {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_value() {
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn pieces_equal_the_whole() {
        let bytes: Vec<u8> = (0..5000u32).map(|number| (number * 7) as u8).collect();
        for cut in [0, 1, 63, 64, 1000, 4999, 5000] {
            let mut checksum = Crc32c::new();
            checksum.update(&bytes[..cut]);
            checksum.update(&bytes[cut..]);
            assert_eq!(checksum.finish(), crc32c(&bytes));
        }
    }
}
