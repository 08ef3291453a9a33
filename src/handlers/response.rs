//! What a handler hands to the connection to be sent.
//!
//! Lives on: the connection's core.   Read next: listeners/sender.rs.

use crate::routing::segment::Segment;

/// An answer: whole frames, length first.
#[derive(Debug)]
pub enum Response {
    Encoded(Vec<u8>),
    /// Sent piece by piece from where the bytes are.
    Segments(Vec<Segment>),
    /// The client wants none (Produce with acks=0).
    None,
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
