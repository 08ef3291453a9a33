//! Snappy as Java's xerial library frames it, which is what Kafka's clients write and read; plain
//! snappy, as some other clients write it, is read as well. Streams may follow one another; what is
//! taken for their end is what xerial's reader takes for it.
//!
//! ```text
//! header: 0x82 "SNAPPY" 0x00 | version i32 = 1 | oldest reader i32 = 1
//! block:  length i32 | plain snappy of at most 32 KiB
//! ```

use std::io;

use super::{Codec, DecompressError};

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
const HEADER_BYTES: usize = HEADER.len();
const VERSION_MIN: i32 = 1;
const BLOCK_BYTES: usize = 32 << 10;
/// No snappy element makes more than 64 bytes out of its own, at least 2.
const GROWTH_MAX: usize = 64;

pub(super) fn decompress(
    input: &[u8],
    output: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DecompressError> {
    let header = input.split_first_chunk::<HEADER_BYTES>();
    let Some((_, mut rest)) = header.filter(|(header, _)| header.starts_with(&MAGIC)) else {
        return decompress_plain(input, output, limit);
    };
    let start = output.len();
    // What is too short for a length is not looked at.
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        if MAGIC.starts_with(length) {
            match after_further_header(rest)? {
                Some(blocks) => rest = blocks,
                None => return Ok(()),
            }
            continue;
        }
        let block = usize::try_from(i32::from_be_bytes(*length))
            .ok()
            .and_then(|length| after.split_at_checked(length))
            .ok_or_else(|| damaged("a block is longer than the bytes that follow"))?;
        decompress_plain(block.0, output, limit - (output.len() - start))
            .map_err(|error| with_limit(error, limit))?;
        rest = block.1;
    }
    Ok(())
}

/// What follows the header of a stream behind the first, at the front of `bytes`. It is the end of
/// all where the magic number is not whole.
fn after_further_header(bytes: &[u8]) -> Result<Option<&[u8]>, DecompressError> {
    let (header, blocks) = bytes
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or_else(|| damaged("the header of a further stream is cut off"))?;
    let Some(versions) = header.strip_prefix(&MAGIC) else { return Ok(None) };
    match versions.first_chunk().is_some_and(|version| i32::from_be_bytes(*version) >= VERSION_MIN)
    {
        true => Ok(Some(blocks)),
        false => Err(damaged("a further stream is of an unknown version")),
    }
}

pub(super) fn compress(input: &[u8], output: &mut Vec<u8>) -> Result<(), io::Error> {
    output.extend_from_slice(&HEADER);
    let mut encoder = snap::raw::Encoder::new();
    for block in input.chunks(BLOCK_BYTES) {
        let length_at = output.len();
        let block_at = length_at + 4;
        output.resize(block_at + snap::raw::max_compress_len(block.len()), 0);
        let length = encoder.compress(block, &mut output[block_at..]).map_err(io::Error::other)?;
        output.truncate(block_at + length);
        // A compressed block of 32 KiB stays far below 2^31 bytes.
        output[length_at..block_at].copy_from_slice(&(length as u32).to_be_bytes());
    }
    Ok(())
}

fn decompress_plain(
    input: &[u8],
    output: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DecompressError> {
    let length = snap::raw::decompress_len(input).map_err(|error| damaged(&error.to_string()))?;
    if length > limit {
        return Err(DecompressError::TooLarge { codec: Codec::Snappy, limit });
    }
    if length > input.len().saturating_mul(GROWTH_MAX) {
        return Err(damaged("it claims a length that its bytes cannot make"));
    }
    let start = output.len();
    output.resize(start + length, 0);
    let written = snap::raw::Decoder::new()
        .decompress(input, &mut output[start..])
        .map_err(|error| damaged(&error.to_string()))?;
    output.truncate(start + written);
    Ok(())
}

fn damaged(reason: &str) -> DecompressError {
    DecompressError::Damaged { codec: Codec::Snappy, reason: reason.to_owned() }
}

/// Names the limit of the whole, not what was left of it.
fn with_limit(error: DecompressError, limit: usize) -> DecompressError {
    match error {
        DecompressError::TooLarge { codec, .. } => DecompressError::TooLarge { codec, limit },
        damaged => damaged,
    }
}
