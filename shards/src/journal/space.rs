//! Which part of the journal's file is live, and where the next page may go. Pure.
//!
//! Promise: a place handed out overlaps no live page, and none that the newest page in the file
//! names as needed: a page written over those may be torn, and then they are looked for. Pages are
//! freed in order, oldest first. Never: does I/O. Read next: writer.rs.

use std::collections::VecDeque;

use super::writer::PageSequence;
use crate::units::BLOCK_BYTES;

/// Where the ring of pages begins: behind the blocks of identity and mark.
pub const RING_START: u64 = 2 * BLOCK_BYTES as u64;

/// The last block of a journal of `file_bytes`.
pub fn closing_position(file_bytes: u64) -> u64 {
    file_bytes - BLOCK_BYTES as u64
}

#[derive(Debug)]
struct LivePage {
    sequence: PageSequence,
    /// Appends in the page whose bytes are not yet synced in their segment.
    references: u32,
    /// Position and padded length in the file, once the page has a place.
    place: Option<(u64, u64)>,
}

/// The ring's occupancy. The file's last block is left out: recovery says there that it is through,
/// without overwriting a page that it would need again.
#[derive(Debug)]
pub struct Space {
    capacity: u64,
    head: u64,
    placed_bytes: u64,
    live: VecDeque<LivePage>,
    /// Where the oldest page stands that the file says is needed; none: it says that none is.
    told: Option<u64>,
}

impl Space {
    /// An empty ring in a file of `capacity` bytes.
    pub fn new(capacity: u64) -> Space {
        let capacity = closing_position(capacity);
        Space { capacity, head: RING_START, placed_bytes: 0, live: VecDeque::new(), told: None }
    }

    /// Where the ring ends.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Size of the file.
    pub fn file_bytes(&self) -> u64 {
        self.capacity + BLOCK_BYTES as u64
    }

    /// Makes room behind the end; pages already placed stay where they are.
    pub fn grow(&mut self, capacity: u64) {
        let capacity = closing_position(capacity);
        assert!(capacity >= self.capacity);
        self.capacity = capacity;
    }

    /// Bytes of live pages that have a place.
    pub fn placed_bytes(&self) -> u64 {
        self.placed_bytes
    }

    /// Begins a page; it is live until its last reference is released.
    pub fn begin(&mut self, sequence: PageSequence) {
        debug_assert!(self.live.back().is_none_or(|last| last.sequence < sequence));
        self.live.push_back(LivePage { sequence, references: 0, place: None });
    }

    pub fn add_reference(&mut self, sequence: PageSequence) {
        self.page(sequence).references += 1;
    }

    /// A place for `length` bytes (whole blocks), or `None` while the ring is too full.
    pub fn find(&self, length: u64) -> Option<u64> {
        let Some(tail) = self.told else {
            let fits_behind = self.head + length <= self.capacity;
            let fits = RING_START + length <= self.capacity;
            return if fits_behind { Some(self.head) } else { fits.then_some(RING_START) };
        };
        if self.head > tail {
            if self.head + length <= self.capacity {
                return Some(self.head);
            }
            // Strictly before the tail: a head that meets it would look like an empty ring.
            return (RING_START + length < tail).then_some(RING_START);
        }
        (self.head + length < tail).then_some(self.head)
    }

    /// Gives the page a place that `find` returned.
    pub fn place(&mut self, sequence: PageSequence, position: u64, length: u64) {
        self.head = position + length;
        self.placed_bytes += length;
        self.page(sequence).place = Some((position, length));
    }

    /// Drops references of a page. Returns whether space became free.
    pub fn release(&mut self, sequence: PageSequence, references: u32) -> bool {
        let page = self.page(sequence);
        assert!(page.references >= references, "released more appends than the page holds");
        page.references -= references;
        self.reclaim()
    }

    /// Frees pages at the tail that nothing refers to. Returns whether any was.
    pub fn reclaim(&mut self) -> bool {
        let before = self.live.len();
        while let Some(LivePage { references: 0, place: Some((_, length)), .. }) = self.live.front()
        {
            self.placed_bytes -= length;
            self.live.pop_front();
        }
        self.live.len() < before
    }

    /// Whether segments hold all that is in the pages.
    pub fn is_unneeded(&self) -> bool {
        self.live.iter().all(|page| page.references == 0)
    }

    /// Notes that the file says which page is the oldest that recovery needs.
    pub fn tell(&mut self, oldest_position: Option<u64>) {
        self.told = oldest_position;
    }

    /// Notes that a page was written where the file says that none is needed: it may say so of this
    /// one from now on.
    pub fn tell_first(&mut self, position: u64) {
        self.told.get_or_insert(position);
    }

    /// Whether the file says that pages are needed which were freed since.
    pub fn is_untold(&self) -> bool {
        self.told != self.live.front().and_then(|page| page.place).map(|place| place.0)
    }

    /// Sequence and position of the oldest page that recovery needs.
    pub fn oldest(&self) -> Option<(PageSequence, Option<u64>)> {
        self.live.front().map(|page| (page.sequence, page.place.map(|place| place.0)))
    }

    fn page(&mut self, sequence: PageSequence) -> &mut LivePage {
        let first = self.live.front().expect("a referenced page is live").sequence;
        let index = (sequence.0 - first.0) as usize;
        let page = self.live.get_mut(index).expect("a referenced page is live");
        assert_eq!(page.sequence, sequence, "live pages have consecutive sequences");
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOCK: u64 = BLOCK_BYTES as u64;

    #[test]
    fn an_empty_ring_takes_a_page_as_large_as_itself() {
        let space = Space::new(RING_START + 9 * BLOCK);
        assert_eq!(space.find(8 * BLOCK), Some(RING_START));
        assert_eq!(space.find(9 * BLOCK), None);
    }

    /// Why fullness alone does not tell when pages must be freed: see `State::starved`.
    #[test]
    fn a_ring_that_grew_after_it_came_round_has_no_place_though_it_is_almost_empty() {
        let mut space = Space::new(RING_START + 9 * BLOCK);
        let place = |space: &mut Space, sequence| {
            let position = space.find(2 * BLOCK)?;
            space.begin(PageSequence(sequence));
            space.add_reference(PageSequence(sequence));
            space.place(PageSequence(sequence), position, 2 * BLOCK);
            space.tell(space.oldest()?.1);
            Some(position)
        };
        for sequence in 0..4 {
            assert!(place(&mut space, sequence).is_some());
        }
        space.release(PageSequence(0), 1);
        space.release(PageSequence(1), 1);
        assert_eq!(space.find(2 * BLOCK), None, "the newest page in the file names the first one");
        assert!(space.is_untold());
        space.tell(space.oldest().unwrap().1);
        assert_eq!(place(&mut space, 4), Some(RING_START));
        space.grow(RING_START + 100 * BLOCK);
        assert_eq!(place(&mut space, 5), None);
        assert!(space.placed_bytes() < space.capacity() / 10);
        // Only the release of the oldest page helps.
        space.release(PageSequence(2), 1);
        space.tell(space.oldest().unwrap().1);
        assert!(place(&mut space, 5).is_some());
    }

    proptest! {
        /// Whatever is begun, placed, released and told in whatever order, a new page overlaps
        /// neither live pages nor those that the file says are needed.
        #[test]
        fn places_never_overlap(
            steps in prop::collection::vec((1u64..6, any::<bool>(), 0usize..8), 1..200)
        ) {
            let mut space = Space::new(RING_START + 17 * BLOCK);
            let mut sequence = 0;
            let mut held: Vec<(PageSequence, u64, u64)> = Vec::new();
            let mut in_file: VecDeque<(PageSequence, u64, u64)> = VecDeque::new();
            for (blocks, release, which) in steps {
                if release && !held.is_empty() {
                    let page = held.remove(which % held.len());
                    space.release(page.0, 1);
                    continue;
                }
                let Some(position) = space.find(blocks * BLOCK) else {
                    let oldest = space.oldest();
                    space.tell(oldest.and_then(|oldest| oldest.1));
                    in_file.retain(|page| oldest.is_some_and(|oldest| page.0 >= oldest.0));
                    continue;
                };
                let end = position + blocks * BLOCK;
                prop_assert!(position >= RING_START && end <= space.capacity());
                for (_, start, length) in held.iter().chain(&in_file) {
                    prop_assert!(end <= *start || position >= start + length);
                }
                let page = PageSequence(sequence);
                sequence += 1;
                space.begin(page);
                space.add_reference(page);
                space.place(page, position, blocks * BLOCK);
                held.push((page, position, blocks * BLOCK));
                in_file.push_back((page, position, blocks * BLOCK));
                let oldest = space.oldest().unwrap();
                space.tell(oldest.1);
                in_file.retain(|page| page.0 >= oldest.0);
            }
            for page in held {
                space.release(page.0, 1);
            }
            prop_assert_eq!(space.placed_bytes(), 0);
        }
    }
}
