//! Cuts what a connection receives into frames: a length of four bytes, and that many bytes.
//!
//! Lives on: the connection's core. Does no I/O: gives out buffers and takes them back filled.
//! Promise: a frame is a view of the buffer it was received into; only a frame that began in the
//! rest of another buffer has its beginning copied.
//! Never: reserves memory for a length before it was checked, nor much more than what arrived.
//! Limits: limits::RECEIVE_*, limits::FRAME_*.   Read next: connection.rs.

use shards::io::{Buffer, Slice};

use crate::limits;

/// Bytes of the length in front of a frame.
pub const LENGTH_BYTES: usize = 4;

/// The peer sent a length that no request can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a frame of {length} bytes; requests have 1 to {max} bytes (socket.request.max.bytes): is the \
     peer a Kafka client?"
)]
pub struct FrameError {
    pub length: i32,
    pub max: i32,
}

/// The received bytes of one connection that are not handed on yet.
pub struct Frames {
    frame_bytes_max: i32,
    /// Received bytes, a frame at the front.
    arrived: Slice,
    /// The beginning of a frame, with room for more. Never beside `arrived`.
    filling: Option<Buffer>,
    /// Size of the next buffer if nothing says otherwise.
    receive_bytes: usize,
    /// Size of the last frame that did not fit into such a buffer, with its length.
    large_frame_bytes: usize,
}

/// A frame that has begun and is large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargeFrameBegun {
    /// With its length.
    pub frame_bytes: usize,
    /// What the next buffer holds of it.
    pub buffer_bytes: usize,
}

impl Frames {
    /// `frame_bytes_max`: `socket.request.max.bytes`.
    pub fn new(frame_bytes_max: i32) -> Frames {
        Frames {
            frame_bytes_max,
            arrived: Slice::empty(),
            filling: None,
            receive_bytes: limits::RECEIVE_BYTES_MIN,
            large_frame_bytes: 0,
        }
    }

    /// Whether no byte of a frame is here.
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty() && self.filling.as_ref().is_none_or(|buffer| buffer.is_empty())
    }

    /// Bytes that are here and not handed on.
    pub fn len(&self) -> usize {
        self.arrived.len() + self.filling.as_ref().map_or(0, Buffer::len)
    }

    /// The next whole frame, without its length.
    pub fn next_frame(&mut self) -> Result<Option<Slice>, FrameError> {
        if let Some(filling) = &self.filling {
            match self.frame_bytes(filling)? {
                Some(needed) if filling.len() >= needed => self.freeze(needed),
                _ => return Ok(None),
            }
        }
        let Some(needed) = self.frame_bytes(&self.arrived)? else { return Ok(None) };
        if self.arrived.len() < needed {
            return Ok(None);
        }
        let frame = self.arrived.split_to(needed).slice(LENGTH_BYTES..needed);
        if self.arrived.is_empty() {
            self.arrived = Slice::empty();
        }
        let copied = frame.len() <= limits::FRAME_COPIED_BYTES_MAX;
        Ok(Some(if copied { Slice::from(frame.to_vec()) } else { frame }))
    }

    fn freeze(&mut self, frame_bytes: usize) {
        let Some(buffer) = self.filling.take() else { return };
        let is_large = frame_bytes > limits::RECEIVE_BYTES_MAX;
        self.large_frame_bytes = if is_large { frame_bytes } else { 0 };
        self.arrived = buffer.freeze();
    }

    /// The frame at the front, once its length is here and was found to be possible, as long as it
    /// needs more than a usual receive buffer.
    pub fn large_frame(&self) -> Option<LargeFrameBegun> {
        let front = self.filling.as_ref().map_or(&*self.arrived, Buffer::as_slice);
        let frame_bytes = self.frame_bytes(front).ok().flatten()?;
        let buffer_bytes = self.buffer_bytes().ok()?.min(frame_bytes);
        (buffer_bytes > limits::RECEIVE_BYTES_MAX)
            .then_some(LargeFrameBegun { frame_bytes, buffer_bytes })
    }

    /// Makes the next buffer a small one, whatever came before.
    pub fn expect_little(&mut self) {
        self.receive_bytes = limits::RECEIVE_BYTES_MIN;
        self.large_frame_bytes = 0;
    }

    /// A buffer to receive into; it comes back by `received`. Call once `next_frame` gave none.
    pub fn buffer(&mut self) -> Result<Buffer, FrameError> {
        let bytes = self.buffer_bytes()?;
        if let Some(mut filling) = self.filling.take() {
            filling.reserve(bytes - filling.len());
            return Ok(filling);
        }
        let mut buffer = Buffer::with_capacity(bytes);
        buffer.extend_from_slice(&std::mem::take(&mut self.arrived));
        Ok(buffer)
    }

    /// Size of the buffer that `buffer` gives next.
    fn buffer_bytes(&self) -> Result<usize, FrameError> {
        if let Some(filling) = &self.filling {
            if filling.remaining() > 0 {
                return Ok(filling.capacity());
            }
            let needed = self.frame_bytes(filling)?.unwrap_or(LENGTH_BYTES);
            let doubled = filling.len().saturating_mul(2);
            return Ok(needed.min(doubled).max(filling.len() + 1));
        }
        let begun = &self.arrived;
        let needed = self.frame_bytes(begun)?.unwrap_or(0);
        let expected = self.receive_bytes.max(self.large_frame_bytes);
        let reserved = needed.min(limits::FRAME_RESERVED_BYTES_MAX).max(begun.len() + 1);
        // A frame known to be larger than a usual buffer gets one that ends with it.
        Ok(if needed > expected { reserved } else { expected.max(reserved) })
    }

    /// Takes back a buffer into which `got` bytes were received.
    pub fn received(&mut self, buffer: Buffer, got: usize) {
        debug_assert!(self.filling.is_none() && self.arrived.is_empty());
        self.receive_bytes = if buffer.remaining() == 0 {
            (self.receive_bytes * 2).min(limits::RECEIVE_BYTES_MAX)
        } else if got < self.receive_bytes / 4 {
            (self.receive_bytes / 2).max(limits::RECEIVE_BYTES_MIN)
        } else {
            self.receive_bytes
        };
        self.filling = (!buffer.is_empty()).then_some(buffer);
    }

    /// Bytes of the frame at the front with its length, once the length is here.
    fn frame_bytes(&self, bytes: &[u8]) -> Result<Option<usize>, FrameError> {
        let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let length = i32::from_be_bytes(*length);
        match usize::try_from(length) {
            Ok(bytes @ 1..) if length <= self.frame_bytes_max => Ok(Some(bytes + LENGTH_BYTES)),
            _ => Err(FrameError { length, max: self.frame_bytes_max }),
        }
    }
}

#[cfg(test)]
mod tests;
