//! The names of files and directories of logs.
//!
//! Lives on: any core; pure.
//! Promise: what these functions make they read back; foreign names are none of theirs.
//!
//! ```text
//! topic-0/                              the log of a partition
//! topic-0.<id>-delete/ -stray/ -future/ one to be deleted, orphaned, being moved between disks
//! 00000000000000000042.log .index .timeindex .txnindex .snapshot   of a segment
//! 00000000000000000042.log.deleted .cleaned .swap                  in transition
//! 00000000000000000042-0000000003.checkpoint                       a snapshot of metadata
//! ringlog.journal.3                                                the journal of a core
//! ringlog.reserve.3                                                room that a core keeps
//! ```

/// Longest name of a directory on the usual file systems.
const NAME_BYTES_MAX: usize = 255;
/// Digits of an offset in a name.
const OFFSET_DIGITS: usize = 20;
const EPOCH_DIGITS: usize = 10;

/// What a file of a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SegmentFile {
    Log,
    OffsetIndex,
    TimeIndex,
    TransactionIndex,
    ProducerSnapshot,
}

impl SegmentFile {
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::OffsetIndex,
        Self::TimeIndex,
        Self::TransactionIndex,
        Self::ProducerSnapshot,
    ];

    fn extension(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::OffsetIndex => "index",
            Self::TimeIndex => "timeindex",
            Self::TransactionIndex => "txnindex",
            Self::ProducerSnapshot => "snapshot",
        }
    }
}

/// What happens to a file of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// In use.
    None,
    /// To be deleted soon.
    Deleted,
    /// Being written by a compaction; worthless after a crash.
    Cleaned,
    /// A finished compaction, to be put in place.
    Swap,
}

impl Transition {
    const ALL: [Self; 4] = [Self::None, Self::Deleted, Self::Cleaned, Self::Swap];

    fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Deleted => ".deleted",
            Self::Cleaned => ".cleaned",
            Self::Swap => ".swap",
        }
    }
}

/// The name of a file of a segment.
pub fn segment(base_offset: i64, file: SegmentFile, transition: Transition) -> String {
    let (extension, suffix) = (file.extension(), transition.suffix());
    format!("{base_offset:0OFFSET_DIGITS$}.{extension}{suffix}")
}

/// What a name of [`segment`] says.
pub fn parse_segment(name: &str) -> Option<(i64, SegmentFile, Transition)> {
    let (number, rest) = name.split_once('.')?;
    let base_offset = parse_digits(number, OFFSET_DIGITS)?;
    let (extension, suffix) = match rest.find('.') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let file = SegmentFile::ALL.into_iter().find(|file| file.extension() == extension)?;
    let transition = Transition::ALL.into_iter().find(|it| it.suffix() == suffix)?;
    Some((base_offset, file, transition))
}

/// The name of a snapshot of metadata: all records before `end_offset`, the last of `epoch`.
pub fn metadata_snapshot(end_offset: i64, epoch: i32) -> String {
    format!("{end_offset:0OFFSET_DIGITS$}-{epoch:0EPOCH_DIGITS$}.checkpoint")
}

/// End offset and epoch of a name of [`metadata_snapshot`].
pub fn parse_metadata_snapshot(name: &str) -> Option<(i64, i32)> {
    let (end_offset, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
    let epoch = parse_digits(epoch, EPOCH_DIGITS)?;
    Some((parse_digits(end_offset, OFFSET_DIGITS)?, i32::try_from(epoch).ok()?))
}

/// What happens to the directory of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DirectoryState {
    InUse,
    /// To be deleted soon.
    Delete,
    /// Of a topic that no longer exists: not to be touched without an operator.
    Stray,
    /// Being copied here from another log directory.
    Future,
}

impl DirectoryState {
    const MARKED: [(Self, &'static str); 3] =
        [(Self::Delete, "-delete"), (Self::Stray, "-stray"), (Self::Future, "-future")];
}

/// A partition that a directory belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDirectory {
    pub topic: String,
    pub partition: i32,
    pub state: DirectoryState,
}

/// The directory of a partition in use.
pub fn partition_directory(topic: &str, partition: i32) -> String {
    format!("{topic}-{partition}")
}

/// The directory of a partition in another state, told apart by `id` (32 hex digits). A long
/// topic name is cut short, as the name has a limit.
pub fn marked_directory(topic: &str, partition: i32, state: DirectoryState, id: u128) -> String {
    let mark = DirectoryState::MARKED.into_iter().find(|(marked, _)| *marked == state);
    let Some((_, mark)) = mark else { return partition_directory(topic, partition) };
    let end = format!("-{partition}.{id:032x}{mark}");
    let fits = topic.floor_char_boundary(NAME_BYTES_MAX - end.len());
    format!("{}{end}", &topic[..fits])
}

/// What the name of a directory says; none: it is no partition's.
pub fn parse_directory(name: &str) -> Option<PartitionDirectory> {
    let marked = DirectoryState::MARKED
        .into_iter()
        .find_map(|(state, mark)| Some((state, name.strip_suffix(mark)?)));
    let (state, name) = match marked {
        None => (DirectoryState::InUse, name),
        Some((state, name)) => {
            let (name, id) = name.rsplit_once('.')?;
            (!id.is_empty()).then_some((state, name))?
        }
    };
    let (topic, partition) = name.rsplit_once('-')?;
    let canonical = partition == "0" || !partition.starts_with(['0', '+']);
    let partition = partition.parse().ok().filter(|partition| *partition >= 0 && canonical)?;
    let topic = (!topic.is_empty()).then(|| topic.to_owned())?;
    Some(PartitionDirectory { topic, partition, state })
}

/// No folder of a partition can have such a name: those end in a dash and a number, or a word.
const JOURNAL_PREFIX: &str = "ringlog.journal.";

/// The name of a core's journal.
pub fn journal(core: usize) -> String {
    format!("{JOURNAL_PREFIX}{core}")
}

/// The name of what a core keeps of a disk for deletions.
pub fn reserve(core: usize) -> String {
    format!("ringlog.reserve.{core}")
}

/// The core of a name of [`journal`].
pub fn parse_journal(name: &str) -> Option<usize> {
    let core = name.strip_prefix(JOURNAL_PREFIX)?.parse().ok()?;
    (journal(core) == name).then_some(core)
}

fn parse_digits(text: &str, digits: usize) -> Option<i64> {
    let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn segments() {
        let name = segment(42, SegmentFile::TimeIndex, Transition::None);
        assert_eq!(name, "00000000000000000042.timeindex");
        let name = segment(i64::MAX, SegmentFile::Log, Transition::Deleted);
        assert_eq!(name, "09223372036854775807.log.deleted");
        for file in SegmentFile::ALL {
            for transition in Transition::ALL {
                let name = segment(7, file, transition);
                assert_eq!(parse_segment(&name), Some((7, file, transition)));
            }
        }
        for foreign in [
            "42.log",
            "00000000000000000042",
            "00000000000000000042.txt",
            "00000000000000000042.log.old",
            "99999999999999999999.log",
            "-0000000000000000042.log",
            "leader-epoch-checkpoint",
            "",
        ] {
            assert_eq!(parse_segment(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn journals() {
        assert_eq!(journal(3), "ringlog.journal.3");
        for core in [0, 3, 127] {
            assert_eq!(parse_journal(&journal(core)), Some(core));
            assert_eq!(parse_directory(&journal(core)), None);
        }
        for foreign in ["ringlog.journal.", "ringlog.journal.03", "ringlog.journal.0.new", "x"] {
            assert_eq!(parse_journal(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn metadata_snapshots() {
        let name = metadata_snapshot(42, 3);
        assert_eq!(name, "00000000000000000042-0000000003.checkpoint");
        assert_eq!(parse_metadata_snapshot(&name), Some((42, 3)));
        let part = "00000000000000000042-0000000003.checkpoint.part";
        assert_eq!(parse_metadata_snapshot(part), None);
        assert_eq!(parse_metadata_snapshot("00000000000000000042-9999999999.checkpoint"), None);
    }

    #[test]
    fn directories() {
        let found = |name: &str| parse_directory(name).map(|it| (it.topic, it.partition, it.state));
        let is = |topic: &str, partition, state| Some((topic.to_owned(), partition, state));
        assert_eq!(found("my-topic.v1-12"), is("my-topic.v1", 12, DirectoryState::InUse));
        assert_eq!(found("a-0.5f-delete"), is("a", 0, DirectoryState::Delete));
        assert_eq!(found("a.b-3.5f-future"), is("a.b", 3, DirectoryState::Future));
        for foreign in ["lost+found", "-1", "topic-", "t-01", "t-+1", "t-delete", ""] {
            assert_eq!(found(foreign), None, "{foreign}");
        }
        for (state, mark) in DirectoryState::MARKED {
            let name = marked_directory("topic", 5, state, 0xabc);
            assert!(name.starts_with("topic-5.") && name.ends_with(mark), "{name}");
            assert_eq!(found(&name), is("topic", 5, state));
        }
        let long = marked_directory(&"t".repeat(249), 99, DirectoryState::Delete, u128::MAX);
        assert_eq!(long.len(), NAME_BYTES_MAX);
        assert!(found(&long).is_some());
    }

    proptest! {
        #[test]
        fn any_name_never_panics(
            name: String,
            topic in "[a-z._-]{1,249}",
            partition in 0..i32::MAX,
        ) {
            let parsed = parse_segment(&name);
            prop_assert!(parsed.is_none_or(|(offset, file, it)| segment(offset, file, it) == name));
            prop_assert!(parse_metadata_snapshot(&name).is_none_or(|(offset, _)| offset >= 0));
            prop_assert!(parse_directory(&name).is_none_or(|found| found.partition >= 0));
            let found = parse_directory(&partition_directory(&topic, partition)).unwrap();
            prop_assert_eq!((found.topic, found.partition), (topic, partition));
        }
    }
}
