//! Which shard has which partition: by least load, the same after a restart.
//!
//! Lives on: the shard that publishes the metadata; a pure value, its file is an append-only list.
//! Promise: partitions of a topic are spread as evenly as can be, then all partitions are; a
//! partition stays where it is unless the number of shards changes, and then as few move as an
//! even spread needs. A torn or damaged end of the file costs no data: partitions that it does not
//! name are placed anew, since logs belong to a directory, not to a shard.
//! Never: does I/O, save for `file`.
//!
//! ```text
//! file: magic 8 bytes | shards u32 | CRC-32C of both u32 | entries
//! entry: topic id 16 bytes | partition i32 | shard u32, all ones: gone | CRC-32C of all u32
//! ```

mod file;

use crate::entropy::HashMap;

pub use file::PlacementFile;

use crate::format::checksum::crc32c;
use crate::units::{PartitionId, ShardId, TopicId, Uuid};

pub const FILE_NAME: &str = "ringlog-placement";

const MAGIC: &[u8; 8] = b"RLPLACE1";
const HEADER_BYTES: usize = 16;
const ENTRY_BYTES: usize = 28;
const GONE: u32 = u32::MAX;

/// A file with more superseded entries than this, and more than live ones, is to be written anew.
const SUPERSEDED_MAX: usize = 10_000;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    owners: HashMap<PartitionId, ShardId>,
    /// Partitions on each shard.
    loads: Vec<usize>,
    /// Partitions of a topic on each shard.
    topics: HashMap<TopicId, Vec<usize>>,
    entries_in_file: usize,
}

/// What reading a file came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    pub placement: Placement,
    /// Whether the file is to be replaced by `encode` before anything is appended.
    pub is_outdated: bool,
    /// Whether something in it can not be read: a checksum does not hold, or its end is torn.
    pub is_damaged: bool,
}

impl Placement {
    pub fn new(shards: usize) -> Placement {
        assert!(shards > 0, "a node has a shard");
        Placement {
            owners: HashMap::default(),
            loads: vec![0; shards],
            topics: HashMap::default(),
            entries_in_file: 0,
        }
    }

    pub fn shards(&self) -> usize {
        self.loads.len()
    }

    pub fn owner(&self, partition: PartitionId) -> Option<ShardId> {
        self.owners.get(&partition).copied()
    }

    pub fn len(&self) -> usize {
        self.owners.len()
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (PartitionId, ShardId)> {
        self.owners.iter().map(|(partition, shard)| (*partition, *shard))
    }

    /// The partition's shard; a new one gets the least loaded, and its entry goes to `appended`.
    pub fn place(&mut self, partition: PartitionId, appended: &mut Vec<u8>) -> ShardId {
        if let Some(owner) = self.owner(partition) {
            return owner;
        }
        let shard = self.least_loaded(partition.topic, usize::MAX);
        self.set(partition, shard);
        self.append(partition, shard.0 as u32, appended);
        shard
    }

    /// Puts a partition on a shard of the caller's choice.
    pub fn pin(&mut self, partition: PartitionId, shard: ShardId, appended: &mut Vec<u8>) {
        if self.owner(partition) != Some(shard) {
            self.unset(partition);
            self.set(partition, shard);
            self.append(partition, shard.0 as u32, appended);
        }
    }

    pub fn remove(&mut self, partition: PartitionId, appended: &mut Vec<u8>) -> Option<ShardId> {
        let shard = self.unset(partition)?;
        self.append(partition, GONE, appended);
        Some(shard)
    }

    /// Whether the file holds so much that no longer counts that it is to be replaced.
    pub fn is_file_long(&self) -> bool {
        let superseded = self.entries_in_file.saturating_sub(self.owners.len());
        superseded > SUPERSEDED_MAX && superseded > self.owners.len()
    }

    /// The whole file.
    pub fn encode(&mut self) -> Vec<u8> {
        let mut partitions: Vec<PartitionId> = self.owners.keys().copied().collect();
        partitions.sort_unstable();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + partitions.len() * ENTRY_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(self.shards() as u32).to_be_bytes());
        bytes.extend_from_slice(&crc32c(&bytes).to_be_bytes());
        self.entries_in_file = 0;
        for partition in partitions {
            let shard = self.owners[&partition];
            self.append(partition, shard.0 as u32, &mut bytes);
        }
        bytes
    }

    /// What a file says, for a node with `shards` shards. Reads up to the first damage.
    pub fn decode(bytes: &[u8], shards: usize) -> Read {
        let mut placement = Placement::new(shards);
        let Some(shards_before) = decode_header(bytes) else {
            return Read { placement, is_outdated: true, is_damaged: !bytes.is_empty() };
        };
        let mut named: HashMap<PartitionId, u32> = HashMap::default();
        let mut rest = &bytes[HEADER_BYTES..];
        while let Some((partition, shard)) = decode_entry(rest) {
            rest = &rest[ENTRY_BYTES..];
            placement.entries_in_file += 1;
            match shard {
                GONE => named.remove(&partition),
                shard => named.insert(partition, shard),
            };
        }
        let mut homeless: Vec<PartitionId> = Vec::new();
        for (partition, shard) in named {
            match (shard as usize) < shards {
                true => placement.set(partition, ShardId(shard as usize)),
                false => homeless.push(partition),
            }
        }
        let is_outdated = shards_before != shards || !rest.is_empty() || !homeless.is_empty();
        if is_outdated {
            placement.settle(homeless);
        }
        Read { placement, is_outdated, is_damaged: !rest.is_empty() }
    }

    /// Finds a place for partitions that have none, and for those of overloaded shards.
    fn settle(&mut self, mut homeless: Vec<PartitionId>) {
        let even = (self.owners.len() + homeless.len()).div_ceil(self.shards());
        let mut settled: Vec<(PartitionId, ShardId)> = self.iter().collect();
        // Those that move are taken from all topics, not all of one.
        settled.sort_unstable_by_key(|(partition, _)| (partition.index, partition.topic));
        for (partition, shard) in settled {
            if self.loads[shard.0] > even {
                self.unset(partition);
                homeless.push(partition);
            }
        }
        homeless.sort_unstable();
        for partition in homeless {
            let shard = self.least_loaded(partition.topic, even);
            self.set(partition, shard);
        }
    }

    /// Among the shards with fewer than `limit` partitions, if there are any.
    fn least_loaded(&self, topic: TopicId, limit: usize) -> ShardId {
        let of_topic = self.topics.get(&topic);
        let load = |shard: &usize| {
            let load = self.loads[*shard];
            (load >= limit, of_topic.map_or(0, |loads| loads[*shard]), load)
        };
        ShardId((0..self.shards()).min_by_key(load).expect("a node has a shard"))
    }

    fn set(&mut self, partition: PartitionId, shard: ShardId) {
        self.owners.insert(partition, shard);
        self.loads[shard.0] += 1;
        let shards = self.shards();
        self.topics.entry(partition.topic).or_insert_with(|| vec![0; shards])[shard.0] += 1;
    }

    fn unset(&mut self, partition: PartitionId) -> Option<ShardId> {
        let shard = self.owners.remove(&partition)?;
        self.loads[shard.0] -= 1;
        if let Some(loads) = self.topics.get_mut(&partition.topic) {
            loads[shard.0] -= 1;
            if loads.iter().all(|load| *load == 0) {
                self.topics.remove(&partition.topic);
            }
        }
        Some(shard)
    }

    fn append(&mut self, partition: PartitionId, shard: u32, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.extend_from_slice(partition.topic.as_bytes());
        bytes.extend_from_slice(&partition.index.to_be_bytes());
        bytes.extend_from_slice(&shard.to_be_bytes());
        let checksum = crc32c(&bytes[start..]);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        self.entries_in_file += 1;
    }
}

/// The number of shards of the node that wrote the file.
fn decode_header(bytes: &[u8]) -> Option<usize> {
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk()?;
    let (fields, checksum) = header.split_at(HEADER_BYTES - 4);
    let is_whole = fields.starts_with(MAGIC) && checksum == crc32c(fields).to_be_bytes();
    let shards: [u8; 4] = *fields.last_chunk()?;
    is_whole.then(|| u32::from_be_bytes(shards) as usize)
}

fn decode_entry(bytes: &[u8]) -> Option<(PartitionId, u32)> {
    let entry: &[u8; ENTRY_BYTES] = bytes.first_chunk()?;
    let (fields, checksum) = entry.split_at(ENTRY_BYTES - 4);
    if checksum != crc32c(fields).to_be_bytes() {
        return None;
    }
    let topic: &[u8; 16] = fields.first_chunk()?;
    let index: &[u8; 4] = fields[16..].first_chunk()?;
    let shard: &[u8; 4] = fields.last_chunk()?;
    let partition =
        PartitionId { topic: Uuid::from_bytes(*topic), index: i32::from_be_bytes(*index) };
    Some((partition, u32::from_be_bytes(*shard)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn partition(topic: u8, index: i32) -> PartitionId {
        PartitionId { topic: Uuid::from_u128(u128::from(topic) + 100), index }
    }

    /// A placement with some partitions, and its file as it grew.
    fn grown(shards: usize, topics: u8, partitions: i32) -> (Placement, Vec<u8>) {
        let mut placement = Placement::new(shards);
        let mut file = placement.encode();
        for topic in 0..topics {
            for index in 0..partitions {
                placement.place(partition(topic, index), &mut file);
            }
        }
        (placement, file)
    }

    #[test]
    fn spreads_each_topic_and_all_of_them() {
        let (placement, _) = grown(4, 5, 6);
        for topic in 0..5 {
            for shard in 0..4 {
                let here =
                    |index: &i32| placement.owner(partition(topic, *index)) == Some(ShardId(shard));
                assert!((1..=2).contains(&(0..6).filter(here).count()));
            }
        }
        assert_eq!(placement.loads.iter().sum::<usize>(), 30);
        assert!(placement.loads.iter().all(|load| (7..=8).contains(load)), "{placement:?}");
    }

    #[test]
    fn single_partitions_go_to_the_least_loaded() {
        let mut placement = Placement::new(2);
        let mut file = Vec::new();
        placement.pin(partition(0, 0), ShardId(0), &mut file);
        assert_eq!(placement.place(partition(1, 0), &mut file), ShardId(1));
        assert_eq!(placement.remove(partition(0, 0), &mut file), Some(ShardId(0)));
        assert_eq!(placement.place(partition(2, 0), &mut file), ShardId(0));
        assert_eq!(placement.remove(partition(9, 0), &mut file), None);
    }

    #[test]
    fn is_the_same_after_a_restart() {
        let (mut placement, mut file) = grown(3, 4, 5);
        placement.remove(partition(1, 2), &mut file);
        let read = Placement::decode(&file, 3);
        assert_eq!(
            read,
            Read { placement: placement.clone(), is_outdated: false, is_damaged: false }
        );
        let read = Placement::decode(&placement.encode(), 3);
        assert_eq!(read, Read { placement, is_outdated: false, is_damaged: false });
    }

    #[test]
    fn a_torn_end_costs_its_entries_only() {
        let (placement, file) = grown(3, 2, 3);
        for length in 0..file.len() {
            let read = Placement::decode(&file[..length], 3);
            let whole = length.saturating_sub(HEADER_BYTES) / ENTRY_BYTES;
            assert_eq!(read.placement.len(), whole);
            let is_clean =
                length >= HEADER_BYTES && (length - HEADER_BYTES).is_multiple_of(ENTRY_BYTES);
            assert_eq!(read.is_outdated, !is_clean, "cut at {length}");
            assert!(read.placement.iter().all(|(id, at)| placement.owner(id) == Some(at)));
        }
    }

    #[test]
    fn long_files_are_noticed() {
        let mut placement = Placement::new(1);
        let mut file = Vec::new();
        for _ in 0..SUPERSEDED_MAX {
            placement.place(partition(0, 0), &mut file);
            placement.remove(partition(0, 0), &mut file);
        }
        assert!(placement.is_file_long());
        placement.encode();
        assert!(!placement.is_file_long());
    }

    proptest! {
        #[test]
        fn another_number_of_shards_moves_no_more_than_it_must(
            before in 1usize..6, after in 1usize..6, topics in 1u8..6, partitions in 1i32..9,
        ) {
            let (placement, file) = grown(before, topics, partitions);
            let read = Placement::decode(&file, after);
            prop_assert_eq!(read.placement.len(), placement.len());
            prop_assert_eq!(read.is_outdated, before != after);
            let even = placement.len().div_ceil(after);
            prop_assert!(read.placement.iter().all(|(_, shard)| shard.0 < after));
            if before < after {
                let owner = |id| read.placement.owner(id);
                let stayed = placement.iter().filter(|(id, at)| owner(*id) == Some(*at));
                let most: usize = placement.loads.iter().map(|load| (*load).min(even)).sum();
                prop_assert_eq!(stayed.count(), most);
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Placement::decode(&bytes, 2).placement.is_empty());
        }
    }
}
