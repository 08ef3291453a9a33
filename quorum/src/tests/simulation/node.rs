//! One node: its disk, its clock, the machine while it runs, and the state that it applies.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::machine::Machine;
use crate::messages::{FetchOutcome, Request, Response};
use crate::tests::disk::{Batch, Disk, Snapshot};
use crate::tests::fixture;
use crate::units::{NodeId, OffsetAndEpoch, ReplicaKey, Time};

#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: i32,
    /// Counts disks: another one is another replica.
    pub(super) disk_number: u32,
    pub(super) disk: Disk,
    /// Counts starts: what is on its way to an earlier one is lost.
    pub(super) run: u64,
    pub(super) machine: Option<Machine>,
    pub(super) is_paused: bool,
    pub(super) waiting: Vec<Event>,
    pub(super) tick_at: Option<u64>,
    /// The clock runs at so many thousandths of the world's, from some time on.
    pub(super) clock_permille: u64,
    pub(super) clock_offset_ms: u64,
    /// What came with the response at hand.
    pub(super) batches: Vec<Batch>,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) download: Option<(OffsetAndEpoch, i64, Option<Snapshot>)>,
    /// The end of what is applied, and what stands for it.
    pub(super) applied: i64,
    pub(super) content: u64,
    pub(super) leads: bool,
    /// By its own clock: when it began to lead, and when each voter fetched last.
    pub(super) led_from: Time,
    pub(super) led_with: BTreeSet<NodeId>,
    pub(super) last_fetch: BTreeMap<NodeId, Time>,
}

impl Node {
    pub(super) fn new(id: i32, clock_permille: u64, clock_offset_ms: u64) -> Self {
        Self {
            id,
            disk_number: 0,
            disk: Disk::default(),
            run: 0,
            machine: None,
            is_paused: false,
            waiting: Vec::new(),
            tick_at: None,
            clock_permille,
            clock_offset_ms,
            batches: Vec::new(),
            snapshot: None,
            download: None,
            applied: 0,
            content: 0,
            leads: false,
            led_from: Time(0),
            led_with: BTreeSet::new(),
            last_fetch: BTreeMap::new(),
        }
    }

    pub(super) fn key(&self) -> ReplicaKey {
        fixture::key(self.id, self.disk_number)
    }

    pub(super) fn local(&self, now: u64) -> Time {
        Time(self.clock_offset_ms + now * self.clock_permille / 1000)
    }

    /// The world's time at which the clock shows `local`.
    pub(super) fn world(&self, local: Time) -> Option<u64> {
        let since = local.0.saturating_sub(self.clock_offset_ms);
        let at = since.checked_mul(1000)?.div_ceil(self.clock_permille);
        (local != Time::FAR).then_some(at)
    }

    /// Forgets what is not on the disk.
    pub(super) fn stop(&mut self) {
        self.machine = None;
        self.is_paused = false;
        self.waiting.clear();
        self.tick_at = None;
        self.download = None;
        self.batches.clear();
        self.snapshot = None;
        self.leads = false;
        self.last_fetch.clear();
    }

    /// What matters to the checkers of an event that was handled.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::Request { request, .. } = event {
            let replica = match request {
                Request::Fetch(fetch) => fetch.replica,
                Request::FetchSnapshot(fetch) => fetch.replica,
                Request::UpdateRaftVoter(update) => update.voter,
                _ => return,
            };
            let now = self.machine.as_ref().map_or(Time(0), Machine::now);
            self.last_fetch.insert(replica.id, now);
        }
    }

    /// A response as it is handed to the machine: its bytes stay with the driver.
    pub(super) fn receive(&mut self, response: &mut Response, batches: Vec<Batch>) {
        if let Response::Fetch(fetch) = response
            && let FetchOutcome::Batches(headers) = &mut fetch.outcome
        {
            *headers = batches.iter().map(Batch::header).collect();
        }
        self.batches = batches;
    }
}
