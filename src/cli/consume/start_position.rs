//! Where reading begins.

use std::collections::BTreeMap;

use crate::cli::datetime;
use crate::cli::failure::Failure;
use crate::client::offsets::{OffsetAt, list_offsets, offsets_at};
use crate::client::producer::now_ms;
use crate::client::{ClientError, Cluster, TopicPartition};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartPosition {
    Beginning,
    End,
    Offset(i64),
    /// So many records before the end.
    BeforeEnd(i64),
    /// The first record of this time or later, in milliseconds since 1970.
    Timestamp(i64),
}

/// Reads `beginning`, `end`, `42`, `-10`, `@1709210096789`, `2024-05-01T12:00:00Z`.
pub(super) fn parse(text: &str) -> Result<StartPosition, String> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    let place = match text {
        "beginning" | "earliest" => Some(StartPosition::Beginning),
        "end" | "latest" => Some(StartPosition::End),
        _ => match (text.strip_prefix('-'), text.strip_prefix('@')) {
            (Some(count), _) => match number(count) {
                Some(count) => Some(StartPosition::BeforeEnd(count)),
                None => {
                    ago(count).map(|ago| StartPosition::Timestamp(now_ms().saturating_sub(ago)))
                }
            },
            (_, Some(timestamp)) => number(timestamp).map(StartPosition::Timestamp),
            _ => number(text)
                .map(StartPosition::Offset)
                .or_else(|| datetime::parse(text).map(StartPosition::Timestamp)),
        },
    };
    place.ok_or_else(|| {
        format!(
            "`{text}` is no place: write beginning, end, an offset (42), records before the end \
             (-10), a while ago (-5m), a time (2024-05-01T12:00:00Z) or milliseconds since 1970 \
             (@1714564800000)"
        )
    })
}

/// Milliseconds of `30s`, `5m`, `2h`, `7d`.
fn ago(text: &str) -> Option<i64> {
    let unit_ms = match text.chars().next_back()? {
        's' => 1000,
        'm' => 60 * 1000,
        'h' => 60 * 60 * 1000,
        'd' => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    let number: i64 = text[..text.len() - 1].parse().ok().filter(|number| *number >= 0)?;
    number.checked_mul(unit_ms)
}

/// Refuses an offset that one of the partitions does not have.
pub(super) fn check_offset(
    cluster: &mut Cluster,
    partitions: &[TopicPartition],
    offset: i64,
) -> Result<(), Failure> {
    let starts = offsets_at(cluster, partitions.iter().cloned(), OffsetAt::Earliest)?;
    let ends = offsets_at(cluster, partitions.iter().cloned(), OffsetAt::Latest)?;
    for (partition, start) in starts {
        let end = ends.get(&partition).copied().unwrap_or(start);
        if !(start..=end).contains(&offset) {
            return Err(Failure::failed(format!(
                "{partition} has no offset {offset}: it begins at {start} and ends at {end}\n\
                 --partition reads others alone; --from beginning reads from the first."
            )));
        }
    }
    Ok(())
}

/// The offsets to begin from.
pub(super) fn positions(
    cluster: &mut Cluster,
    partitions: &[TopicPartition],
    place: StartPosition,
) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
    let all = || partitions.iter().cloned();
    match place {
        StartPosition::Beginning => offsets_at(cluster, all(), OffsetAt::Earliest),
        StartPosition::End => offsets_at(cluster, all(), OffsetAt::Latest),
        StartPosition::Offset(offset) => Ok(all().map(|partition| (partition, offset)).collect()),
        StartPosition::BeforeEnd(count) => {
            let starts = offsets_at(cluster, all(), OffsetAt::Earliest)?;
            let mut positions = offsets_at(cluster, all(), OffsetAt::Latest)?;
            for (partition, position) in &mut positions {
                *position = (*position - count).max(starts.get(partition).copied().unwrap_or(0));
            }
            Ok(positions)
        }
        StartPosition::Timestamp(timestamp) => {
            let wanted = all().map(|partition| (partition, OffsetAt::Timestamp(timestamp)));
            let found = list_offsets(cluster, &wanted.collect())?;
            let mut positions = offsets_at(cluster, all(), OffsetAt::Latest)?;
            // A partition without a record of that time begins at its end.
            let offsets = found.into_iter().filter_map(|(it, offset)| Some((it, offset?)));
            positions.extend(offsets);
            Ok(positions)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (text, place) in [
            ("beginning", StartPosition::Beginning),
            ("earliest", StartPosition::Beginning),
            ("end", StartPosition::End),
            ("0", StartPosition::Offset(0)),
            ("42", StartPosition::Offset(42)),
            ("-10", StartPosition::BeforeEnd(10)),
            ("@5", StartPosition::Timestamp(5)),
            ("1970-01-02", StartPosition::Timestamp(86_400_000)),
        ] {
            assert_eq!(parse(text), Ok(place), "{text}");
        }
        for (text, ago) in [("-30s", 30_000), ("-5m", 300_000), ("-2h", 7_200_000), ("-0d", 0)] {
            let Ok(StartPosition::Timestamp(timestamp)) = parse(text) else { panic!("{text}") };
            assert!((0..10_000).contains(&(now_ms() - ago - timestamp)), "{text}");
        }
        for refused in [
            "-5w",
            "-m",
            "--5m",
            "-1.5m",
            "-99999999999999999d",
            "",
            "-",
            "@",
            "--5",
            "@-5",
            "start",
            "1.5",
            "99999999999999999999",
        ] {
            assert!(parse(refused).is_err(), "{refused}");
        }
    }
}
