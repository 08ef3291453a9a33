//! What the journals on the simulated disk promise, read apart from the recovery that is judged.
//!
//! Lives on: the simulator's thread, between two turns; reads files past all faults.
//! Promise: whatever a whole page of a journal holds and no segment was said to hold yet is listed.
//! Read next: page.rs, replay.rs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::mark::{MARK_AT, Mark};
use super::page::{EntryHeader, EntryKind, PageHeader, decode_page};
use super::replay::decode_identity;
use super::space::RING_START;
use crate::format::{file_names, partition_metadata};
use crate::io::simulation;
use crate::units::{BLOCK_BYTES, PartitionId, blocks_up};

/// An append that only a journal holds for certain.
#[derive(Clone, Debug)]
pub struct Promised {
    pub entry: EntryHeader,
    bytes: Vec<u8>,
}

/// How a segment's file goes with what a journal has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Byte for byte.
    Whole,
    /// The file, or its partition, is not there, or it ends before.
    Missing,
    Different,
}

/// The journals in a directory.
pub fn journals(directory: &Path) -> Vec<PathBuf> {
    let names = simulation::entries_of(directory).into_iter().map(|entry| entry.0);
    let journals = names.filter(|name| file_names::parse_journal(name).is_some());
    journals.map(|name| directory.join(name)).collect()
}

/// The appends that recovery needs, of some journals.
pub fn promised(journals: &[PathBuf]) -> Vec<Promised> {
    journals.iter().flat_map(|path| of_journal(path)).collect()
}

fn of_journal(path: &Path) -> Vec<Promised> {
    let identity = simulation::peek(path, 0, BLOCK_BYTES);
    let Some(id) = decode_identity(&identity).map(|identity| identity.id) else {
        return Vec::new();
    };
    let mut pages: BTreeMap<u64, (PageHeader, u64)> = BTreeMap::new();
    simulation::for_each_page(path, |position, block| {
        if let Some(header) =
            PageHeader::peek(block, id, position).filter(|_| position >= RING_START)
        {
            pages.insert(header.sequence, (header, position));
        }
    });
    let whole = |(header, position): &(PageHeader, u64)| {
        let bytes = simulation::peek(path, *position, blocks_up(u64::from(header.length)) as usize);
        decode_page(&bytes, id, *position).is_ok().then_some(bytes)
    };
    let mark = Mark::decode(&simulation::peek(path, MARK_AT, BLOCK_BYTES), id);
    let needed_from = mark.map_or(0, |mark| mark.needed_from.0);
    let newest = pages.range(needed_from..).rev().find(|(_, page)| whole(page).is_some());
    let Some((newest, (header, _))) = newest else { return Vec::new() };
    let mut promised = Vec::new();
    let first = header.oldest_sequence.max(needed_from);
    for (_, page) in pages.range(first..).take_while(|(sequence, _)| *sequence <= newest) {
        let Some(bytes) = whole(page) else { continue };
        let Ok((_, entries)) = decode_page(&bytes, id, page.1) else { continue };
        let appends = entries.into_iter().filter(|(entry, _)| entry.kind == EntryKind::Append);
        promised.extend(appends.map(|(entry, body)| Promised { entry, bytes: body.to_vec() }));
    }
    promised
}

/// The directories of partitions, by what their files of identity say.
pub fn partitions(directory: &Path) -> BTreeMap<PartitionId, PathBuf> {
    let mut found = BTreeMap::new();
    for (name, _) in simulation::entries_of(directory) {
        let Some(index) = name.rsplit_once('-').and_then(|(_, index)| index.parse().ok()) else {
            continue;
        };
        let path = directory.join(&name);
        let identity = simulation::peek(&path.join(partition_metadata::FILE_NAME), 0, BLOCK_BYTES);
        if let Ok(topic) = partition_metadata::decode(&identity) {
            found.insert(PartitionId { topic, index }, path);
        }
    }
    found
}

impl Promised {
    /// Looks at the file that should hold it.
    pub fn look(&self, partitions: &BTreeMap<PartitionId, PathBuf>) -> Kept {
        let Some(directory) = partitions.get(&self.entry.partition) else { return Kept::Missing };
        let file = directory.join(format!("{:020}.log", self.entry.segment_base.0));
        let bytes = simulation::peek(&file, self.entry.position, self.bytes.len());
        match bytes == self.bytes {
            true => Kept::Whole,
            false if bytes.len() < self.bytes.len() => Kept::Missing,
            false => Kept::Different,
        }
    }
}
