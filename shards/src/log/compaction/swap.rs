//! A compacted segment takes the place of those it was made of.
//!
//! In this order: the new files are whole and durable as `.cleaned` · what the journal still tells
//! of the old ones is void (a recovery point, durable) · the new files are renamed to `.swap`, the
//! segment itself last; from here on it is decided · the old files are renamed to `.deleted` · the
//! new ones get their names, the segment itself last · readers are given the new segment.
//! A start finishes or undoes it (`../leftovers.rs`).
//!
//! Lives on: the partition's shard. Promise: no reader meets an index of the one with the file of
//! the other: who has the old file open reads on in it, with what is known of it.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::{NotCompacted, Source};
use crate::clock;
use crate::io::directory;
use crate::io::executor;
use crate::io::shortage::Shortage;
use crate::limits;
use crate::log::Log;
use crate::log::segment::{Segment, file_name};
use crate::log::segment_file::SegmentFile;
use crate::mutation::Mutation;
use crate::units::Offset;

/// The segment itself last.
const SUFFIXES: [&str; 4] = ["index", "timeindex", "txnindex", "log"];

impl Log {
    /// Puts a segment in the place of a group.
    pub(super) async fn swap(&self, group: &[Source], made: Segment) -> Result<(), NotCompacted> {
        let first = group.first().ok_or(NotCompacted::CutOff)?;
        let Some(_turn) = self.files_turn().await else {
            return Err(self.offline().map_or(NotCompacted::CutOff, NotCompacted::Offline));
        };
        let end = self.end_of_group(group).ok_or(NotCompacted::CutOff)?;
        let kept = self.log_dir();
        let kept = kept.offsets().recovery_points.save(self.id(), end).await;
        kept.map_err(|error| self.refused(&first.file, error))?;
        // Who has an old file open reads on in it. Who has not waits for the turn of the files, and
        // finds the new segment.
        let _replacing = Replacing::begin(self);
        group.iter().for_each(|source| source.file.lose_name());
        let directory = self.directory();
        let bases: Vec<Offset> = group.iter().map(|source| source.view.base).collect();
        let has_aborted = !made.aborted.entries().is_empty();
        self.insist(&first.file, async || decide(&directory, &bases, has_aborted).await).await?;
        self.insist(&first.file, async || give_names(&directory, &bases, has_aborted).await)
            .await?;
        self.replace_in_memory(group, made);
        self.remove_deleted_later(bases);
        let synced = directory::sync(&directory).await;
        synced.map_err(|error| self.refused(&first.file, error))
    }

    /// Makes a step again while it wants for something that may come. A step that fails leaves to
    /// the next start to find out whether it was decided.
    async fn insist(
        &self,
        file: &SegmentFile,
        step: impl AsyncFn() -> io::Result<()>,
    ) -> Result<(), NotCompacted> {
        while let Err(error) = step().await {
            let may_pass = Shortage::of(&error).is_some();
            if may_pass && !self.0.is_closing.get() {
                clock::sleep(limits::SHORTAGE_RETRY).await;
                continue;
            }
            if self.offline().is_none() && !may_pass {
                self.log_dir().journal().fail(&format!("{}: {error}", file.path().display()));
            }
            return Err(self.refused(file, error));
        }
        Ok(())
    }

    /// Where the segment behind the group begins; none if one of the group is not the log's any
    /// more.
    fn end_of_group(&self, group: &[Source]) -> Option<Offset> {
        let mut state = self.state_mut();
        for source in group {
            state.segment_with(&source.file)?;
        }
        let last = group.last()?.view.base;
        let behind = state.segments.partition_point(|segment| segment.base <= last);
        state.segments.get(behind).map(|segment| segment.base)
    }

    fn replace_in_memory(&self, group: &[Source], mut segment: Segment) {
        let mut state = self.state_mut();
        let first = state.segments.partition_point(|it| it.base < segment.base);
        (segment.is_sealed, segment.is_finished) = (true, true);
        if Mutation::StaleIndexKept.is_planted() {
            segment.offsets.clone_from(&state.segments[first].offsets);
        }
        let replaced = state.segments.splice(first..first + group.len(), [segment]);
        drop(replaced);
        // What memory has of the old segments lies at other positions.
        let before = state.tail.memory_bytes();
        if let Some(behind) = state.segments.get(first + 1).map(|segment| segment.base) {
            state.tail.forget_before(behind);
        }
        self.log_dir().charge(before, state.tail.memory_bytes());
        state.invariants();
    }

    /// What was written of a segment that does not take anyone's place.
    pub(super) async fn remove_cleaned(&self, base: Offset) {
        let Some(_turn) = self.files_turn().await else { return };
        let directory = self.directory();
        for suffix in SUFFIXES {
            let name = file_name(base, &format!("{suffix}.cleaned"));
            let _absent = directory::remove_file(&directory.join(name)).await;
        }
    }

    fn remove_deleted_later(&self, bases: Vec<Offset>) {
        let delay_ms = self.config().file_delete_delay_ms.max(0) as u64;
        let log = self.clone();
        drop(executor::spawn(async move {
            clock::sleep(Duration::from_millis(delay_ms)).await;
            let Some(_turn) = log.files_turn().await else { return };
            let directory = log.directory();
            for base in bases {
                for suffix in SUFFIXES.into_iter().chain(["snapshot"]) {
                    let name = file_name(base, &format!("{suffix}.deleted"));
                    let _absent = directory::remove_file(&directory.join(name)).await;
                }
            }
        }));
    }
}

/// While it lives, a log's files are being replaced.
struct Replacing<'a>(&'a Log);

impl Replacing<'_> {
    fn begin(log: &Log) -> Replacing<'_> {
        log.0.is_replacing.set(true);
        Replacing(log)
    }
}

impl Drop for Replacing<'_> {
    fn drop(&mut self) {
        self.0.0.is_replacing.set(false);
        self.0.note_files_gone();
    }
}

/// A file that is not there must have its new name already.
async fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match directory::rename(from, to).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound && directory::exists(to).await? => {
            Ok(())
        }
        renamed => renamed,
    }
}

/// An old file that is not there has its new name already, or not every segment has one.
async fn rename_old(from: &Path, to: &Path) -> io::Result<()> {
    match directory::rename(from, to).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

fn suffixes(has_aborted: bool) -> impl Iterator<Item = &'static str> {
    SUFFIXES.into_iter().filter(move |suffix| has_aborted || *suffix != "txnindex")
}

/// The new files are to take the place of the old ones, whose names are free then. May be made
/// again.
async fn decide(directory: &Path, bases: &[Offset], has_aborted: bool) -> io::Result<()> {
    let path = |base: Offset, suffix: &str| directory.join(file_name(base, suffix));
    let Some(first) = bases.first() else { return Ok(()) };
    for suffix in suffixes(has_aborted) {
        let (from, to) = (format!("{suffix}.cleaned"), format!("{suffix}.swap"));
        rename_new(&path(*first, &from), &path(*first, &to)).await?;
    }
    directory::sync(directory).await?;
    for base in bases {
        // The snapshot of the first tells of what was before the new segment.
        let snapshot = (base != first).then_some("snapshot");
        for suffix in SUFFIXES.into_iter().chain(snapshot) {
            let deleted = path(*base, &format!("{suffix}.deleted"));
            rename_old(&path(*base, suffix), &deleted).await?;
        }
    }
    directory::sync(directory).await
}

/// The new files get their names. May be made again.
async fn give_names(directory: &Path, bases: &[Offset], has_aborted: bool) -> io::Result<()> {
    let Some(first) = bases.first() else { return Ok(()) };
    for suffix in suffixes(has_aborted) {
        let from = directory.join(file_name(*first, &format!("{suffix}.swap")));
        rename_new(&from, &directory.join(file_name(*first, suffix))).await?;
    }
    Ok(())
}
