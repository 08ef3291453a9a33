//! Pieces of answers: bytes in memory, or a range of a file.
//!
//! Lives on: the connection's core.   Read next: ../listeners/sender.rs, read.rs.

use shards::io::{File, Slice};

/// A piece of an answer.
#[derive(Clone, Debug)]
pub enum Segment {
    Memory(Slice),
    /// A range of a file, resident in the page cache.
    File {
        file: File,
        offset: u64,
        length: u64,
    },
}

impl Segment {
    pub fn length(&self) -> u64 {
        match self {
            Segment::Memory(slice) => slice.len() as u64,
            Segment::File { length, .. } => *length,
        }
    }
}
