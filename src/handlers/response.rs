//! What a handler hands to the connection to be sent.
//!
//! Lives on: the connection's core.   Read next: listeners/sender.rs.

use shards::io::{File, Slice};

/// An answer: whole frames, length first.
#[derive(Debug)]
pub enum Response {
    Encoded(Vec<u8>),
    /// Sent piece by piece from where the bytes are.
    Segments(Vec<Segment>),
    /// The client wants none (Produce with acks=0).
    None,
}

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

impl Response {
    /// Bytes to be sent.
    pub fn length(&self) -> u64 {
        match self {
            Response::Encoded(bytes) => bytes.len() as u64,
            Response::Segments(segments) => segments.iter().map(Segment::length).sum(),
            Response::None => 0,
        }
    }
}
