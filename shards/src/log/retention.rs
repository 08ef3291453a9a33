//! What a log no longer keeps: segments that are too old, or beyond the log's size, or before its
//! start.
//!
//! Lives on: the partition's shard. Decided apart from being done: `expired` is pure, and says how
//! many segments go; then the log's start is moved behind them as DeleteRecords moves it. So a
//! crash brings nothing back, and a reader inside of a segment keeps its file.
//! Promise: a segment goes whole or not at all, the oldest first, and only below the high
//! watermark. Age is that of the youngest record, as its producer stamped it; an index entry that
//! says so is held against its batch first. Read next: lookup.rs, compaction.rs.

use super::Log;
use super::config::{LogConfig, Retention};
use super::error::ReadError;
use super::segment::Segment;
use crate::clock;
use crate::mutation::Mutation;
use crate::units::Offset;

/// A segment as retention sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentAge {
    pub bytes: u64,
    /// Of the youngest record; of the segment's beginning where no record has a time.
    pub youngest_ms: i64,
    /// Where the next segment begins, or the log ends.
    pub end: Offset,
}

/// What a look at a log has deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub segments: u64,
    pub bytes: u64,
}

/// How many of the oldest segments are not kept any more. None of what readers can not see yet
/// goes, nor an empty segment at the end.
pub fn expired(
    segments: &[SegmentAge],
    retention: Retention,
    now_ms: i64,
    high_watermark: Offset,
) -> usize {
    // A compaction may leave empty segments; only the one that takes appends stays for that.
    let segments = match segments {
        [rest @ .., last] if last.bytes == 0 => rest,
        all => all,
    };
    let total: u64 = segments.iter().map(|segment| segment.bytes).sum();
    let mut surplus = retention.bytes.and_then(|limit| total.checked_sub(limit));
    let is_surplus = |segment: &SegmentAge| {
        let left = surplus.and_then(|surplus| surplus.checked_sub(segment.bytes));
        surplus = left.or(surplus);
        left.is_some()
    };
    let by_size = segments.iter().map(is_surplus).take_while(|goes| *goes).count();
    let is_old = |segment: &&SegmentAge| {
        let age_ms = now_ms.saturating_sub(segment.youngest_ms);
        retention.ms.is_some_and(|limit| age_ms > limit)
    };
    let by_age = segments.iter().take_while(is_old).count();
    let is_seen = |segment: &&SegmentAge| segment.end <= high_watermark;
    segments.iter().take(by_size.max(by_age)).take_while(is_seen).count()
}

impl Log {
    /// Deletes what the log's configuration does not keep any more, where its policy is to delete.
    pub async fn delete_expired(&self) -> Result<Deleted, ReadError> {
        let config = self.config();
        if self.offline().is_some() || !config.cleanup.delete {
            return Ok(Deleted::default());
        }
        if config.retention.ms.is_some() {
            self.prove_oldest_times(&config).await?;
        }
        let now_ms = clock::wall_ms();
        let (start, deleted) = {
            let mut state = self.state_mut();
            // Those before the log's start wait for their files to go.
            let log_start = state.log_start();
            let mut ages = self.ages(&state.segments, state.next());
            ages.retain(|age| age.end > log_start || age.bytes == 0);
            let kept_from = match Mutation::UnseenExpired.is_planted() {
                true => state.next(),
                false => state.high_watermark(),
            };
            let count = expired(&ages, config.retention, now_ms, kept_from);
            let Some(last) = count.checked_sub(1) else { return Ok(Deleted::default()) };
            if count == ages.len() {
                self.roll(&mut state, now_ms);
            }
            let bytes = ages[..count].iter().map(|segment| segment.bytes).sum();
            (ages[last].end, Deleted { segments: count as u64, bytes })
        };
        let start = self.trim_prefix(start).await?;
        tracing::debug!(
            partition = self.name(), segments = deleted.segments, bytes = deleted.bytes, %start,
            "deleted: older than the log keeps, or more"
        );
        self.log_dir().note_deleted(deleted);
        Ok(deleted)
    }

    /// Proves the ages of the oldest segments, up to the first that is young enough to stay.
    async fn prove_oldest_times(&self, config: &LogConfig) -> Result<(), ReadError> {
        let Some(limit) = config.retention.ms else { return Ok(()) };
        if Mutation::IndexAgeBelieved.is_planted() {
            return Ok(());
        }
        loop {
            let unproven = {
                let state = self.state();
                let now_ms = clock::wall_ms();
                let is_old = |it: &&Segment| now_ms.saturating_sub(youngest_ms(it)) > limit;
                let mut old = state.segments.iter().take_while(is_old);
                old.find(|segment| !segment.are_times_proven).map(|segment| segment.base)
            };
            match unproven {
                Some(segment) => self.prove_times(segment).await?,
                None => return Ok(()),
            }
        }
    }

    fn ages(&self, segments: &[Segment], next: Offset) -> Vec<SegmentAge> {
        let ends = segments.iter().skip(1).map(|segment| segment.base).chain([next]);
        let age = |(segment, end): (&Segment, Offset)| SegmentAge {
            bytes: segment.size,
            youngest_ms: youngest_ms(segment),
            end,
        };
        segments.iter().zip(ends).map(age).collect()
    }
}

fn youngest_ms(segment: &Segment) -> i64 {
    let stamped = segment.max_timestamp.map(|max| max.timestamp_ms).filter(|time| *time >= 0);
    stamped.unwrap_or(segment.created_ms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEVER: Retention = Retention { ms: None, bytes: None };

    fn segments(of: &[(u64, i64)]) -> Vec<SegmentAge> {
        let mut end = 0;
        let segment = |(bytes, youngest_ms): &(u64, i64)| {
            end += 10;
            SegmentAge { bytes: *bytes, youngest_ms: *youngest_ms, end: Offset(end) }
        };
        of.iter().map(segment).collect()
    }

    #[test]
    fn the_oldest_go_by_the_age_of_their_youngest_record() {
        let log = segments(&[(100, 10), (100, 20), (100, 15), (100, 90)]);
        let of_age = |ms, now| expired(&log, Retention { ms: Some(ms), ..NEVER }, now, Offset(99));
        assert_eq!([of_age(50, 60), of_age(50, 61), of_age(50, 71)], [0, 1, 3]);
        assert_eq!(of_age(50, 141), 4, "all of it, the newest segment too");
        assert_eq!(of_age(0, i64::MIN), 0, "records of the future stay");
        assert_eq!(expired(&log, NEVER, i64::MAX, Offset(99)), 0);
    }

    #[test]
    fn only_whole_segments_go_by_size() {
        let log = segments(&[(100, 0), (50, 0), (100, 0)]);
        let of_size =
            |bytes| expired(&log, Retention { bytes: Some(bytes), ..NEVER }, 0, Offset(99));
        assert_eq!([of_size(250), of_size(151), of_size(150), of_size(100)], [0, 0, 1, 2]);
        assert_eq!(of_size(0), 3);
    }

    #[test]
    fn what_readers_do_not_see_yet_stays() {
        let log = segments(&[(100, 0), (100, 0), (100, 0)]);
        let retention = Retention { ms: Some(1), bytes: Some(0) };
        assert_eq!(expired(&log, retention, 1000, Offset(20)), 2);
        assert_eq!(expired(&log, retention, 1000, Offset(29)), 2);
        let empty = segments(&[(100, 0), (0, 0)]);
        assert_eq!(expired(&empty, retention, 1000, Offset(20)), 1);
    }

    proptest! {
        #[test]
        fn no_more_goes_than_the_limits_say(
            of in prop::collection::vec((0u64..100, 0i64..100), 1..12),
            limit in 0u64..1000,
            ms in 0i64..100,
        ) {
            let log = segments(&of);
            let total: u64 = log.iter().map(|it| it.bytes).sum();
            let count = expired(&log, Retention { bytes: Some(limit), ms: None }, 100, Offset(999));
            let gone: u64 = log[..count].iter().map(|it| it.bytes).sum();
            prop_assert!(count == 0 || total - gone >= limit);
            let count = expired(&log, Retention { ms: Some(ms), bytes: None }, 100, Offset(999));
            prop_assert!(log[..count].iter().all(|it| 100 - it.youngest_ms > ms));
        }
    }
}
