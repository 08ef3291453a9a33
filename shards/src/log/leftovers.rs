//! What a stop in the middle leaves in a log's folder, ours or Apache Kafka's.
//!
//! Lives on: the shard that opens the log, before anything of it is read. `plan` is pure.
//! Promise: a compaction that was decided (`.swap`) is carried out, one that was not (`.cleaned`)
//! is undone; what was to be deleted goes; so does a file of a segment that is no more. Whatever is
//! not named like a file of a log stays. May be interrupted at any point, and made again.
//! Read next: recovery.rs, compaction/swap.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::scan::{Check, scan};
use super::segment_file::open_reader;
use crate::format::file_names::{self, SegmentFile, Transition};
use crate::io::directory::{self, Entry};
use crate::mutation::Mutation;

/// What is to be done, in this order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    remove: Vec<String>,
    /// Finished files of a compaction, and the names they get.
    rename: Vec<(String, String)>,
}

/// A file of a segment, as its name says.
type Named<'a> = (&'a str, i64, SegmentFile, Transition);

/// Brings the folder in order; gives what is in it then.
pub(super) async fn clear(folder: &Path) -> io::Result<Vec<Entry>> {
    let listed = directory::list(folder).await?;
    if !listed.iter().any(is_in_question) && !has_orphan(&listed) {
        return Ok(listed);
    }
    let mut ends = BTreeMap::new();
    for (name, base) in swapped_logs(&listed) {
        ends.insert(base, end_of(&folder.join(name), base).await?);
    }
    let plan = plan(&listed, &ends);
    if plan == Plan::default() {
        return Ok(listed);
    }
    tracing::info!(
        path = %folder.display(), removed = plan.remove.len(), renamed = plan.rename.len(),
        "what a stop left half done is brought to its end"
    );
    for name in &plan.remove {
        directory::remove_file(&folder.join(name)).await?;
    }
    // What was replaced must not be met beside what replaces it.
    directory::sync(folder).await?;
    for (from, to) in &plan.rename {
        directory::rename(&folder.join(from), &folder.join(to)).await?;
    }
    directory::sync(folder).await?;
    directory::list(folder).await
}

fn named(entry: &Entry) -> Option<Named<'_>> {
    let (base, file, transition) = file_names::parse_segment(&entry.name)?;
    (!entry.is_dir).then_some((entry.name.as_str(), base, file, transition))
}

fn is_in_question(entry: &Entry) -> bool {
    named(entry).is_some_and(|(.., transition)| transition != Transition::None)
}

/// Whether there is an index without its segment.
fn has_orphan(listed: &[Entry]) -> bool {
    let logs = bases(listed, Transition::None);
    let of_index = |(_, base, file, _): Named<'_>| is_index(file) && !logs.contains(&base);
    listed.iter().filter_map(named).any(of_index)
}

fn is_index(file: SegmentFile) -> bool {
    !matches!(file, SegmentFile::Log | SegmentFile::ProducerSnapshot)
}

fn bases(listed: &[Entry], of: Transition) -> BTreeSet<i64> {
    let is_log = |(_, base, file, transition): Named<'_>| {
        (file == SegmentFile::Log && transition == of).then_some(base)
    };
    listed.iter().filter_map(named).filter_map(is_log).collect()
}

/// The finished segments of compactions. A file that is still `.cleaned` says that its compaction
/// was not decided, nor any of later segments.
fn swapped_logs(listed: &[Entry]) -> Vec<(String, i64)> {
    let cleaned = listed.iter().filter_map(named).filter(|it| it.3 == Transition::Cleaned);
    let undecided_from = cleaned.map(|(_, base, ..)| base).min().unwrap_or(i64::MAX);
    let swapped = bases(listed, Transition::Swap).into_iter();
    let name = |base| file_names::segment(base, SegmentFile::Log, Transition::Swap);
    swapped.filter(|base| *base < undecided_from).map(|base| (name(base), base)).collect()
}

/// The offset behind the last batch of a segment.
async fn end_of(path: &Path, base: i64) -> io::Result<i64> {
    let file = open_reader(path).await?;
    let size = file.size()?;
    let mut end = base;
    let walked = scan(&file, 0, size, Check::Heads, |batch, _| {
        end = end.max(batch.next_offset());
        ControlFlow::Continue(())
    });
    walked.await?;
    Ok(end)
}

/// `ends` has the decided segments of compactions: base and end of each. The segments between are
/// those it replaces; what lies behind its last batch is older text of the same, and may stay.
fn plan(listed: &[Entry], ends: &BTreeMap<i64, i64>) -> Plan {
    let mut plan = Plan::default();
    let is_replaced =
        |at: i64| ends.iter().any(|(base, end)| *base < at && at < *end || *base == at);
    let mut logs = bases(listed, Transition::None);
    if !Mutation::ReplacedKept.is_planted() {
        logs.retain(|base| !is_replaced(*base));
    }
    logs.extend(ends.keys());
    for (name, base, file, transition) in listed.iter().filter_map(named) {
        let is_decided = ends.contains_key(&base);
        match transition {
            Transition::Swap if is_decided => {
                plan.rename
                    .push((name.to_owned(), file_names::segment(base, file, Transition::None)));
            }
            Transition::None if file == SegmentFile::ProducerSnapshot => {}
            // Its own file is replaced by the renaming, at once.
            Transition::None if file == SegmentFile::Log && is_decided => {}
            Transition::None if logs.contains(&base) && !is_decided => {}
            _ => plan.remove.push(name.to_owned()),
        }
    }
    // The segment itself last: until then the next start does all of this again.
    plan.rename.sort_by_key(|(_, to)| to.ends_with(".log"));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str]) -> Vec<Entry> {
        let entry = |name: &&str| Entry { name: format!("{:0>28}", name), is_dir: false, size: 1 };
        names
            .iter()
            .map(entry)
            .map(|mut entry| {
                // `5.log` is short for the name with twenty digits.
                let short = entry.name.trim_start_matches('0').to_owned();
                let (base, rest) = short.split_once('.').unwrap();
                let base: i64 = base.parse().unwrap_or(0);
                entry.name = format!("{base:020}.{rest}");
                entry
            })
            .collect()
    }

    fn planned(names: &[&str], ends: &[(i64, i64)]) -> (Vec<String>, Vec<String>) {
        let plan = plan(&listed(names), &ends.iter().copied().collect());
        let short = |name: &String| {
            let (base, rest) = name.split_once('.').unwrap();
            format!("{}.{rest}", base.parse::<i64>().unwrap())
        };
        (
            plan.remove.iter().map(short).collect(),
            plan.rename.iter().map(|it| short(&it.1)).collect(),
        )
    }

    #[test]
    fn what_was_not_decided_is_undone() {
        let names = ["5.log", "5.index", "5.log.cleaned", "5.index.swap", "9.log", "9.log.deleted"];
        assert!(swapped_logs(&listed(&names)).is_empty());
        let (removed, renamed) = planned(&names, &[]);
        assert_eq!(removed, ["5.log.cleaned", "5.index.swap", "9.log.deleted"]);
        assert!(renamed.is_empty());
    }

    #[test]
    fn what_was_decided_takes_the_place_of_all_it_was_made_of() {
        let names = [
            "5.log",
            "5.index",
            "5.log.swap",
            "5.index.swap",
            "7.log",
            "7.timeindex",
            "12.log",
            "12.index",
            "12.snapshot",
        ];
        assert_eq!(swapped_logs(&listed(&names)).len(), 1);
        let (removed, renamed) = planned(&names, &[(5, 11)]);
        assert_eq!(removed, ["5.index", "7.log", "7.timeindex"]);
        assert_eq!(renamed, ["5.index", "5.log"]);
        // And half way through, once more.
        let (removed, renamed) = planned(&["5.log.swap", "5.index", "12.log"], &[(5, 11)]);
        assert_eq!((removed, renamed), (vec!["5.index".to_owned()], vec!["5.log".to_owned()]));
    }

    #[test]
    fn an_index_without_its_segment_goes_and_the_rest_stays() {
        let names = ["5.log", "5.index", "3.timeindex", "3.snapshot", "9.snapshot"];
        let (removed, renamed) = planned(&names, &[]);
        assert_eq!((removed, renamed.len()), (vec!["3.timeindex".to_owned()], 0));
        assert!(has_orphan(&listed(&names)) && !has_orphan(&listed(&["5.log", "5.index"])));
    }
}
