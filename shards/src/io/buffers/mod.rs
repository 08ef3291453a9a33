//! Memory that the kernel may read and write: buffers, chunks, slices, loans.
//!
//! Lives on: one core; only a [`Loan`] crosses.
//! Promise: page-aligned, always initialised, freed when the last view of it is gone.
//! Never: changes a byte that a [`Slice`] shows; counts with atomics.
//! Read next: memory.rs (where blocks come from), loan.rs (how bytes cross cores).

mod chunk;
mod loan;
mod memory;
mod slice;

use std::fmt;
use std::ops::Deref;

use memory::Memory;

pub use chunk::Chunk;
#[cfg(feature = "sim")]
pub(in crate::io) use loan::swap_returned_loans;
pub use loan::{Loan, LoanBook, LoanId, ReturnedLoan, take_returned_loans};
pub use memory::{outstanding_bytes, pooled_bytes, release_pool};
pub use slice::Slice;

/// Alignment of every buffer and of direct I/O.
pub const PAGE_BYTES: usize = 4096;

/// Unique, owned, page-aligned memory: a filled part, and spare capacity behind it.
pub struct Buffer {
    memory: Memory,
    capacity: usize,
    filled: usize,
}

impl Buffer {
    /// An empty buffer for `capacity` bytes, rounded up to whole pages; 0 allocates nothing.
    pub fn with_capacity(capacity: usize) -> Buffer {
        let capacity = capacity.next_multiple_of(PAGE_BYTES);
        Buffer { memory: Memory::take(capacity), capacity, filled: 0 }
    }

    pub fn len(&self) -> usize {
        self.filled
    }

    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes that still fit.
    pub fn remaining(&self) -> usize {
        self.capacity - self.filled
    }

    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: the block is initialised and at least `capacity` >= `filled` bytes long.
        unsafe { std::slice::from_raw_parts(self.memory.start(), self.filled) }
    }

    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: as `as_slice`, and `&mut self` is the only way to the block.
        unsafe { std::slice::from_raw_parts_mut(self.memory.start(), self.filled) }
    }

    /// The bytes behind the filled part; what was written there counts after [`Buffer::advance`].
    pub fn spare_capacity(&mut self) -> &mut [u8] {
        // SAFETY: `filled..capacity` lies inside the block, is initialised, and `&mut self` is the
        // only way to it.
        unsafe {
            std::slice::from_raw_parts_mut(self.memory.start().add(self.filled), self.remaining())
        }
    }

    /// Counts the next `length` bytes of the spare capacity as filled.
    pub fn advance(&mut self, length: usize) {
        assert!(length <= self.remaining(), "cannot fill {length} of {} bytes", self.remaining());
        self.filled += length;
    }

    /// Appends; panics if it does not fit: check [`Buffer::remaining`] or [`Buffer::reserve`].
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= self.remaining(), "{} bytes do not fit", bytes.len());
        self.spare_capacity()[..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }

    /// Appends `length` zero bytes; panics if they do not fit.
    pub fn extend_zeroed(&mut self, length: usize) {
        self.spare_capacity()[..length].fill(0);
        self.filled += length;
    }

    /// Makes room for `additional` more bytes, in a larger block if need be.
    pub fn reserve(&mut self, additional: usize) {
        if additional > self.remaining() {
            let mut larger = Buffer::with_capacity(self.filled + additional);
            larger.extend_from_slice(self.as_slice());
            *self = larger;
        }
    }

    pub fn clear(&mut self) {
        self.filled = 0;
    }

    pub fn truncate(&mut self, length: usize) {
        self.filled = self.filled.min(length);
    }

    /// Removes the first `length` filled bytes by moving the rest to the front.
    pub fn consume(&mut self, length: usize) {
        self.as_mut_slice().copy_within(length.., 0);
        self.filled -= length;
    }

    /// Ends writing: the filled part as a counted view.
    pub fn freeze(self) -> Slice {
        Slice::of_memory(self.memory, self.filled)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} of {} bytes)", self.filled, self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_grows_consumes_and_freezes() {
        let mut buffer = Buffer::with_capacity(10);
        assert_eq!((buffer.capacity(), buffer.len()), (4096, 0));
        buffer.extend_from_slice(b"hello ");
        buffer.spare_capacity()[..5].copy_from_slice(b"world");
        buffer.advance(5);
        assert_eq!(&buffer[..], b"hello world");
        buffer.reserve(5000);
        assert_eq!((buffer.capacity(), &buffer[..]), (8192, &b"hello world"[..]));
        buffer.consume(6);
        buffer.extend_zeroed(2);
        let slice = buffer.freeze();
        assert_eq!(&slice[..], b"world\0\0");
    }

    #[test]
    fn an_empty_buffer_costs_nothing() {
        let before = outstanding_bytes();
        let buffer = Buffer::with_capacity(0);
        assert_eq!(
            (buffer.capacity(), buffer.as_slice(), outstanding_bytes()),
            (0, &[][..], before)
        );
        assert!(buffer.freeze().is_empty());
    }

    #[test]
    #[should_panic(expected = "do not fit")]
    fn refuses_what_does_not_fit() {
        Buffer::with_capacity(4096).extend_from_slice(&[0; 4097]);
    }
}
