//! LZ4 frames as Kafka's Java clients read them.
//!
//! Those read one frame, of independent blocks, up to its end mark, and check the header's and the
//! blocks' checksums; the content's size and checksum they step over, and what follows the end mark
//! they never see. A frame that they cannot read would stop each of them for good, so it is refused
//! here: linked blocks, a dictionary, no end mark, a block that breaks the format's rules.
//!
//! ```text
//! magic u32 | flags u8 | block size u8 | [content size u64] | header checksum u8
//! block: size u32 (high bit: stored as it is) | bytes | [checksum u32]
//! end mark: size 0 | [content checksum u32]
//! ```

use std::io::{self, Write};

use lz4_flex::block::DecompressError as BlockError;
use twox_hash::XxHash32;

use super::{Codec, DecompressError};

const MAGIC: u32 = 0x184D_2204;
const VERSION: u8 = 1;
/// In a block's size: its bytes are stored as they are.
const STORED: u32 = 1 << 31;
/// No byte of a block makes more than this many.
const GROWTH_MAX: usize = 255;

pub(super) fn decompress(
    input: &[u8],
    output: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DecompressError> {
    let start = output.len();
    let mut bytes = Cursor(input);
    let frame = Frame::read(&mut bytes)?;
    loop {
        let size = bytes.u32("a block")?;
        let length = (size & !STORED) as usize;
        if length == 0 {
            // Nobody looks at the sum, but it must be there.
            return if frame.has_content_checksum { bytes.take(4, "it").map(drop) } else { Ok(()) };
        }
        if length > frame.block_bytes_max {
            return Err(damaged("a block is larger than the header allows"));
        }
        let block = bytes.take(length, "a block")?;
        let left = limit - (output.len() - start);
        let grown = match size & STORED {
            0 => decompress_block(block, output, frame.block_bytes_max.min(left), &frame),
            _ if length > left => Err(TooMuch::Output),
            _ => {
                output.extend_from_slice(block);
                Ok(())
            }
        };
        grown.map_err(|failed| match failed {
            TooMuch::Output if left < frame.block_bytes_max => {
                DecompressError::TooLarge { codec: Codec::Lz4, limit }
            }
            TooMuch::Output => damaged("a block becomes larger than the header allows"),
            TooMuch::Damaged(reason) => damaged(&reason),
        })?;
        if frame.has_block_checksums
            && bytes.u32("a block's checksum")? != XxHash32::oneshot(0, block)
        {
            return Err(damaged("a block does not have its checksum"));
        }
    }
}

pub(super) fn compress(input: &[u8], output: &mut Vec<u8>) -> Result<(), io::Error> {
    // Independent blocks of 64 KiB: the Java client reads no linked ones.
    let frame = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_mode(lz4_flex::frame::BlockMode::Independent);
    let mut lz4 = lz4_flex::frame::FrameEncoder::with_frame_info(frame, output);
    lz4.write_all(input)?;
    lz4.finish().map(drop).map_err(io::Error::other)
}

struct Frame {
    block_bytes_max: usize,
    has_block_checksums: bool,
    has_content_checksum: bool,
}

impl Frame {
    fn read(bytes: &mut Cursor<'_>) -> Result<Self, DecompressError> {
        if bytes.u32("the header")? != MAGIC {
            return Err(damaged("it does not begin with the magic number of a frame"));
        }
        let described = bytes.0;
        let flags = bytes.u8()?;
        let block_size = bytes.u8()?;
        if flags >> 6 != VERSION || flags & 0x03 != 0 {
            return Err(damaged("the header has another version, a dictionary or reserved bits"));
        }
        if flags & 0x20 == 0 {
            return Err(damaged("its blocks are linked, which Kafka's Java clients cannot read"));
        }
        let exponent = block_size >> 4;
        if block_size & 0x0f != 0 || !(4..=7).contains(&exponent) {
            return Err(damaged("the header has an unknown block size"));
        }
        if flags & 0x08 != 0 {
            bytes.take(8, "the header")?;
        }
        let described = &described[..described.len() - bytes.0.len()];
        if bytes.u8()? != (XxHash32::oneshot(0, described) >> 8) as u8 {
            return Err(damaged("the header does not have its checksum"));
        }
        Ok(Self {
            block_bytes_max: 1 << (2 * exponent + 8),
            has_block_checksums: flags & 0x10 != 0,
            has_content_checksum: flags & 0x04 != 0,
        })
    }
}

/// Why a block cannot be taken.
enum TooMuch {
    /// It makes more than there is room for.
    Output,
    Damaged(String),
}

/// `room` is what the block may make at the most.
fn decompress_block(
    block: &[u8],
    output: &mut Vec<u8>,
    room: usize,
    frame: &Frame,
) -> Result<(), TooMuch> {
    let start = output.len();
    let can_make = block.len().saturating_mul(GROWTH_MAX);
    output.resize(start + room.min(can_make), 0);
    let made = lz4_flex::block::decompress_into(block, &mut output[start..]);
    output.truncate(start + made.as_ref().map_or(0, |made| *made));
    match made {
        Ok(0) => {
            Err(TooMuch::Damaged("a block makes nothing, which readers take for the end".into()))
        }
        Ok(_) if keeps_the_rules(block, frame.block_bytes_max) => Ok(()),
        Ok(_) => {
            Err(TooMuch::Damaged("a block does not end with as many literals as it must".into()))
        }
        Err(BlockError::OutputTooSmall { .. }) => Err(TooMuch::Output),
        Err(error) => Err(TooMuch::Damaged(error.to_string())),
    }
}

/// Whether a sound block keeps the rules about its end, which let fast decoders copy in words: the
/// reference decoder refuses one that does not.
fn keeps_the_rules(block: &[u8], block_bytes_max: usize) -> bool {
    const LITERALS_LAST: usize = 5;
    /// An offset, a token and the last literals follow the literals before a match.
    const INPUT_AFTER_LITERALS: usize = 2 + 1 + LITERALS_LAST;
    const OUTPUT_AFTER_LITERALS: usize = 12;
    let (mut at, mut made) = (0, 0);
    while let Some(token) = block.get(at) {
        at += 1;
        let literals = length(block, &mut at, token >> 4);
        at += literals;
        made += literals;
        if at >= block.len() {
            return true;
        }
        if at + INPUT_AFTER_LITERALS > block.len() || made + OUTPUT_AFTER_LITERALS > block_bytes_max
        {
            return false;
        }
        at += 2;
        made += 4 + length(block, &mut at, token & 0x0f);
        if made + LITERALS_LAST > block_bytes_max {
            return false;
        }
    }
    false
}

/// A length of which the token holds the first four bits.
fn length(block: &[u8], at: &mut usize, first: u8) -> usize {
    let mut length = usize::from(first);
    if first < 15 {
        return length;
    }
    while let Some(more) = block.get(*at) {
        *at += 1;
        length += usize::from(*more);
        if *more < u8::MAX {
            break;
        }
    }
    length
}

/// The bytes that are not read yet.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize, of: &str) -> Result<&'a [u8], DecompressError> {
        let cut = || damaged(&format!("it ends inside {of}, or without an end mark"));
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, DecompressError> {
        self.take(1, "the header").map(|byte| byte[0])
    }

    fn u32(&mut self, of: &str) -> Result<u32, DecompressError> {
        let bytes = self.take(4, of)?;
        Ok(u32::from_le_bytes(*bytes.first_chunk().expect("four bytes were taken")))
    }
}

fn damaged(reason: &str) -> DecompressError {
    DecompressError::Damaged { codec: Codec::Lz4, reason: reason.to_owned() }
}
