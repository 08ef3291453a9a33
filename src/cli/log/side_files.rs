//! Small files beside segments, as lines of text; reading them checks them.

use std::path::Path;

use shards::format::offset_index::{self, OffsetIndex};
use shards::format::time_index::{self, TimeIndex};
use shards::format::transaction_index::TransactionIndex;
use shards::format::{
    checkpoint, clean_shutdown, meta_properties, partition_metadata, producer_snapshot, uuid_text,
};

use shards::log::epochs::EpochStart;

use super::log_files::{Content, LogFile};
use crate::cli::datetime;
use crate::cli::failure::Failure;
use crate::cli::files;

/// What is wrong with a file, or what it holds.
pub(super) type Lines = Result<Vec<String>, String>;

/// Reads the file; none if it holds batches.
pub(super) fn read(place: &LogFile) -> Result<Option<Lines>, Failure> {
    let lines = match place.content {
        Content::Segment { .. } | Content::MetadataSnapshot => return Ok(None),
        Content::OffsetIndex { base_offset } => {
            offset_entries(&place.path, base_offset)?.map(|entries| {
                entries.iter().map(|it| format!("{} at {}", it.offset, it.position)).collect()
            })
        }
        Content::TimeIndex { base_offset } => {
            time_entries(&place.path, base_offset)?.map(|entries| {
                let line = |it: &time_index::Entry| {
                    format!("{} at offset {}", time(it.timestamp), it.offset)
                };
                entries.iter().map(line).collect()
            })
        }
        Content::TransactionIndex { base_offset } => {
            transactions(&files::read(&place.path)?, base_offset)
        }
        Content::ProducerSnapshot { .. } => producers(&files::read(&place.path)?),
        Content::LeaderEpochs => checkpoint::decode_epochs(&files::read(&place.path)?)
            .map(|epochs| {
                let line =
                    |it: &EpochStart| format!("epoch {} from offset {}", it.epoch, it.start_offset);
                epochs.iter().map(line).collect()
            })
            .map_err(|error| error.to_string()),
        Content::Offsets => checkpoint::decode_offsets(&files::read(&place.path)?)
            .map(|offsets| {
                let line = |it: &checkpoint::PartitionOffset| {
                    format!("{}-{} {}", it.topic, it.partition, it.offset)
                };
                offsets.iter().map(line).collect()
            })
            .map_err(|error| error.to_string()),
        Content::PartitionMetadata => identity(&files::read(&place.path)?),
        Content::MetaProperties => properties(&files::read(&place.path)?),
        Content::CleanShutdown => {
            let text = clean_shutdown::FILE_NAME;
            files::read(&place.path)?;
            Ok(vec![format!("{text}: the broker stopped in order")])
        }
    };
    Ok(Some(lines))
}

/// Whole entries; zeros behind them are room that is not used yet.
fn used(bytes: &[u8], entry_bytes: usize) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &bytes[..end.next_multiple_of(entry_bytes).min(bytes.len())]
}

/// The epochs of a partition, where its checkpoint can be read.
pub(super) fn epochs(path: &Path) -> Option<Vec<EpochStart>> {
    checkpoint::decode_epochs(&files::read(path).ok()?).ok()
}

pub(super) fn offset_entries(
    path: &Path,
    base_offset: i64,
) -> Result<Result<Vec<offset_index::Entry>, String>, Failure> {
    let bytes = files::read(path)?;
    let index = OffsetIndex::new(base_offset, used(&bytes, offset_index::ENTRY_BYTES));
    let entries = index.iter().collect();
    Ok(index.check().map(|()| entries).map_err(|error| error.to_string()))
}

pub(super) fn time_entries(
    path: &Path,
    base_offset: i64,
) -> Result<Result<Vec<time_index::Entry>, String>, Failure> {
    let bytes = files::read(path)?;
    let index = TimeIndex::new(base_offset, used(&bytes, time_index::ENTRY_BYTES));
    let entries = index.iter().collect();
    Ok(index.check().map(|()| entries).map_err(|error| error.to_string()))
}

fn transactions(bytes: &[u8], base_offset: i64) -> Lines {
    let index = TransactionIndex::new(bytes);
    index.check(base_offset).map_err(|error| error.to_string())?;
    let line = |it: shards::format::transaction_index::Aborted| {
        format!(
            "producer {} aborted offsets {} to {}, last stable offset {}",
            it.producer_id, it.first_offset, it.last_offset, it.last_stable_offset
        )
    };
    Ok(index.iter().map(line).collect())
}

fn producers(bytes: &[u8]) -> Lines {
    let entries = producer_snapshot::decode(bytes).map_err(|error| error.to_string())?;
    let line = |it: &producer_snapshot::Entry| {
        let open = it.transaction_first_offset;
        let open = open.map_or_else(String::new, |it| format!(", open transaction from {it}"));
        format!(
            "producer {} epoch {}, last sequence {}, offsets {} to {}, {}, coordinator epoch \
             {}{open}",
            it.producer_id,
            it.epoch,
            it.last_sequence,
            it.last_offset - i64::from(it.offset_delta),
            it.last_offset,
            time(it.timestamp),
            it.coordinator_epoch,
        )
    };
    Ok(entries.iter().map(line).collect())
}

fn identity(bytes: &[u8]) -> Lines {
    let id = partition_metadata::decode(bytes).map_err(|error| error.to_string())?;
    let expected = partition_metadata::encode(id);
    match bytes.trim_ascii_end() == expected.as_bytes() {
        true => Ok(vec![format!("topic id {}", uuid_text::encode(id))]),
        false => Err(format!("it is not as brokers write it, which is {expected:?}")),
    }
}

fn properties(bytes: &[u8]) -> Lines {
    let read = meta_properties::decode(bytes).map_err(|error| error.to_string())?;
    let directory = read.directory_id.map_or_else(|| "none".to_owned(), uuid_text::encode);
    let (cluster, node) = (read.cluster_id, read.node_id);
    Ok(vec![format!("cluster {cluster}, node {node}, directory {directory}")])
}

/// A timestamp with its number; none is -1.
pub(super) fn time(timestamp: i64) -> String {
    if timestamp < 0 {
        return format!("time {timestamp}");
    }
    format!("time {timestamp} ({})", datetime::format(timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_room_is_no_entry() {
        assert_eq!(used(&[0; 24], 8), &[0; 0]);
        assert_eq!(used(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 8), &[0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(used(&[0, 0, 1], 8), &[0, 0, 1]);
    }
}
