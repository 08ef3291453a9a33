//! Counted views of bytes that no longer change.
//!
//! Lives on: the core of its owner; the count is not atomic.
//! Promise: the bytes stay where and what they are while a view exists.
//! Read next: chunk.rs, loan.rs.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, Range};
use std::rc::Rc;

use super::loan::Loan;
use super::memory::Memory;

/// A cheap, counted view of a part of a buffer, a chunk or a vector.
#[derive(Clone)]
pub struct Slice {
    start: *const u8,
    length: usize,
    /// None for static bytes.
    owner: Option<Rc<Backing>>,
}

/// What keeps the bytes of a slice in place.
pub(super) struct Backing {
    pub(super) storage: Storage,
    /// How much of it is written, and so may be seen.
    pub(super) filled: Cell<usize>,
    /// An append is at work on the part behind `filled`.
    pub(super) filling: Cell<bool>,
}

pub(super) enum Storage {
    Memory(Memory),
    Vector(#[expect(dead_code, reason = "kept alive, read through pointers")] Vec<u8>),
    Loan(#[expect(dead_code, reason = "kept alive, read through pointers")] Loan),
    Kept(#[expect(dead_code, reason = "kept alive, read through pointers")] (Slice, Rc<dyn Any>)),
}

impl Slice {
    pub fn empty() -> Slice {
        Slice::from_static(&[])
    }

    pub fn from_static(bytes: &'static [u8]) -> Slice {
        Slice { start: bytes.as_ptr(), length: bytes.len(), owner: None }
    }

    pub(super) fn of_memory(memory: Memory, filled: usize) -> Slice {
        let start = memory.start();
        let backing = Backing::new(Storage::Memory(memory), filled);
        Slice { start, length: filled, owner: Some(Rc::new(backing)) }
    }

    /// A view of `start..start + length` of what `owner` holds, which is filled and stays as it is.
    pub(super) fn of_backing(owner: Rc<Backing>, start: *const u8, length: usize) -> Slice {
        Slice { start, length, owner: Some(owner) }
    }

    /// The same bytes; `with` is dropped once no view of them is left that was made of this one.
    pub fn keep(self, with: Rc<dyn Any>) -> Slice {
        let (start, length) = (self.start, self.length);
        let backing = Backing::new(Storage::Kept((self, with)), length);
        Slice { start, length, owner: Some(Rc::new(backing)) }
    }

    /// A view of a part of this view.
    pub fn slice(&self, range: Range<usize>) -> Slice {
        let part = &self[range];
        Slice { start: part.as_ptr(), length: part.len(), owner: self.owner.clone() }
    }

    /// Cuts off and returns the first `length` bytes.
    pub fn split_to(&mut self, length: usize) -> Slice {
        let front = self.slice(0..length);
        *self = self.slice(length..self.length);
        front
    }
}

impl Deref for Slice {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `start..start + length` lies in static bytes or in what `owner` keeps alive and
        // in place; these bytes are initialised and never written again while a view exists.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for Slice {
    fn from(bytes: Vec<u8>) -> Slice {
        let (start, length) = (bytes.as_ptr(), bytes.len());
        let backing = Backing::new(Storage::Vector(bytes), length);
        Slice { start, length, owner: Some(Rc::new(backing)) }
    }
}

impl From<Loan> for Slice {
    /// A counted view of another core's bytes; the loan goes home with the last view.
    fn from(loan: Loan) -> Slice {
        let (start, length) = (loan.as_ptr(), loan.len());
        Slice { start, length, owner: Some(Rc::new(Backing::new(Storage::Loan(loan), length))) }
    }
}

impl Default for Slice {
    fn default() -> Slice {
        Slice::empty()
    }
}

impl PartialEq for Slice {
    fn eq(&self, other: &Slice) -> bool {
        self[..] == other[..]
    }
}

impl Eq for Slice {}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slice({} bytes)", self.length)
    }
}

impl Backing {
    pub(super) fn new(storage: Storage, filled: usize) -> Backing {
        Backing { storage, filled: Cell::new(filled), filling: Cell::new(false) }
    }

    pub(super) fn memory(&self) -> &Memory {
        match &self.storage {
            Storage::Memory(memory) => memory,
            Storage::Vector(_) | Storage::Loan(_) | Storage::Kept(_) => {
                unreachable!("only chunks ask, and a chunk is made of memory")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_views_keep_the_bytes() {
        let whole = Slice::from(b"abcdefgh".to_vec());
        let mut part = whole.slice(2..6);
        drop(whole);
        assert_eq!(&part[..], b"cdef");
        assert_eq!(&part.split_to(1)[..], b"c");
        assert_eq!(part, Slice::from_static(b"def"));
        assert_eq!(Slice::default().len(), 0);
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn a_range_outside_is_refused() {
        let _ = Slice::from_static(b"abc").slice(1..4);
    }
}
