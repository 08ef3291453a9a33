//! Append-only memory that is read while it grows.
//!
//! Lives on: one core.
//! Promise: bytes that a slice shows are never written again.
//! Never: grows past its capacity.
//! Read next: slice.rs.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use super::PAGE_BYTES;
use super::memory::Memory;
use super::slice::{Backing, Slice, Storage};

/// Append-only, page-aligned, shared memory; a clone is another handle on the same bytes.
#[derive(Clone)]
pub struct Chunk {
    backing: Rc<Backing>,
    capacity: usize,
}

impl Chunk {
    /// An empty chunk for `capacity` bytes, rounded up to whole pages.
    pub fn with_capacity(capacity: usize) -> Chunk {
        let capacity = capacity.next_multiple_of(PAGE_BYTES);
        let storage = Storage::Memory(Memory::take(capacity));
        Chunk { backing: Rc::new(Backing::new(storage, 0)), capacity }
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn len(&self) -> usize {
        self.backing.filled.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn remaining(&self) -> usize {
        self.capacity - self.len()
    }

    /// Appends; panics if it does not fit: check [`Chunk::remaining`].
    pub fn append(&self, bytes: &[u8]) {
        self.append_with(bytes.len(), |spare| spare.copy_from_slice(bytes));
    }

    /// Appends `length` bytes that `fill` writes; what it leaves alone has any value.
    pub fn append_with(&self, length: usize, fill: impl FnOnce(&mut [u8])) {
        let filled = self.len();
        assert!(length <= self.capacity - filled, "{length} bytes do not fit into the chunk");
        assert!(!self.backing.filling.replace(true), "an append from inside an append");
        // SAFETY: the range lies inside the block and is initialised. No slice shows it, as slices
        // end at the filled length; `filling` keeps a second append away until this one is counted.
        let spare = unsafe {
            std::slice::from_raw_parts_mut(self.backing.memory().start().add(filled), length)
        };
        fill(spare);
        self.backing.filled.set(filled + length);
        self.backing.filling.set(false);
    }

    /// A view of bytes already appended.
    pub fn slice(&self, range: Range<usize>) -> Slice {
        let (start, end) = (range.start, range.end);
        assert!(start <= end && end <= self.len(), "{start}..{end} of {} bytes", self.len());
        // SAFETY: `start` <= `filled` <= capacity: the pointer stays inside the block.
        let first = unsafe { self.backing.memory().start().add(start) };
        Slice::of_backing(self.backing.clone(), first, end - start)
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunk({} of {} bytes)", self.len(), self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_stay_while_the_chunk_grows() {
        let chunk = Chunk::with_capacity(4096);
        chunk.append(b"one");
        let one = chunk.slice(0..3);
        chunk.clone().append_with(3, |spare| spare.copy_from_slice(b"two"));
        assert_eq!((&one[..], &chunk.slice(3..6)[..]), (&b"one"[..], &b"two"[..]));
        assert_eq!((chunk.len(), chunk.remaining()), (6, 4090));
        drop(chunk);
        assert_eq!(&one[..], b"one");
    }

    #[test]
    #[should_panic(expected = "0..1 of 0 bytes")]
    fn bytes_not_yet_written_cannot_be_seen() {
        let _ = Chunk::with_capacity(4096).slice(0..1);
    }

    #[test]
    #[should_panic(expected = "an append from inside an append")]
    fn appends_do_not_nest() {
        let chunk = Chunk::with_capacity(4096);
        chunk.append_with(1, |_| chunk.append(b"x"));
    }
}
