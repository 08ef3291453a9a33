//! Which bytes of a segment are known to be what was written.
//!
//! Lives on: the partition's shard; pure.
//! Promise: `covers` is true only of ranges that were added. Ranges that touch are one.
//! Limits: limits::VERIFIED_RANGES_MAX; beyond it the first range is forgotten, and checked again
//! when it is read. Read next: reader.rs.

use smallvec::SmallVec;

use crate::limits;

/// Ranges of positions, apart from each other and rising.
#[derive(Debug, Default)]
pub struct VerifiedRanges(SmallVec<[(u64, u64); 1]>);

impl VerifiedRanges {
    pub fn covers(&self, from: u64, to: u64) -> bool {
        let after = self.0.partition_point(|range| range.0 <= from);
        let before = after.checked_sub(1).and_then(|index| self.0.get(index));
        before.is_some_and(|range| to <= range.1)
    }

    /// The end of the range that the byte at `position` is in.
    pub fn end_of(&self, position: u64) -> Option<u64> {
        let after = self.0.partition_point(|range| range.0 <= position);
        let before = after.checked_sub(1).and_then(|index| self.0.get(index));
        before.map(|range| range.1).filter(|end| position < *end)
    }

    /// Forgets what lies at `position` or behind.
    pub fn cut(&mut self, position: u64) {
        self.0.retain(|range| range.0 < position);
        if let Some(last) = self.0.last_mut() {
            last.1 = last.1.min(position);
        }
    }

    pub fn add(&mut self, from: u64, to: u64) {
        if let Some(last) = self.0.last_mut()
            && last.1 == from
        {
            last.1 = to;
            return;
        }
        let first = self.0.partition_point(|range| range.1 < from);
        let end = self.0.partition_point(|range| range.0 <= to);
        let touched = self.0.drain(first..end);
        let merged = touched.fold((from, to), |all, one| (all.0.min(one.0), all.1.max(one.1)));
        self.0.insert(first, merged);
        if self.0.len() > limits::VERIFIED_RANGES_MAX {
            self.0.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let mut verified = VerifiedRanges::default();
        verified.add(0, 10);
        verified.add(20, 30);
        assert!(!verified.covers(0, 30));
        verified.add(10, 20);
        assert!(verified.covers(0, 30) && verified.covers(5, 25) && !verified.covers(5, 31));
        assert_eq!((verified.end_of(0), verified.end_of(29)), (Some(30), Some(30)));
        assert_eq!(verified.end_of(30), None);
    }

    #[test]
    fn what_is_cut_is_not_covered() {
        let mut verified = VerifiedRanges::default();
        verified.add(0, 10);
        verified.add(20, 30);
        verified.cut(25);
        assert!(verified.covers(0, 10) && verified.covers(20, 25) && !verified.covers(20, 26));
        verified.cut(20);
        assert!(verified.covers(0, 10) && !verified.covers(20, 21));
    }

    #[test]
    fn what_is_too_much_is_forgotten() {
        let mut verified = VerifiedRanges::default();
        for range in 0..=limits::VERIFIED_RANGES_MAX as u64 {
            verified.add(range * 10, range * 10 + 1);
        }
        assert!(!verified.covers(0, 1) && verified.covers(10, 11));
    }

    proptest! {
        #[test]
        fn only_what_was_added_is_covered(
            added in prop::collection::vec((0u64..60, 1u64..9), 0..40),
            from in 0u64..64,
            length in 1u64..9,
        ) {
            let mut verified = VerifiedRanges::default();
            let mut known = [false; 80];
            for (from, length) in added {
                verified.add(from, from + length);
                known[from as usize..(from + length) as usize].fill(true);
            }
            let wanted = from as usize..(from + length) as usize;
            prop_assert_eq!(verified.covers(from, from + length), known[wanted].iter().all(|k| *k));
        }
    }
}
