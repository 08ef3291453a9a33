//! A log's replica: what happens to the log is told to it, and what it says is done.
//!
//! Lives on: the partition's shard. The decisions are the replica's (../replica/mod.rs), which is
//! part of the log's state: a step costs no look-up. Promise: an append is `Committed` when the
//! high watermark has passed it in the term in which it was appended; where this node has the only
//! replica that is when its own device has it. Read next: append.rs, truncate.rs.

use std::rc::Rc;

use super::append::Durable;
use super::error::{AppendError, Offline};
use super::state::{Log, State};
use crate::clock;
use crate::journal::JournalFailed;
use crate::mutation::Mutation;
use crate::replica::{
    Answer, Assignment, Event, FetchRefused, FollowerFetch, NotLeading, Proposal, TooFewInSync,
};
use crate::sync::Notify;
use crate::units::{LeaderEpoch, NodeId, Offset};

const NS_PER_MS: u64 = 1_000_000;

/// Who is to be told, once the log's state is not borrowed any more.
#[derive(Default)]
#[must_use]
pub(super) struct Told(Vec<Rc<Notify>>);

impl Told {
    pub(super) fn add(&mut self, mut more: Vec<Rc<Notify>>) {
        match self.0.is_empty() {
            true => self.0 = more,
            false => self.0.append(&mut more),
        }
    }

    pub(super) fn tell(self) {
        self.0.iter().for_each(|watcher| watcher.notify_one());
    }
}

/// What a step leaves to be done.
#[must_use]
pub(super) struct Stepped {
    pub told: Told,
    pub proposal: Option<Proposal>,
}

/// Why an append is not known to be committed. It is in the log of whoever leads next, or not.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotCommitted {
    #[error(transparent)]
    Journal(#[from] JournalFailed),
    #[error(transparent)]
    Offline(#[from] Offline),
    #[error("this node does not lead the partition any more")]
    NotLeader,
    /// It is on all that are in sync; they were too few when it was.
    #[error(transparent)]
    TooFewInSync(#[from] TooFewInSync),
}

/// Completes when an append is committed: on the device of every replica that is in sync.
pub struct Committed {
    log: Log,
    term: u64,
    end: Offset,
    durable: Durable,
    /// Made when this device has it and others do not.
    told: Option<Rc<Notify>>,
}

impl Committed {
    pub(super) fn new(log: &Log, term: u64, end: Offset, durable: Durable) -> Committed {
        Committed { log: log.clone(), term, end, durable, told: None }
    }

    pub async fn wait(&mut self) -> Result<(), NotCommitted> {
        if !Mutation::EarlyAcknowledgement.is_planted() {
            // No replica's high watermark is above what its own device has.
            self.durable.wait().await?;
        }
        loop {
            if let Some(outcome) = self.outcome() {
                return outcome;
            }
            let told = self.told.get_or_insert_with(|| Rc::new(Notify::new()));
            self.log.state_mut().commit_watchers.add(told);
            told.notified().await;
        }
    }

    /// What `wait` would give at once.
    pub fn outcome(&self) -> Option<Result<(), NotCommitted>> {
        if Mutation::EarlyAcknowledgement.is_planted() {
            return Some(Ok(()));
        }
        let state = self.log.state();
        if state.replica.term() != self.term || !state.replica.is_leader() {
            return Some(Err(NotCommitted::NotLeader));
        }
        if state.high_watermark() >= self.end {
            return Some(state.replica.check_in_sync().map_err(NotCommitted::from));
        }
        match self.durable.outcome() {
            Some(Err(failed)) => Some(Err(failed.into())),
            // Whoever waits is woken when the log goes offline.
            _ => self.log.offline().map(|offline| Err(offline.into())),
        }
    }
}

impl Log {
    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.state().replica.leader_epoch()
    }

    pub fn is_leader(&self) -> bool {
        self.state().replica.is_leader()
    }

    /// Where the epoch begins in which this node leads; none if it does not.
    pub fn epoch_start(&self) -> Option<Offset> {
        self.state().replica.epoch_start()
    }

    /// Whether other nodes have replicas too.
    pub fn is_shared(&self) -> bool {
        self.state().replica.is_shared()
    }

    /// Who leads, if it is another node.
    pub fn leader_followed(&self) -> Option<NodeId> {
        self.state().replica.leader_followed()
    }

    /// Refuses what only a leader does; `believed` is the epoch that who asks takes for its.
    pub fn check_leads(&self, believed: Option<LeaderEpoch>) -> Result<(), NotLeading> {
        self.state().replica.check_leads(believed)
    }

    /// Refuses an append that is to be committed while too few replicas are in sync.
    pub fn check_in_sync(&self) -> Result<(), AppendError> {
        Ok(self.state().replica.check_in_sync()?)
    }

    /// Takes up leadership with the only replica: batches from now on carry `epoch`.
    pub fn lead(&self, epoch: LeaderEpoch) {
        self.assign(&Assignment::alone(epoch));
    }

    /// Takes up the part that the metadata gives this node. What waits for a leader that this node
    /// is not any more is told.
    pub fn assign(&self, assignment: &Assignment) {
        let now_ms = steady_ms();
        // What the controller is to be asked follows from fetches, and not from its own word.
        let _proposal = self.step(Event::Assigned { assignment, now_ms });
    }

    /// Whether a follower may be given records; asked before `note_fetch`.
    pub fn may_fetch(&self, fetch: &FollowerFetch) -> Result<(), FetchRefused> {
        self.state().replica.may_fetch(fetch)
    }

    /// Takes in what a follower has, as its Fetch says, before it is given more. Returns what is to
    /// be proposed to the controller.
    pub fn note_fetch(&self, fetch: FollowerFetch) -> Option<Proposal> {
        self.step(Event::Fetched(fetch))
    }

    /// Takes in the controller's answer to a proposal; the next one, if it is to be asked again.
    pub fn note_answer(&self, answer: &Answer) -> Option<Proposal> {
        self.step(Event::Answered(answer))
    }

    /// Looks for followers that fell behind. Returns what is to be proposed to the controller.
    pub fn look_for_lag(&self) -> Option<Proposal> {
        self.step(Event::Looked { now_ms: steady_ms() })
    }

    /// A follower takes in its leader's high watermark, once it has what came with it.
    pub fn follow_high_watermark(&self, high_watermark: Offset) {
        let _none = self.step(Event::LeaderSaid { high_watermark });
    }

    /// Completes when the high watermark has reached `end`, or the log is offline or led elsewhere.
    pub async fn committed_up_to(&self, end: Offset) -> bool {
        let told = Rc::new(Notify::new());
        loop {
            {
                let mut state = self.state_mut();
                if state.high_watermark() >= end {
                    return true;
                }
                if !state.replica.is_leader() || state.offline.is_some() {
                    return false;
                }
                state.commit_watchers.add(&told);
            }
            if self.offline().is_some() {
                return false;
            }
            told.notified().await;
        }
    }

    pub(super) fn step(&self, event: Event<'_>) -> Option<Proposal> {
        let stepped = self.state_mut().step(event);
        stepped.told.tell();
        stepped.proposal
    }
}

impl State {
    /// Tells the replica what happened, and does what it says but for telling others.
    pub(super) fn step(&mut self, event: Event<'_>) -> Stepped {
        let last_stable = self.last_stable();
        let commands = self.replica.step(event, self.ends());
        let mut told = Told::default();
        if let Some(end) = commands.high_watermark {
            if !Mutation::LastStableStandsStill.is_planted() {
                self.producers.on_high_watermark(end.0);
            }
            told.add(self.watchers.take());
            told.add(self.commit_watchers.take());
            if self.last_stable() > last_stable {
                told.add(self.stable_watchers.take());
            }
        }
        if let Some((epoch, start)) = commands.epoch_start {
            self.note_epoch(epoch, start);
        }
        if commands.has_resigned {
            told.add(self.commit_watchers.take());
            // Readers ask again, and are sent to the new leader.
            told.add(self.watchers.take());
            told.add(self.stable_watchers.take());
            told.add(self.end_watchers.take());
        }
        Stepped { told, proposal: commands.proposal }
    }
}

fn steady_ms() -> u64 {
    clock::now().as_ns() / NS_PER_MS
}
