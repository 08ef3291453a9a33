//! Pieces of memory on their way out as one write, and how far it has come.
//!
//! Lives on: one core, inside the operation that writes.
//! Promise: after each short write, exactly the rest is left.
//! Read next: op.rs.

use super::buffers::Slice;
#[cfg(not(feature = "sim"))]
use super::kernel::Vectors;
use crate::limits;

/// Slices to be written one after the other.
pub(super) struct Gather {
    pieces: Vec<Slice>,
    /// The first piece that is not written in full, and how much of it is.
    first: usize,
    skip: usize,
    remaining: usize,
    /// The kernel's view of the next pieces.
    #[cfg(not(feature = "sim"))]
    pub(super) vectors: Vectors,
}

impl Gather {
    pub(super) fn new(pieces: Vec<Slice>) -> Gather {
        let remaining = pieces.iter().map(|piece| piece.len()).sum();
        let mut gather = Gather {
            pieces,
            first: 0,
            skip: 0,
            remaining,
            #[cfg(not(feature = "sim"))]
            vectors: Vectors::default(),
        };
        gather.skip_finished();
        gather
    }

    /// Bytes still to be written.
    pub(super) fn remaining(&self) -> usize {
        self.remaining
    }

    /// The next bytes to be written, as many pieces as one operation takes.
    pub(super) fn next_pieces(&self) -> impl Iterator<Item = &[u8]> {
        let rest = self.pieces[self.first..].iter().take(limits::PIECES_PER_WRITE_MAX);
        rest.enumerate().map(|(index, piece)| &piece[if index == 0 { self.skip } else { 0 }..])
    }

    /// Counts `written` bytes as done.
    pub(super) fn advance(&mut self, written: usize) {
        assert!(written <= self.remaining, "more written than there was");
        self.remaining -= written;
        self.skip += written;
        self.skip_finished();
    }

    fn skip_finished(&mut self) {
        while let Some(piece) = self.pieces.get(self.first) {
            if self.skip < piece.len() {
                return;
            }
            self.skip -= piece.len();
            self.first += 1;
        }
    }

    #[cfg(not(feature = "sim"))]
    /// Renews the kernel's view: pointers into the slices that this gather owns.
    pub(super) fn refresh_vectors(&mut self) {
        let mut vectors = std::mem::take(&mut self.vectors);
        vectors.set(self.next_pieces());
        self.vectors = vectors;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(gather: &Gather) -> Vec<u8> {
        gather.next_pieces().flatten().copied().collect()
    }

    #[test]
    fn every_way_to_cut_the_write_leaves_the_rest() {
        let whole = b"abcdefghij";
        let pieces = || {
            let slices = [&whole[0..3], &[], &whole[3..4], &whole[4..10], &[]];
            slices.map(|bytes| Slice::from(bytes.to_vec())).to_vec()
        };
        for first in 0..=whole.len() {
            for second in 0..=whole.len() - first {
                let mut gather = Gather::new(pieces());
                gather.advance(first);
                gather.advance(second);
                assert_eq!(left(&gather), &whole[first + second..]);
                assert_eq!(gather.remaining(), whole.len() - first - second);
            }
        }
    }
}
