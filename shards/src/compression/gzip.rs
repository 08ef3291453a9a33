//! Gzip as Java reads it: members one after the other; what follows the last one and does not begin
//! as a member is left out, as are the reserved flags of a header.
//!
//! ```text
//! member: 0x1f 0x8b | method u8 = 8 | flags u8 | time u32 | extra flags u8 | system u8
//!         [extra: length u16, bytes] [name, 0] [comment, 0] [checksum of the header u16]
//!         deflated bytes | CRC-32 u32 | length u32, both of what they make
//! ```

use std::io::{self, Write};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{Codec, DecompressError, read_capped};

const MAGIC_AND_METHOD: [u8; 3] = [0x1f, 0x8b, 8];
const FIXED_BYTES: usize = 10;
const TRAILER_BYTES: usize = 8;
/// Less than this behind a member is not looked at: an empty member is longer.
const NEXT_MEMBER_BYTES_MIN: usize = 19;

const HAS_CHECKSUM: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;

pub(super) fn decompress(
    input: &[u8],
    output: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DecompressError> {
    let start = output.len();
    let deflated = after_header(input).ok_or_else(|| damaged("it has no sound header"))?;
    // One for all members: a small one must not cost a decoder.
    let mut decoder = DeflateDecoder::new(deflated);
    loop {
        let from = output.len();
        let left = limit - (from - start);
        read_capped(&mut decoder, output, left).map_err(|error| damaged(&error.to_string()))?;
        if output.len() - from > left {
            return Err(DecompressError::TooLarge { codec: Codec::Gzip, limit });
        }
        let (trailer, rest) = decoder
            .get_ref()
            .split_first_chunk::<TRAILER_BYTES>()
            .ok_or_else(|| damaged("it ends inside a member"))?;
        if *trailer != trailer_of(&output[from..]) {
            return Err(damaged("a member does not have its checksum or length"));
        }
        let next = Some(rest).filter(|rest| rest.len() >= NEXT_MEMBER_BYTES_MIN);
        match next.and_then(after_header) {
            Some(next) => drop(decoder.reset(next)),
            None => return Ok(()),
        }
    }
}

pub(super) fn compress(level: i32, input: &[u8], output: &mut Vec<u8>) -> Result<(), io::Error> {
    let level = u32::try_from(level).map_or_else(
        |_negative| flate2::Compression::default(),
        |level| flate2::Compression::new(level.min(9)),
    );
    let mut gzip = flate2::write::GzEncoder::new(output, level);
    gzip.write_all(input)?;
    gzip.finish().map(drop)
}

/// What follows the header at the front, if there is a sound one.
fn after_header(input: &[u8]) -> Option<&[u8]> {
    let (fixed, mut rest) = input.split_first_chunk::<FIXED_BYTES>()?;
    if !fixed.starts_with(&MAGIC_AND_METHOD) {
        return None;
    }
    let flags = fixed[3];
    if flags & HAS_EXTRA != 0 {
        let (length, extra) = rest.split_first_chunk()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for has_text in [HAS_NAME, HAS_COMMENT] {
        if flags & has_text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HAS_CHECKSUM != 0 {
        let header = &input[..input.len() - rest.len()];
        let (stored, after) = rest.split_first_chunk()?;
        if u32::from(u16::from_le_bytes(*stored)) != sum_of(header).sum() & 0xffff {
            return None;
        }
        rest = after;
    }
    Some(rest)
}

fn trailer_of(made: &[u8]) -> [u8; TRAILER_BYTES] {
    let crc = sum_of(made);
    // The length is that modulo 2^32.
    let trailer = u64::from(crc.sum()) | u64::from(crc.amount()) << 32;
    trailer.to_le_bytes()
}

fn sum_of(bytes: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc
}

fn damaged(reason: &str) -> DecompressError {
    DecompressError::Damaged { codec: Codec::Gzip, reason: reason.to_owned() }
}
