//! Which part of a log a compaction goes through. Pure.
//!
//! Promise: never the segment that takes appends, nothing at or above the last stable offset,
//! nothing that is not wholly in its file, and no record younger than the log's configuration
//! says. Both ends lie where segments begin. Read next: ../compaction.rs.

use crate::log::config::Compaction;
use crate::units::Offset;

/// A segment as a compaction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentView {
    pub base: Offset,
    pub bytes: u64,
    /// Of its two indexes, the larger one.
    pub index_bytes: usize,
    /// Of its first batch, its youngest record's.
    pub first_ms: Option<i64>,
    pub youngest_ms: i64,
    /// Sealed, and wholly in its files.
    pub is_finished: bool,
}

/// What of a log could be compacted now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cleanable {
    /// From here on nothing was compacted yet.
    pub dirty_from: Offset,
    /// Nothing from here on may be compacted.
    pub end: Offset,
    pub clean_bytes: u64,
    pub dirty_bytes: u64,
    /// A record waits for longer than the configuration allows.
    pub is_overdue: bool,
}

impl Cleanable {
    /// The share of what may be compacted that was not yet.
    pub fn dirty_ratio(&self) -> f64 {
        let total = self.clean_bytes + self.dirty_bytes;
        if total == 0 { 0.0 } else { self.dirty_bytes as f64 / total as f64 }
    }

    /// Whether it is worth it.
    pub fn is_due(&self, config: &Compaction) -> bool {
        self.dirty_bytes > 0 && (self.is_overdue || self.dirty_ratio() > config.dirty_ratio_min)
    }
}

/// Where a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub log_start: Offset,
    pub last_stable: Offset,
    /// Up to where it was compacted.
    pub cleaned_to: Offset,
    pub now_ms: i64,
}

/// What may be compacted of a log with these segments, of which the last takes appends.
pub fn cleanable(segments: &[SegmentView], at: Standing, config: &Compaction) -> Cleanable {
    let active = segments.last().map_or(at.log_start, |segment| segment.base);
    let is_known = at.log_start <= at.cleaned_to && at.cleaned_to <= active;
    let dirty_from = if is_known { at.cleaned_to } else { at.log_start };
    let next_base = |index: usize| segments.get(index + 1).map_or(active, |next| next.base);
    let is_young = |segment: &SegmentView| {
        let age_ms = at.now_ms.saturating_sub(segment.youngest_ms);
        segment.base >= dirty_from && config.lag_ms_min > 0 && age_ms < config.lag_ms_min
    };
    let may_be = |(index, segment): (usize, &SegmentView)| {
        let next = next_base(index);
        segment.base < active && segment.is_finished && next <= at.last_stable && !is_young(segment)
    };
    let count = segments.iter().enumerate().take_while(|it| may_be(*it)).count();
    let end = segments.get(count).map_or(active, |segment| segment.base);
    let dirty_from = dirty_from.min(end);
    // The segment that was gone through in part is dirty.
    let clean = (0..count).take_while(|index| next_base(*index) <= dirty_from).count();
    let (clean, dirty) = segments[..count].split_at(clean);
    let bytes = |of: &[SegmentView]| of.iter().map(|segment| segment.bytes).sum();
    let oldest_ms = dirty.iter().filter_map(|segment| segment.first_ms).filter(|ms| *ms > 0).min();
    let overdue_before = at.now_ms.saturating_sub(config.lag_ms_max);
    Cleanable {
        dirty_from,
        end,
        clean_bytes: bytes(clean),
        dirty_bytes: bytes(dirty),
        is_overdue: oldest_ms.is_some_and(|oldest| oldest < overdue_before),
    }
}

/// What the segment that takes the place of others may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupLimits {
    pub bytes: u64,
    pub index_bytes: usize,
}

/// Neighbours among the segments that become one, so that small ones do not stay for ever: how many
/// each takes.
pub fn groups(segments: &[SegmentView], end: Offset, limits: GroupLimits) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::new();
    let (mut bytes, mut index_bytes, mut base) = (0, 0, Offset::ZERO);
    for (index, segment) in segments.iter().enumerate() {
        let next = segments.get(index + 1).map_or(end, |next| next.base);
        let fits = bytes + segment.bytes <= limits.bytes
            && index_bytes + segment.index_bytes <= limits.index_bytes
            && next.0 - base.0 <= i64::from(i32::MAX);
        match groups.last_mut() {
            Some(last) if fits => *last += 1,
            _ => {
                groups.push(1);
                (bytes, index_bytes, base) = (0, 0, segment.base);
            }
        }
        bytes += segment.bytes;
        index_bytes += segment.index_bytes;
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONFIG: Compaction =
        Compaction { dirty_ratio_min: 0.5, lag_ms_min: 0, lag_ms_max: i64::MAX, tombstone_ms: 0 };

    /// Segments of ten offsets and 100 bytes, the youngest records of which are 0, 10, 20 ... old.
    fn segments(count: i64) -> Vec<SegmentView> {
        let segment = |number| SegmentView {
            base: Offset(number * 10),
            bytes: 100,
            index_bytes: 8,
            first_ms: Some(number * 10 + 1),
            youngest_ms: number * 10 + 9,
            is_finished: true,
        };
        (0..count).map(segment).collect()
    }

    fn at(cleaned_to: i64, last_stable: i64) -> Standing {
        Standing {
            log_start: Offset(0),
            last_stable: Offset(last_stable),
            cleaned_to: Offset(cleaned_to),
            now_ms: 100,
        }
    }

    #[test]
    fn up_to_the_last_stable_offset_and_never_the_newest_segment() {
        let log = segments(5);
        let found = cleanable(&log, at(20, 99), &CONFIG);
        assert_eq!((found.dirty_from, found.end), (Offset(20), Offset(40)));
        assert_eq!((found.clean_bytes, found.dirty_bytes), (200, 200));
        assert!(!found.is_due(&CONFIG), "half is not more than half");
        assert!(cleanable(&log, at(10, 99), &CONFIG).is_due(&CONFIG));
        assert_eq!(cleanable(&log, at(0, 39), &CONFIG).end, Offset(30));
        assert_eq!(cleanable(&log, at(0, 40), &CONFIG).end, Offset(40));
        assert_eq!(cleanable(&segments(1), at(0, 99), &CONFIG).dirty_bytes, 0);
    }

    #[test]
    fn what_is_not_in_its_files_yet_waits() {
        let mut log = segments(5);
        log[2].is_finished = false;
        assert_eq!(cleanable(&log, at(0, 99), &CONFIG).end, Offset(20));
    }

    #[test]
    fn a_checkpoint_outside_of_the_log_is_not_believed() {
        let log = segments(5);
        assert_eq!(cleanable(&log, at(41, 99), &CONFIG).dirty_from, Offset(0));
        let half = cleanable(&log, at(25, 99), &CONFIG);
        assert_eq!((half.clean_bytes, half.dirty_bytes), (200, 200), "a part of one is dirty");
        let cut = Standing { log_start: Offset(25), ..at(10, 99) };
        assert_eq!(cleanable(&log, cut, &CONFIG).dirty_from, Offset(25));
    }

    #[test]
    fn records_wait_at_least_and_at_most_so_long() {
        let log = segments(5);
        let lag = Compaction { lag_ms_min: 75, ..CONFIG };
        assert_eq!(cleanable(&log, at(0, 99), &lag).end, Offset(20));
        let lag = Compaction { lag_ms_max: 70, ..CONFIG };
        let overdue = cleanable(&log, at(20, 99), &lag);
        assert!(overdue.is_overdue && overdue.is_due(&lag));
        let lag = Compaction { lag_ms_max: 90, ..CONFIG };
        assert!(!cleanable(&log, at(20, 99), &lag).is_overdue);
    }

    #[test]
    fn neighbours_become_one_up_to_the_limits() {
        let limits = GroupLimits { bytes: 250, index_bytes: 100 };
        assert_eq!(groups(&segments(5), Offset(50), limits), [2, 2, 1]);
        let limits = GroupLimits { bytes: 50, index_bytes: 100 };
        assert_eq!(groups(&segments(2), Offset(20), limits), [1, 1]);
        let limits = GroupLimits { bytes: 1000, index_bytes: 24 };
        assert_eq!(groups(&segments(4), Offset(40), limits), [3, 1]);
        let mut far = segments(2);
        far[1].base = Offset(i64::from(i32::MAX));
        let limits = GroupLimits { bytes: 1000, index_bytes: 100 };
        assert_eq!(groups(&far, Offset(i64::from(i32::MAX) + 5), limits), [1, 1]);
    }

    proptest! {
        #[test]
        fn each_segment_is_in_one_group(
            count in 0i64..20,
            bytes in 0u64..1000,
        ) {
            let limits = GroupLimits { bytes, index_bytes: 40 };
            let groups = groups(&segments(count), Offset(count * 10), limits);
            prop_assert_eq!(groups.iter().sum::<usize>(), count as usize);
            prop_assert!(groups.iter().all(|of| *of > 0));
        }
    }
}
