//! Cuts what several cores gave, each up to the whole budget, down to one budget.
//!
//! Promise: partitions earlier in the request go first, as Kafka fills its answers; the first that
//! has records keeps at least one whole batch, whatever its size, so that every reader gets on.
//! Read next: ../fetch.rs.

use crate::refusals::errors::Failure;
use crate::routing::read::Given;
use crate::routing::segment::Segment;

/// What came of a partition; `None` before its core was asked.
pub(super) type Read = Result<Option<Given<Segment>>, Failure>;

/// Cuts `reads` to `bytes_max`.
pub(super) fn within(reads: &mut [Read], bytes_max: usize) {
    let mut budget = bytes_max;
    let mut is_first = true;
    for given in reads.iter_mut().flatten().flatten().filter(|given| given.bytes > 0) {
        let least = given.first_batch_bytes;
        if given.bytes > budget {
            match (budget >= least, is_first) {
                (true, _) => cut(given, budget),
                // Its owner gave one batch for the sake of progress, or more than fits.
                (false, true) => cut(given, least),
                (false, false) => cut(given, 0),
            }
        }
        is_first &= given.bytes == 0;
        budget = budget.saturating_sub(given.bytes);
    }
}

fn cut(given: &mut Given<Segment>, bytes_max: usize) {
    let mut left = bytes_max;
    given.pieces.retain_mut(|piece| {
        let length = usize::try_from(piece.length()).unwrap_or(usize::MAX).min(left);
        match piece {
            Segment::Memory(slice) => *slice = slice.slice(0..length),
            Segment::File { length: bytes, .. } => *bytes = length as u64,
        }
        left -= length;
        length > 0
    });
    given.bytes = bytes_max - left;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shards::io::Slice;
    use shards::units::Offset;

    use super::*;

    fn given(pieces: &[usize], first_batch_bytes: usize) -> Read {
        let pieces: Vec<Segment> =
            pieces.iter().map(|length| Segment::Memory(Slice::from(vec![7; *length]))).collect();
        let bytes = pieces.iter().map(|piece| piece.length() as usize).sum();
        Ok(Some(Given {
            pieces,
            bytes,
            is_cut: false,
            first_batch_bytes,
            high_watermark: Offset(1),
            log_end: Offset(1),
            last_stable: Offset(1),
            log_start: Offset(0),
            diverging: None,
            aborted: Vec::new(),
        }))
    }

    fn sizes(reads: &[Read]) -> Vec<usize> {
        reads.iter().map(|read| read.as_ref().unwrap().as_ref().map_or(0, |g| g.bytes)).collect()
    }

    #[test]
    fn the_first_ones_go_first() {
        let mut reads = vec![given(&[60], 20), given(&[30, 30], 30), given(&[10], 10)];
        within(&mut reads, 100);
        assert_eq!(sizes(&reads), [60, 40, 0]);
        let pieces: Vec<u64> = reads[1]
            .as_ref()
            .unwrap()
            .as_ref()
            .unwrap()
            .pieces
            .iter()
            .map(Segment::length)
            .collect();
        assert_eq!(pieces, [30, 10]);
    }

    #[test]
    fn the_first_with_records_keeps_a_batch_beyond_the_budget() {
        let mut reads = vec![given(&[], 0), given(&[80], 50), given(&[80], 50)];
        within(&mut reads, 10);
        assert_eq!(sizes(&reads), [0, 50, 0]);
    }

    #[test]
    fn a_smaller_one_still_fits_behind_one_that_does_not() {
        let mut reads = vec![given(&[50], 50), given(&[80], 80), given(&[20], 20)];
        within(&mut reads, 100);
        assert_eq!(sizes(&reads), [50, 0, 20]);
    }

    proptest! {
        #[test]
        fn never_above_the_budget_but_for_one_batch(
            batches in proptest::collection::vec((1..100_usize, 0..100_usize), 0..8),
            bytes_max in 0..300_usize,
        ) {
            let mut reads: Vec<Read> =
                batches.iter().map(|(first, rest)| given(&[*first, *rest], *first)).collect();
            within(&mut reads, bytes_max);
            let sizes = sizes(&reads);
            let total: usize = sizes.iter().sum();
            let first = batches.first().map_or(0, |(first, _)| *first);
            prop_assert!(total <= bytes_max.max(first));
            prop_assert!(batches.is_empty() || sizes[0] >= first);
            for ((first, _), size) in batches.iter().zip(&sizes) {
                prop_assert!(*size == 0 || size >= first);
            }
        }
    }
}
