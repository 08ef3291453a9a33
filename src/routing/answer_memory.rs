//! The memory of a core that answers of Fetch hold until they are sent.
//!
//! Lives on: the core that owns the partitions. What files hold is not counted: it is sent from
//! there, and takes no memory however long that takes.
//! Promise: an answer gets a part of what is left, so that it is never all taken by clients that do
//! not read; once it is used up, an answer is one batch. Clients that read go on.
//! Limits: limits::ANSWER_MEMORY_PART, limits::ANSWER_SHARE_PART.   Read next: read.rs.

use std::cell::Cell;
use std::rc::Rc;

use shards::io::Slice;
use shards::log::reader::Piece;

use crate::limits;

/// See the module.
#[derive(Debug)]
pub struct AnswerMemory {
    bytes_max: usize,
    held: Rc<Cell<usize>>,
    cuts: Cell<u64>,
}

/// Counts until it is dropped.
struct Held {
    bytes: usize,
    of: Rc<Cell<usize>>,
}

impl AnswerMemory {
    /// Of a core whose logs may hold so much.
    pub fn new(tail_bytes_max: usize) -> AnswerMemory {
        let bytes_max = tail_bytes_max / limits::ANSWER_MEMORY_PART;
        AnswerMemory { bytes_max, held: Rc::default(), cuts: Cell::new(0) }
    }

    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    pub fn bytes_held(&self) -> usize {
        self.held.get()
    }

    /// Answers that were cut for want of it.
    pub fn cuts(&self) -> u64 {
        self.cuts.get()
    }

    /// What one more answer may hold.
    pub(super) fn share(&self) -> usize {
        self.bytes_max.saturating_sub(self.held.get()) / limits::ANSWER_SHARE_PART
    }

    pub(super) fn note_cut(&self) {
        self.cuts.set(self.cuts.get() + 1);
    }

    /// Counts what is in memory, for as long as anyone holds it. Returns how much that is.
    pub(super) fn hold(&self, pieces: &mut [Piece]) -> usize {
        let mut bytes = 0;
        for piece in pieces {
            if let Piece::Memory(slice) = piece {
                bytes += slice.len();
                let held = Rc::new(Held::new(slice.len(), &self.held));
                *slice = std::mem::replace(slice, Slice::empty()).keep(held);
            }
        }
        bytes
    }
}

impl Held {
    fn new(bytes: usize, of: &Rc<Cell<usize>>) -> Held {
        of.set(of.get() + bytes);
        Held { bytes, of: of.clone() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.set(self.of.get() - self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(memory: &AnswerMemory, bytes: usize) -> Vec<Piece> {
        let mut pieces = vec![Piece::Memory(Slice::from(vec![0; bytes]))];
        assert_eq!(memory.hold(&mut pieces), bytes);
        pieces
    }

    #[test]
    fn what_is_held_counts_until_the_last_view_is_gone() {
        let memory = AnswerMemory::new(1000 * limits::ANSWER_MEMORY_PART);
        let pieces = answer(&memory, 100);
        let view = match &pieces[0] {
            Piece::Memory(slice) => slice.slice(10..20),
            Piece::File { .. } => unreachable!("it is memory"),
        };
        drop(pieces);
        assert_eq!(memory.bytes_held(), 100);
        drop(view);
        assert_eq!(memory.bytes_held(), 0);
    }

    #[test]
    fn clients_that_do_not_read_never_take_it_all() {
        let memory = AnswerMemory::new((1 << 20) * limits::ANSWER_MEMORY_PART);
        let mut unread = Vec::new();
        for _ in 0..20 {
            let share = memory.share();
            assert!(share > 0);
            unread.push(answer(&memory, share));
        }
        assert!(memory.bytes_held() < memory.bytes_max());
        unread.clear();
        assert_eq!(memory.share(), memory.bytes_max() / limits::ANSWER_SHARE_PART);
    }
}
