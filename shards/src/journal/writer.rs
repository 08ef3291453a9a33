//! Writes a shard's journal, one page at a time.
//!
//! Lives on: its shard. One writer per shard and log directory.
//! Promise: when `written` of a page completes, every append in the page is on the device, and
//! every page before it; what arrives during a write goes out with the next one. With
//! `Durability::Cached` the device was given them and they are on it within
//! limits::JOURNAL_SYNC_INTERVAL, and the time of a sync. Never: has two pages in flight; reuses
//! the space of a page that a segment does not yet hold synced. Limits: limits::JOURNAL_*.
//! Read next: open_page.rs, unsynced.rs, space.rs, replay.rs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use thiserror::Error;

use super::figures::{Counters, Figures};
use super::mark::{Mark, MarkState};
use super::open_page::OpenPage;
use super::page::{ENTRY_HEADER_BYTES, EntryHeader, EntryKind, PageHeader};
use super::replay::write_mark;
use super::space::{RING_START, Space, closing_position};
use super::unsynced::Unsynced;
use crate::clock::{self, Instant};
use crate::io::buffers::{Buffer, Slice};
use crate::io::executor;
use crate::io::file::{Durability, File};
use crate::io::shortage::Shortage;
use crate::limits;
use crate::mutation::Mutation;
use crate::sync::Notify;
use crate::units::{LeaderEpoch, Offset, PartitionId, Uuid, blocks_up};

/// Number of a page; pages of a journal are numbered without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageSequence(pub u64);

/// The journal can not be written any more; its log directory is offline.
#[derive(Clone, Debug, Error)]
#[error("journal {journal}: {cause}; the log directory is offline until the broker restarts")]
pub struct JournalFailed {
    pub journal: Arc<str>,
    pub cause: Arc<str>,
}

/// Why an append is not let in.
#[derive(Clone, Debug, Error)]
pub enum NotAdmitted {
    #[error(transparent)]
    Failed(#[from] JournalFailed),
    #[error("the disk of journal {0} is full")]
    DiskFull(Arc<str>),
    #[error("{bytes} bytes do not fit a journal of {journal_bytes} bytes")]
    LargerThanJournal { bytes: usize, journal_bytes: u64 },
}

/// What of the journal an append may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Three quarters, and nothing while the disk is full.
    Ordinary,
    /// Also half of the last quarter, on a full disk too: for what frees space.
    Reserve,
}

/// Told when a page with its appends is on the device, or never will be.
pub trait Appender {
    /// All that it has appended before `end` is on the device, the last of it in `page`.
    fn durable(self: Rc<Self>, end: Offset, page: PageSequence);
    fn failed(&self);
    /// Its appends are on the device when it is told, even where others are not waited for.
    fn must_be_synced(&self) -> bool {
        false
    }
}

/// Appends for no one.
struct Nobody;

impl Appender for Nobody {
    fn durable(self: Rc<Self>, _end: Offset, _page: PageSequence) {}
    fn failed(&self) {}
    fn must_be_synced(&self) -> bool {
        true
    }
}

/// How a journal is set up.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    pub name: Arc<str>,
    pub id: Uuid,
    pub durability: Durability,
    pub first_sequence: PageSequence,
    pub capacity_bytes: u64,
    pub capacity_bytes_max: u64,
}

/// A shard's journal. Cheap to clone.
#[derive(Clone)]
pub struct Journal(Rc<Inner>);

struct Inner {
    options: JournalOptions,
    file: File,
    state: RefCell<State>,
    /// There is a page to write, or the journal closes.
    work: Notify,
    /// Space became free or the file grew.
    room: Notify,
    /// More than half of the ring is live: segments should take over.
    pressure: Notify,
    /// It failed.
    end: Notify,
    /// A page was written that is not synced.
    behind: Notify,
    counters: Counters,
}

struct State {
    space: Space,
    open: VecDeque<OpenPage>,
    next_sequence: PageSequence,
    written: Option<PageSequence>,
    /// None where each page is synced as it is written.
    unsynced: Option<Unsynced>,
    waiting: Vec<Waker>,
    /// Who waits for room, in the order of arrival.
    queue: VecDeque<u64>,
    next_place: u64,
    failed: Option<JournalFailed>,
    growing: bool,
    /// The last growth failed; the next is tried from then on.
    grow_from: Option<Instant>,
    /// Memory is short: segments should take over whatever the journal's space.
    squeezed: bool,
    /// A page waits for a place, however much of the ring seems free.
    starved: bool,
    /// Segments can not take over: nothing more is let in.
    is_disk_full: bool,
    closing: bool,
    closed: bool,
}

impl Journal {
    /// Takes over a file whose ring recovery has emptied, and starts the writing task.
    pub fn start(file: File, options: JournalOptions) -> Journal {
        let is_cached = options.durability == Durability::Cached;
        let state = State {
            space: Space::new(options.capacity_bytes),
            open: VecDeque::new(),
            next_sequence: options.first_sequence,
            written: None,
            unsynced: is_cached.then(|| Unsynced::new(options.first_sequence)),
            waiting: Vec::new(),
            queue: VecDeque::new(),
            next_place: 0,
            failed: None,
            growing: false,
            grow_from: None,
            squeezed: false,
            starved: false,
            is_disk_full: false,
            closing: false,
            closed: false,
        };
        let inner = Inner {
            options,
            file,
            state: RefCell::new(state),
            work: Notify::new(),
            room: Notify::new(),
            pressure: Notify::new(),
            end: Notify::new(),
            behind: Notify::new(),
            counters: Counters::default(),
        };
        let journal = Journal(Rc::new(inner));
        drop(executor::spawn(journal.clone().write_pages()));
        if is_cached {
            drop(executor::spawn(journal.clone().sync_often()));
        }
        journal
    }

    /// Waits until `bytes` more may be appended. Callers are let in in the order of their calls.
    /// What waiting can not help is refused: a full disk, and what no empty journal would take.
    pub async fn admit(&self, bytes: usize, room: Room) -> Result<(), NotAdmitted> {
        let journal_bytes = self.0.options.capacity_bytes_max;
        if wanted_bytes(bytes) >= closing_position(journal_bytes) {
            return Err(NotAdmitted::LargerThanJournal { bytes, journal_bytes });
        }
        if self.0.state.borrow().queue.is_empty() && self.has_room(bytes, room)? {
            return Ok(());
        }
        let place = QueuePlace::take(self);
        let wait = self.0.counters.begin_wait();
        loop {
            if place.is_first() && self.has_room(bytes, room)? {
                return Ok(());
            }
            self.relieve(bytes as u64);
            // In vain: no matter, it is looked again.
            let _ = clock::timeout(limits::JOURNAL_STUCK, self.0.room.notified()).await;
            let space = &self.0.state.borrow().space;
            wait.tell(&self.0.options.name, space.placed_bytes(), space.capacity());
        }
    }

    /// Whether `bytes` more may be appended, and nobody waits to.
    pub fn admits_now(&self, bytes: usize) -> bool {
        self.0.state.borrow().queue.is_empty()
            && matches!(self.has_room(bytes, Room::Ordinary), Ok(true))
    }

    /// Adds an append to the open page and returns the page's number. `appender` is told when it is
    /// durable.
    pub fn append(
        &self,
        entry: &EntryHeader,
        pieces: &[&[u8]],
        appender: &Rc<dyn Appender>,
    ) -> Result<PageSequence, JournalFailed> {
        let mut state = self.0.state.borrow_mut();
        if let Some(failed) = &state.failed {
            return Err(failed.clone());
        }
        debug_assert_eq!(
            entry.length as usize,
            pieces.iter().map(|piece| piece.len()).sum::<usize>()
        );
        let page = state.page_for(ENTRY_HEADER_BYTES + entry.length as usize);
        page.add(entry, pieces, appender);
        let sequence = page.sequence;
        state.space.add_reference(sequence);
        drop(state);
        self.0.counters.appends.set(self.0.counters.appends.get() + 1);
        self.0.work.notify_one();
        Ok(sequence)
    }

    /// Says that a partition comes from another directory; when this returns, a recovery passes
    /// over what the journal holds of the partition from before.
    pub async fn note_arrival(&self, partition: PartitionId) -> Result<(), NotAdmitted> {
        self.admit(0, Room::Ordinary).await?;
        let entry = EntryHeader {
            kind: EntryKind::Arrived,
            length: 0,
            partition,
            leader_epoch: LeaderEpoch(0),
            base_offset: Offset::ZERO,
            next_offset: Offset::ZERO,
            segment_base: Offset::ZERO,
            position: 0,
        };
        let nobody: Rc<dyn Appender> = Rc::new(Nobody);
        let page = self.append(&entry, &[], &nobody)?;
        let written = self.written(page).await;
        self.release(page, 1);
        Ok(written?)
    }

    /// Completes when the page is on the device.
    pub fn written(&self, page: PageSequence) -> Written {
        Written { journal: self.clone(), page }
    }

    /// Completes when all that was written until now is on the device.
    pub async fn synced(&self) -> Result<(), JournalFailed> {
        if let Err(error) = self.sync().await {
            self.fail(&format!("sync: {error}"));
        }
        self.failure().map_or(Ok(()), Err)
    }

    /// Says that a segment holds, synced, `references` appends of the page.
    pub fn release(&self, page: PageSequence, references: u32) {
        let is_news = {
            let space = &mut self.0.state.borrow_mut().space;
            space.release(page, references) || space.is_unneeded()
        };
        if is_news {
            self.0.room.notify_all();
        }
    }

    /// Completes when segments should take over what the oldest pages hold.
    pub async fn pressed(&self) {
        while !self.is_pressed() {
            self.0.pressure.notified().await;
        }
    }

    /// Whether more than half of the ring is live.
    pub fn is_pressed(&self) -> bool {
        let state = self.0.state.borrow();
        state.squeezed
            || state.starved
            || !state.queue.is_empty()
            || state.space.placed_bytes() > state.space.capacity() / 2
    }

    /// Says whether memory is short, so that segments should take over what it holds.
    pub fn squeeze(&self, squeezed: bool) {
        self.0.state.borrow_mut().squeezed = squeezed;
        if squeezed {
            self.0.pressure.notify_all();
        }
    }

    /// Whether a page waits for a place that segments have to give.
    pub fn is_starved(&self) -> bool {
        self.0.state.borrow().starved
    }

    /// The page that was opened last; its appends, and all before, are durable once it is written.
    pub fn last_page(&self) -> PageSequence {
        PageSequence(self.0.state.borrow().next_sequence.0.saturating_sub(1))
    }

    /// The oldest page that recovery would need.
    pub fn oldest(&self) -> Option<PageSequence> {
        self.0.state.borrow().space.oldest().map(|oldest| oldest.0)
    }

    pub fn figures(&self) -> Figures {
        let (state, counters) = (self.0.state.borrow(), &self.0.counters);
        Figures {
            page_bytes: counters.page_bytes.spread(),
            write_us: counters.write_us.spread(),
            wait_us: counters.wait_us.spread(),
            appends: counters.appends.get(),
            live_bytes: state.space.placed_bytes(),
            capacity_bytes: state.space.capacity(),
            waiting: state.queue.len(),
        }
    }

    pub fn failure(&self) -> Option<JournalFailed> {
        self.0.state.borrow().failed.clone()
    }

    /// Marks the journal as not to be written any more, as a failed write of it would.
    pub fn fail(&self, cause: &str) {
        let failed = JournalFailed { journal: self.0.options.name.clone(), cause: cause.into() };
        let (wakers, appenders) = {
            let mut state = self.0.state.borrow_mut();
            if state.failed.is_some() {
                return;
            }
            tracing::error!(journal = %failed.journal, %cause, "the log directory goes offline");
            state.failed = Some(failed);
            let pages = std::mem::take(&mut state.open);
            let appenders: Vec<_> = pages.into_iter().flat_map(|page| page.appenders).collect();
            (std::mem::take(&mut state.waiting), appenders)
        };
        appenders.iter().for_each(|(appender, _)| appender.failed());
        wakers.into_iter().for_each(Waker::wake);
        self.0.room.notify_all();
        self.0.pressure.notify_all();
        self.0.end.notify_all();
        self.0.work.notify_one();
        self.0.behind.notify_one();
    }

    /// Completes once it has failed.
    pub async fn failed(&self) -> JournalFailed {
        loop {
            if let Some(failed) = self.failure() {
                return failed;
            }
            self.0.end.notified().await;
        }
    }

    /// Ends the journal: all appends written, then one page that says nothing before it is needed.
    /// The caller has destaged and synced every partition; a sync that was under way already, or
    /// a partition that is being deleted, is waited for.
    pub async fn close(&self) -> Result<(), JournalFailed> {
        while !self.0.state.borrow().space.is_unneeded() && self.failure().is_none() {
            self.0.room.notified().await;
        }
        self.0.state.borrow_mut().closing = true;
        self.0.work.notify_one();
        while !self.0.state.borrow().closed {
            if let Some(failed) = self.failure() {
                return Err(failed);
            }
            self.0.room.notified().await;
        }
        Ok(())
    }

    /// Says whether segments can take nothing over for want of disk space; who waits is refused.
    pub fn set_disk_full(&self, full: bool) {
        self.0.state.borrow_mut().is_disk_full = full;
        self.0.room.notify_all();
    }

    pub fn is_disk_full(&self) -> bool {
        self.0.state.borrow().is_disk_full
    }

    /// A place in the line of those that wait for room, held without waiting: for tests.
    pub fn stand_in_line(&self) -> impl Drop + use<> {
        QueuePlace::take(self)
    }

    fn has_room(&self, bytes: usize, room: Room) -> Result<bool, NotAdmitted> {
        let state = self.0.state.borrow();
        if let Some(failed) = &state.failed {
            return Err(failed.clone().into());
        }
        if state.is_disk_full && room == Room::Ordinary {
            return Err(NotAdmitted::DiskFull(self.0.options.name.clone()));
        }
        let open: usize = state.open.iter().map(OpenPage::length).sum();
        let wanted = wanted_bytes(open + bytes);
        let idle = open == 0 && state.space.placed_bytes() == 0;
        let eighths = if room == Room::Reserve { 7 } else { 6 };
        Ok(state.space.placed_bytes() + wanted <= state.space.capacity() / 8 * eighths
            || (idle && wanted < state.space.capacity()))
    }

    /// Asks for space: from segments, and by growing the file while it is below its largest size.
    fn relieve(&self, bytes: u64) {
        self.0.pressure.notify_all();
        let mut state = self.0.state.borrow_mut();
        let max = self.0.options.capacity_bytes_max;
        let is_early = state.grow_from.is_some_and(|from| clock::now() < from);
        if state.growing || is_early || state.space.file_bytes() >= max {
            return;
        }
        state.growing = true;
        let wanted = (state.space.file_bytes() * 2).max(blocks_up(bytes * 2));
        drop(executor::spawn(self.clone().grow(wanted.min(max))));
    }

    /// Writes blocks behind the end of the file, so that later writes there change no metadata.
    async fn grow(self, capacity: u64) {
        let from = self.0.state.borrow().space.file_bytes();
        let outcome = fill(&self.0.file, from, capacity).await;
        let mut state = self.0.state.borrow_mut();
        state.growing = false;
        match outcome {
            Ok(()) => {
                state.grow_from = None;
                state.space.grow(capacity);
            }
            // The ring works at its present size; a full disk shows itself in the segments.
            Err(error) => {
                if state.grow_from.is_none() {
                    tracing::warn!(journal = %self.0.options.name, %error, "can not grow");
                }
                state.grow_from = Some(clock::now() + limits::SHORTAGE_RETRY);
            }
        }
        drop(state);
        self.0.room.notify_all();
    }

    async fn write_pages(self) {
        loop {
            let ready = {
                let state = self.0.state.borrow();
                if state.failed.is_some() {
                    return;
                }
                !state.open.is_empty() || state.closing
            };
            if !ready {
                self.0.work.notified().await;
                continue;
            }
            // Whatever else this turn brings goes into the same page.
            executor::yield_now().await;
            let closing = {
                let mut state = self.0.state.borrow_mut();
                if state.failed.is_some() {
                    // A page behind those that it has lost would claim that they were written.
                    return;
                }
                let closing = state.open.is_empty();
                if closing {
                    state.open_page();
                }
                closing
            };
            let Some((page, position)) = self.place_page().await else { return };
            // That nothing is needed any more must be known to the next start.
            let durability = if closing { Durability::Synced } else { self.durability() };
            let mut outcome = self.write_page(page, position, durability).await;
            if closing && outcome.is_ok() {
                // Saves the next start the look at every block.
                let next = self.0.state.borrow().next_sequence;
                let mark = Mark { needed_from: next, state: MarkState::Closed };
                outcome = self.write_mark(mark).await;
            }
            if let Err(error) = outcome {
                return self.fail(&error.to_string());
            }
            if closing {
                self.0.state.borrow_mut().closed = true;
                self.0.behind.notify_one();
                return self.0.room.notify_all();
            }
        }
    }

    /// Takes the first open page and finds it a place, waiting for space where there is none.
    async fn place_page(&self) -> Option<(OpenPage, u64)> {
        loop {
            {
                let mut state = self.0.state.borrow_mut();
                let page = state.open.front()?;
                let (sequence, length) = (page.sequence, blocks_up(page.length() as u64));
                let position = state.space.find(length);
                state.starved = position.is_none() && !state.space.is_untold();
                if let Some(position) = position {
                    state.space.place(sequence, position, length);
                    let page = state.open.pop_front()?;
                    let pressed = state.space.placed_bytes() > state.space.capacity() / 2;
                    drop(state);
                    if pressed {
                        self.relieve(0);
                    }
                    return Some((page, position));
                }
            }
            if self.0.state.borrow().space.is_untold() {
                if let Err(error) = self.mark().await {
                    self.fail(&error.to_string());
                    return None;
                }
                continue;
            }
            self.relieve(0);
            self.0.room.notified().await;
        }
    }

    /// Writes which page is the oldest that is needed, as the next page would: it cannot be written
    /// over those that were freed before that is known.
    async fn mark(&self) -> io::Result<()> {
        let Some((oldest, position)) = self.0.state.borrow().space.oldest() else { return Ok(()) };
        // Even where pages are not: they are written over the freed ones next.
        self.write_mark(Mark { needed_from: oldest, state: MarkState::InUse }).await?;
        let mut state = self.0.state.borrow_mut();
        state.space.tell(position);
        state.unsynced.iter_mut().for_each(Unsynced::note_mark);
        Ok(())
    }

    async fn write_mark(&self, mark: Mark) -> io::Result<()> {
        write_mark(&self.0.file, self.0.options.id, mark, planted_or(Durability::Synced)).await
    }

    fn durability(&self) -> Durability {
        planted_or(self.0.options.durability)
    }

    /// Syncs what was written, at least once in an interval while there is anything.
    async fn sync_often(self) {
        let mut last = clock::now();
        loop {
            self.0.behind.notified().await;
            clock::sleep_until(last + limits::JOURNAL_SYNC_INTERVAL).await;
            last = clock::now();
            if self.synced().await.is_err() || self.0.state.borrow().closed {
                return;
            }
        }
    }

    async fn sync(&self) -> io::Result<()> {
        let sync = match &self.0.state.borrow().unsynced {
            Some(unsynced) if unsynced.is_behind() => unsynced.begin_sync(),
            _ => return Ok(()),
        };
        self.0.file.sync_data().await?;
        let mut state = self.0.state.borrow_mut();
        let oldest = state.unsynced.as_mut().and_then(|unsynced| unsynced.end_sync(&sync));
        if oldest.is_some() {
            state.space.tell(oldest);
        }
        Ok(())
    }

    async fn write_page(
        &self,
        mut page: OpenPage,
        position: u64,
        durability: Durability,
    ) -> io::Result<()> {
        let (oldest, unsynced) = {
            let state = self.0.state.borrow();
            let unsynced = state.unsynced.as_ref().map(|found| found.pages_up_to(page.sequence));
            (state.space.oldest(), unsynced.unwrap_or(0))
        };
        let (oldest_sequence, oldest_position) = oldest.unwrap_or((page.sequence, Some(position)));
        let header = PageHeader {
            sequence: page.sequence.0,
            journal_id: self.0.options.id,
            length: page.length() as u32,
            entries: page.entries(),
            oldest_sequence: oldest_sequence.0,
            oldest_position: oldest_position.unwrap_or(position),
            unsynced,
            position,
        };
        let data = page.seal(&header);
        let since = clock::now();
        self.write_when_there_is_memory(data, position, durability).await?;
        self.note_written(page.sequence, header.oldest_position);
        if page.must_be_synced {
            self.sync().await?;
        }
        let counters = &self.0.counters;
        counters.page_bytes.observe(blocks_up(u64::from(header.length)));
        counters.write_us.observe(since.elapsed().as_micros() as u64);
        self.complete(page);
        Ok(())
    }

    /// Nobody was told of the page yet: a write that the kernel has no memory for is made again.
    async fn write_when_there_is_memory(
        &self,
        data: Vec<Slice>,
        position: u64,
        durability: Durability,
    ) -> io::Result<()> {
        let give_up_at = clock::now() + limits::JOURNAL_SHORTAGE_MAX;
        let mut is_told = false;
        loop {
            let written = self.0.file.write_all_at(data.clone(), position, durability).await;
            let Err(error) = written else { return Ok(()) };
            let passes = Shortage::of(&error) == Some(Shortage::Memory);
            if !passes || clock::now() >= give_up_at || self.failure().is_some() {
                return Err(error);
            }
            if !std::mem::replace(&mut is_told, true) {
                tracing::warn!(journal = %self.0.options.name, %error, "a write is made again");
            }
            clock::sleep(limits::SHORTAGE_RETRY).await;
        }
    }

    fn note_written(&self, page: PageSequence, oldest_position: u64) {
        let mut state = self.0.state.borrow_mut();
        let State { unsynced, space, .. } = &mut *state;
        match unsynced {
            None => space.tell(Some(oldest_position)),
            Some(unsynced) => {
                unsynced.note_written(page, oldest_position);
                space.tell_first(oldest_position);
                self.0.behind.notify_one();
            }
        }
    }

    fn complete(&self, page: OpenPage) {
        let (wakers, freed) = {
            let mut state = self.0.state.borrow_mut();
            state.written = Some(page.sequence);
            // A page whose appends were all synced in segments meanwhile frees itself.
            (std::mem::take(&mut state.waiting), state.space.reclaim())
        };
        for (appender, end) in page.appenders {
            appender.durable(end, page.sequence);
        }
        if !Mutation::WaitersUntold.is_planted() {
            wakers.into_iter().for_each(Waker::wake);
        }
        if freed {
            self.0.room.notify_all();
        }
    }
}

impl State {
    /// The page that takes `bytes` more: the last open one, or a new one where that would grow too
    /// large.
    fn page_for(&mut self, bytes: usize) -> &mut OpenPage {
        let fits = |page: &OpenPage| page.length() + bytes <= limits::JOURNAL_PAGE_BYTES_MAX;
        if !self.open.back().is_some_and(fits) {
            self.open_page();
        }
        self.open.back_mut().expect("a page was opened above")
    }

    fn open_page(&mut self) {
        let sequence = self.next_sequence;
        self.next_sequence = PageSequence(sequence.0 + 1);
        self.space.begin(sequence);
        self.open.push_back(OpenPage::new(sequence));
    }
}

/// How durably to write; less, where that bug is planted.
fn planted_or(durability: Durability) -> Durability {
    match Mutation::JournalUnsynced.is_planted() {
        true => Durability::Cached,
        false => durability,
    }
}

/// What `bytes` of an append may take of the ring.
fn wanted_bytes(bytes: usize) -> u64 {
    (bytes + ENTRY_HEADER_BYTES) as u64 + limits::JOURNAL_SLACK_BYTES
}

/// A place in the queue for room; leaving it, for whatever reason, lets the next one look.
struct QueuePlace {
    journal: Journal,
    number: u64,
}

impl QueuePlace {
    fn take(journal: &Journal) -> QueuePlace {
        let mut state = journal.0.state.borrow_mut();
        let number = state.next_place;
        state.next_place += 1;
        state.queue.push_back(number);
        drop(state);
        QueuePlace { journal: journal.clone(), number }
    }

    fn is_first(&self) -> bool {
        self.journal.0.state.borrow().queue.front() == Some(&self.number)
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.journal.0.state.borrow_mut().queue.retain(|number| *number != self.number);
        self.journal.0.room.notify_all();
    }
}

/// Completes when a page is on the device; see `Journal::written`.
pub struct Written {
    journal: Journal,
    page: PageSequence,
}

impl Written {
    /// None as long as the page is neither on the device nor lost.
    pub fn outcome(&self) -> Option<Result<(), JournalFailed>> {
        let state = self.journal.0.state.borrow();
        let is_written = state.written.is_some_and(|written| written >= self.page);
        if is_written || Mutation::EarlyAcknowledgement.is_planted() {
            return Some(Ok(()));
        }
        state.failed.clone().map(Err)
    }
}

impl Future for Written {
    type Output = Result<(), JournalFailed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(outcome) = self.outcome() {
            return Poll::Ready(outcome);
        }
        let mut state = self.journal.0.state.borrow_mut();
        state.waiting.push(context.waker().clone());
        Poll::Pending
    }
}

/// Writes zeros from `from` to `to`, synced: later writes there find written extents.
pub async fn fill(file: &File, from: u64, to: u64) -> io::Result<()> {
    let zeros = zeroed(limits::JOURNAL_FILL_BYTES).freeze();
    let mut at = from.max(RING_START);
    while at < to {
        let length = (to - at).min(zeros.len() as u64);
        file.write_all_at(vec![zeros.slice(0..length as usize)], at, Durability::Cached).await?;
        at += length;
    }
    file.sync_all().await
}

/// Whole blocks of zeros.
pub fn zeroed(bytes: usize) -> Buffer {
    let mut buffer = Buffer::with_capacity(bytes);
    buffer.extend_zeroed(bytes);
    buffer
}
