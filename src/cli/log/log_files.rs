//! What paths mean: single files, directories of partitions, whole data directories.

use std::path::{Path, PathBuf};

use shards::format::file_names::{
    self, DirectoryState, SegmentFile, Transition, parse_metadata_snapshot, parse_segment,
};
use shards::format::{checkpoint, clean_shutdown, meta_properties, partition_metadata};

use crate::cli::failure::Failure;
use crate::cli::files;

/// What a file holds, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    Segment { base_offset: i64 },
    OffsetIndex { base_offset: i64 },
    TimeIndex { base_offset: i64 },
    TransactionIndex { base_offset: i64 },
    ProducerSnapshot { offset: i64 },
    MetadataSnapshot,
    LeaderEpochs,
    Offsets,
    PartitionMetadata,
    MetaProperties,
    CleanShutdown,
}

/// A file, and the topic of the partition it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogFile {
    pub path: PathBuf,
    pub content: Content,
    pub topic: Option<String>,
}

/// All known files at or below the paths, partition by partition, a segment with its indexes.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<LogFile>, Failure> {
    let mut places = Vec::new();
    for path in paths {
        if path.is_dir() {
            find_below(path, &mut places)?;
            continue;
        }
        // Says why if it cannot be read.
        files::open(path)?;
        let content = content_of(path).ok_or_else(|| {
            let path = path.display();
            Failure::failed(format!(
                "{path}: no file of a log has such a name\nGive a .log, .index or .timeindex \
                 file, a checkpoint, the directory of a partition or a whole data directory."
            ))
        })?;
        places.push(place(path, content));
    }
    Ok(places)
}

fn find_below(directory: &Path, places: &mut Vec<LogFile>) -> Result<(), Failure> {
    let mut own = Vec::new();
    let mut partitions = Vec::new();
    for path in files::entries(directory)? {
        if path.is_dir() {
            partitions.extend(topic_of(&path).is_some().then_some(path));
        } else if let Some(content) = content_of(&path) {
            own.push(place(&path, content));
        }
    }
    own.sort_by_key(|place| (base_offset(place.content), place.content));
    let before = places.len();
    places.extend(own);
    for partition in partitions {
        for path in files::entries(&partition)? {
            if let Some(content) = content_of(&path).filter(|_| !path.is_dir()) {
                places.push(place(&path, content));
            }
        }
        let of_partition = |place: &LogFile| place.path.parent() == Some(partition.as_path());
        let start = places.iter().position(of_partition).unwrap_or(places.len());
        places[start..].sort_by_key(|place| (base_offset(place.content), place.content));
    }
    if places.len() == before {
        let directory = directory.display();
        return Err(Failure::failed(format!(
            "{directory}: no files of logs are here\nGive the directory of a partition, or one \
             of those that log.dirs names; ringlog-data if nothing else was set."
        )));
    }
    Ok(())
}

fn place(path: &Path, content: Content) -> LogFile {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    LogFile { path: path.to_owned(), content, topic: absolute.parent().and_then(topic_of) }
}

/// The topic of a partition's directory.
fn topic_of(directory: &Path) -> Option<String> {
    let name = directory.file_name()?.to_str()?;
    let found = file_names::parse_directory(name)?;
    // What is about to be deleted may vanish at any moment.
    (found.state != DirectoryState::Delete).then_some(found.topic)
}

fn content_of(path: &Path) -> Option<Content> {
    let name = path.file_name()?.to_str()?;
    if let Some((base_offset, file, transition)) = parse_segment(name) {
        // What is about to be deleted or was never finished is nobody's data.
        let in_use = matches!(transition, Transition::None | Transition::Swap);
        return in_use.then_some(match file {
            SegmentFile::Log => Content::Segment { base_offset },
            SegmentFile::OffsetIndex => Content::OffsetIndex { base_offset },
            SegmentFile::TimeIndex => Content::TimeIndex { base_offset },
            SegmentFile::TransactionIndex => Content::TransactionIndex { base_offset },
            SegmentFile::ProducerSnapshot => Content::ProducerSnapshot { offset: base_offset },
        });
    }
    if parse_metadata_snapshot(name).is_some() {
        return Some(Content::MetadataSnapshot);
    }
    match name {
        checkpoint::LEADER_EPOCHS => Some(Content::LeaderEpochs),
        checkpoint::RECOVERY_POINTS
        | checkpoint::LOG_STARTS
        | checkpoint::HIGH_WATERMARKS
        | checkpoint::CLEANED => Some(Content::Offsets),
        partition_metadata::FILE_NAME => Some(Content::PartitionMetadata),
        meta_properties::FILE_NAME => Some(Content::MetaProperties),
        clean_shutdown::FILE_NAME => Some(Content::CleanShutdown),
        "bootstrap.checkpoint" => Some(Content::MetadataSnapshot),
        _ => None,
    }
}

/// Files of a segment stand together, others before them.
fn base_offset(content: Content) -> i64 {
    match content {
        Content::Segment { base_offset }
        | Content::OffsetIndex { base_offset }
        | Content::TimeIndex { base_offset }
        | Content::TransactionIndex { base_offset } => base_offset,
        Content::ProducerSnapshot { offset } => offset,
        _ => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_inside() {
        let content = |name: &str| content_of(Path::new(name));
        let base_offset = 42;
        for (name, expected) in [
            ("a/00000000000000000042.log", Some(Content::Segment { base_offset })),
            ("00000000000000000042.index", Some(Content::OffsetIndex { base_offset })),
            ("00000000000000000042.log.swap", Some(Content::Segment { base_offset })),
            ("00000000000000000042.log.deleted", None),
            ("00000000000000000042-0000000001.checkpoint", Some(Content::MetadataSnapshot)),
            ("bootstrap.checkpoint", Some(Content::MetadataSnapshot)),
            ("leader-epoch-checkpoint", Some(Content::LeaderEpochs)),
            ("replication-offset-checkpoint", Some(Content::Offsets)),
            (".lock", None),
        ] {
            assert_eq!(content(name), expected, "{name}");
        }
    }

    #[test]
    fn files_of_a_data_directory_come_partition_by_partition() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for name in ["b-0", "a-1", "other"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        for name in [
            "meta.properties",
            "b-0/00000000000000000007.log",
            "b-0/00000000000000000000.timeindex",
            "b-0/00000000000000000000.log",
            "b-0/partition.metadata",
            "a-1/00000000000000000000.log",
            "other/00000000000000000000.log",
        ] {
            std::fs::write(root.join(name), b"").unwrap();
        }
        let places = find(&[root.to_owned()]).unwrap();
        let names: Vec<String> = places
            .iter()
            .map(|place| place.path.strip_prefix(root).unwrap().display().to_string())
            .collect();
        assert_eq!(
            names,
            [
                "meta.properties",
                "a-1/00000000000000000000.log",
                "b-0/partition.metadata",
                "b-0/00000000000000000000.log",
                "b-0/00000000000000000000.timeindex",
                "b-0/00000000000000000007.log",
            ]
        );
        assert_eq!(places[1].topic.as_deref(), Some("a"));
        assert!(find(&[root.join("other")]).unwrap()[0].topic.is_none());
        assert!(find(&[root.join("missing")]).is_err());
        std::fs::create_dir_all(root.join("empty/like-1")).unwrap();
        assert!(find(&[root.join("empty")]).is_err());
    }
}
