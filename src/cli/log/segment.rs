//! Reads a segment batch by batch.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use shards::format::batch::{Batch, BatchError, PREFIX_BYTES, size_at_front};

use crate::cli::failure::Failure;
use crate::cli::files;

const READ_BYTES: usize = 1 << 20;

/// The batches of a segment, one after the other.
pub(super) struct Segment {
    path: PathBuf,
    file: BufReader<File>,
    size: u64,
    position: u64,
    batch: Vec<u8>,
}

/// What stands at a position of a segment.
pub(super) enum Found<'a> {
    Batch {
        position: u64,
        batch: Batch<'a>,
    },
    /// From here to the end the file holds only zeros: room that is not used yet.
    Unused {
        bytes: u64,
    },
    /// No batch can be read from here on.
    Damaged {
        position: u64,
        cause: String,
    },
}

impl Segment {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let (file, size) = files::open(path)?;
        let file = BufReader::with_capacity(READ_BYTES, file);
        Ok(Self { path: path.to_owned(), file, size, position: 0, batch: Vec::new() })
    }

    /// Bytes gone through so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// None: the file ends here. After something that is not a batch there is nothing more.
    pub(super) fn next(&mut self) -> Result<Option<Found<'_>>, Failure> {
        let position = self.position;
        let left = self.size.saturating_sub(position);
        if left == 0 {
            return Ok(None);
        }
        self.batch.clear();
        self.fill(PREFIX_BYTES.min(left as usize))?;
        if self.batch.iter().all(|byte| *byte == 0) {
            return self.unused(position, left).map(Some);
        }
        let damaged = |cause: BatchError| {
            let cause = cause.to_string();
            Ok(Some(Found::Damaged { position, cause }))
        };
        let size = match size_at_front(&self.batch) {
            Ok(size) => size,
            Err(cause) => {
                self.position = self.size;
                return damaged(cause);
            }
        };
        if size as u64 > left {
            self.position = self.size;
            return damaged(BatchError::Truncated { needed: size, available: left as usize });
        }
        self.fill(size)?;
        self.position += size as u64;
        match Batch::parse(&self.batch) {
            Ok(batch) => Ok(Some(Found::Batch { position, batch })),
            Err(cause) => damaged(cause),
        }
    }

    /// Reads until the batch has so many bytes.
    fn fill(&mut self, length: usize) -> Result<(), Failure> {
        let start = self.batch.len();
        self.batch.resize(length.max(start), 0);
        let read = self.file.read_exact(&mut self.batch[start..]);
        read.map_err(|cause| files::failure(&self.path, cause))
    }

    fn unused(&mut self, position: u64, bytes: u64) -> Result<Found<'static>, Failure> {
        self.position = self.size;
        let mut block = vec![0; READ_BYTES];
        loop {
            let read = self.file.read(&mut block);
            let read = read.map_err(|cause| files::failure(&self.path, cause))?;
            if block[..read].iter().any(|byte| *byte != 0) {
                let cause = "zeros, and something else behind them".to_owned();
                return Ok(Found::Damaged { position, cause });
            }
            if read == 0 {
                return Ok(Found::Unused { bytes });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shards::compression::Compression;
    use shards::format::batch::Header;
    use shards::format::builder::{BatchBuilder, NewRecord};

    fn batch(base_offset: i64) -> Vec<u8> {
        let header = Header { base_offset, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        builder.append(&NewRecord::default()).unwrap();
        builder.finish().unwrap()
    }

    fn found(bytes: &[u8]) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut segment = Segment::open(file.path()).unwrap();
        let mut found = Vec::new();
        while let Some(next) = segment.next().unwrap() {
            found.push(match next {
                Found::Batch { position, batch } => {
                    format!("{} at {position}", batch.base_offset())
                }
                Found::Unused { bytes } => format!("{bytes} unused"),
                Found::Damaged { position, .. } => format!("damaged at {position}"),
            });
        }
        found
    }

    #[test]
    fn batches_then_zeros_or_damage() {
        let bytes = [batch(0), batch(5)].concat();
        let second = bytes.len() / 2;
        let both = ["0 at 0".to_owned(), format!("5 at {second}")];
        assert_eq!(found(&bytes), both);
        assert_eq!(found(&[]), Vec::<String>::new());
        let padded = [bytes.clone(), vec![0; 100]].concat();
        assert_eq!(found(&padded)[2], "100 unused");
        let dirty = [padded, vec![1]].concat();
        assert_eq!(found(&dirty)[2], format!("damaged at {}", bytes.len()));
        // Less than an offset that is not zero cannot be told from room that is not used yet.
        for cut in second + 8..bytes.len() {
            assert_eq!(found(&bytes[..cut])[1..], [format!("damaged at {second}")], "{cut}");
        }
    }
}
