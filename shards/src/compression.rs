//! The codecs of record batches: none, gzip, snappy, lz4, zstd.
//!
//! Lives on: any core; pure functions from slice to `Vec`.
//! Promise: `decompress` appends at most `limit` bytes and lets its output grow only as bytes
//! appear; what `compress` writes, Kafka's Java client and librdkafka read; what `decompress` takes
//! Kafka's own readers take, and the other way round. Two forms differ: an lz4 block that makes
//! nothing, which Kafka's broker takes and its consumers do not, and the beginning of a further
//! zstd frame, which they leave out only where it lies in one buffer with the end of the frame
//! before.
//! Never: trusts a length inside the compressed bytes; panics on them.
//! Limits: limits::RECORDS_DECOMPRESSED_BYTES_MAX, limits::ZSTD_WINDOW_LOG_MAX.
//! Read next: format/records.rs.

use std::io::{self, Read, Write};

use crate::limits;

mod gzip;
mod lz4;
mod snappy;

/// How the records of a batch are compressed; the numbers are on disk and on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Codec {
    #[default]
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

impl Codec {
    pub const ALL: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    /// The codec of a number, or the number back.
    pub fn from_id(id: u8) -> Result<Self, u8> {
        Self::ALL.get(usize::from(id)).copied().ok_or(id)
    }

    pub fn id(self) -> u8 {
        self as u8
    }

    pub fn name(self) -> &'static str {
        match self {
            Codec::None => "none",
            Codec::Gzip => "gzip",
            Codec::Snappy => "snappy",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        }
    }

    /// The codec of a configured name; `uncompressed` is the topic's word for none.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "uncompressed" => Some(Codec::None),
            _ => Self::ALL.into_iter().find(|codec| codec.name() == name),
        }
    }
}

/// A codec and how hard it tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    pub codec: Codec,
    /// In the codec's own scale: gzip 1 to 9 or -1 for its default, zstd up to 22. Snappy has none
    /// and lz4 is always written at its fast level.
    pub level: i32,
}

impl Compression {
    pub const NONE: Self = Self::of(Codec::None);

    /// The codec at its default level.
    pub const fn of(codec: Codec) -> Self {
        let level = match codec {
            Codec::Gzip => -1,
            Codec::Zstd => 3,
            Codec::None | Codec::Snappy | Codec::Lz4 => 0,
        };
        Self { codec, level }
    }
}

/// Why bytes could not be decompressed. To blame: whoever compressed them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecompressError {
    #[error("{} bytes decompress to more than the limit of {limit} bytes", codec.name())]
    TooLarge { codec: Codec, limit: usize },
    #[error("{} bytes are damaged: {reason}", codec.name())]
    Damaged { codec: Codec, reason: String },
}

/// Appends the decompressed bytes to `output`, at most `limit` of them.
pub fn decompress(
    codec: Codec,
    input: &[u8],
    output: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DecompressError> {
    let start = output.len();
    let done = match codec {
        Codec::None => read_capped(input, output, limit),
        Codec::Gzip => return gzip::decompress(input, output, limit),
        Codec::Snappy => return snappy::decompress(input, output, limit),
        Codec::Lz4 => return lz4::decompress(input, output, limit),
        Codec::Zstd => zstd_decoder(input).and_then(|zstd| read_capped(zstd, output, limit)),
    };
    match done {
        Ok(()) if output.len() - start > limit => Err(DecompressError::TooLarge { codec, limit }),
        Ok(()) => Ok(()),
        Err(error) => Err(DecompressError::Damaged { codec, reason: error.to_string() }),
    }
}

/// Appends the compressed bytes to `output`.
///
/// Fails only where a codec refuses its level.
pub fn compress(
    compression: Compression,
    input: &[u8],
    output: &mut Vec<u8>,
) -> Result<(), io::Error> {
    match compression.codec {
        Codec::None => {
            output.extend_from_slice(input);
            Ok(())
        }
        Codec::Gzip => gzip::compress(compression.level, input, output),
        Codec::Snappy => snappy::compress(input, output),
        Codec::Lz4 => lz4::compress(input, output),
        Codec::Zstd => {
            let mut zstd = zstd::stream::write::Encoder::new(output, compression.level)?;
            zstd.set_pledged_src_size(Some(input.len() as u64))?;
            zstd.write_all(input)?;
            zstd.finish().map(drop)
        }
    }
}

/// Reads to the end, but one byte past the limit at the most.
fn read_capped(reader: impl Read, output: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    reader.take((limit as u64).saturating_add(1)).read_to_end(output).map(drop)
}

fn zstd_decoder(input: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    decoder.window_log_max(limits::ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

#[cfg(test)]
mod tests;
