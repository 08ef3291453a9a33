//! Any event in any state: the machine never panics, and what it promises holds.
//!
//! The events are those that a driver hands over, with whatever a peer may have written into them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::command::{AppendId, Command};
use crate::config::{ElectionState, Stored};
use crate::control_records::ControlRecord;
use crate::event::{Event, ProposalId, RequestId, SendError};
use crate::machine::Machine;
use crate::messages::*;
use crate::tests::fixture::{self, BOTH_VERSIONS, Dice};
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey, Time};
use crate::voters::{Endpoints, VersionRange};

/// Draws fields of messages: mostly small numbers, which meet those of others, now and then the
/// largest and the smallest.
struct Draw(Dice);

impl Draw {
    fn small(&mut self, most: i64) -> i64 {
        match self.0.between(0, 40) {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => -1,
            _ => self.0.between(0, most.unsigned_abs() + 1).cast_signed(),
        }
    }

    fn int(&mut self, most: i64) -> i32 {
        i32::try_from(self.small(most)).unwrap_or(i32::MAX)
    }

    fn id(&mut self) -> NodeId {
        NodeId(self.int(5))
    }

    fn epoch(&mut self) -> Epoch {
        Epoch(self.int(8))
    }

    fn offset(&mut self) -> Offset {
        Offset(self.small(30))
    }

    fn end(&mut self) -> OffsetAndEpoch {
        OffsetAndEpoch { epoch: self.epoch(), offset: self.offset() }
    }

    fn key(&mut self) -> ReplicaKey {
        let id = self.id();
        let directory_id = match self.0.between(0, 4) {
            0 => None,
            1 => Some(fixture::directory(id.0, 1)),
            _ => Some(fixture::directory(id.0, 0)),
        };
        ReplicaKey { id, directory_id }
    }

    fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!self.0.chance(300)).then(|| draw(self))
    }

    fn endpoints(&mut self) -> Endpoints {
        let id = self.id().0;
        if self.0.chance(300) { Endpoints::default() } else { fixture::endpoints(id) }
    }

    fn cluster_id(&mut self) -> Option<String> {
        self.0.pick(&["cluster", "cluster", "cluster", "other"]).map(str::to_owned)
    }

    fn versions(&mut self) -> VersionRange {
        let range = VersionRange { min: 0, max: 1 };
        if self.0.chance(200) { VersionRange { min: -1, max: 0 } } else { range }
    }

    fn error(&mut self) -> Option<Error> {
        const ERRORS: [Error; 13] = [
            Error::BrokerNotAvailable,
            Error::DuplicateVoter,
            Error::FencedLeaderEpoch,
            Error::InconsistentClusterId,
            Error::InvalidRequest,
            Error::InvalidVoterKey,
            Error::NotLeaderOrFollower,
            Error::PositionOutOfRange,
            Error::RequestTimedOut,
            Error::SnapshotNotFound,
            Error::UnknownLeaderEpoch,
            Error::UnsupportedVersion,
            Error::Unexpected(-1),
        ];
        if self.0.chance(700) { None } else { self.0.pick(&ERRORS) }
    }

    fn current_leader(&mut self) -> CurrentLeader {
        let (leader_id, leader_epoch) = (self.maybe(Self::id), self.epoch());
        CurrentLeader { leader_id, leader_epoch, endpoints: self.endpoints() }
    }

    fn control_record(&mut self) -> ControlRecord {
        match self.0.between(0, 2) {
            0 => ControlRecord::KraftVersion(1),
            _ => {
                let ids: Vec<i32> = (1..=4).filter(|_| self.0.chance(600)).collect();
                ControlRecord::Voters(fixture::dynamic_voters(&ids))
            }
        }
    }

    fn request(&mut self) -> Request {
        let cluster_id = self.cluster_id();
        match self.0.between(0, 10) {
            0..2 => Request::Vote(VoteRequest {
                cluster_id,
                voter: self.maybe(Self::key),
                replica: self.key(),
                replica_epoch: self.epoch(),
                last_offset: self.end(),
                pre_vote: self.0.chance(500),
            }),
            2 => Request::BeginQuorumEpoch(BeginQuorumEpochRequest {
                cluster_id,
                voter: self.maybe(Self::key),
                leader_id: self.id(),
                leader_epoch: self.epoch(),
                leader_endpoints: self.endpoints(),
            }),
            3 => Request::EndQuorumEpoch(EndQuorumEpochRequest {
                cluster_id,
                leader_id: self.id(),
                leader_epoch: self.epoch(),
                preferred_candidates: (0..self.0.between(0, 70)).map(|_| self.key()).collect(),
                leader_endpoints: self.endpoints(),
            }),
            4..6 => Request::Fetch(FetchRequest {
                cluster_id,
                replica: self.key(),
                current_leader_epoch: self.epoch(),
                fetch_offset: self.offset(),
                last_fetched_epoch: self.epoch(),
                max_bytes: self.int(100),
                max_wait_ms: self.int(500),
                high_watermark: self.maybe(Self::offset),
            }),
            6 => Request::FetchSnapshot(FetchSnapshotRequest {
                cluster_id,
                replica: self.key(),
                current_leader_epoch: self.epoch(),
                snapshot_id: self.end(),
                position: self.small(100),
                max_bytes: self.int(100),
            }),
            7 => Request::AddRaftVoter(AddRaftVoterRequest {
                cluster_id,
                voter: self.key(),
                listeners: self.endpoints(),
                ack_when_committed: self.0.chance(500),
            }),
            8 => Request::RemoveRaftVoter(RemoveRaftVoterRequest { cluster_id, voter: self.key() }),
            _ => Request::UpdateRaftVoter(UpdateRaftVoterRequest {
                cluster_id,
                current_leader_epoch: self.epoch(),
                voter: self.key(),
                listeners: self.endpoints(),
                kraft_versions: self.versions(),
            }),
        }
    }

    fn batch(&mut self, base: i64) -> FetchedBatch {
        let base_offset = if self.0.chance(100) { self.offset() } else { Offset(base) };
        let last_offset = Offset(base_offset.0.saturating_add(self.small(3)));
        let record = self.control_record();
        let control_records = self.maybe(|_| (base_offset, record)).into_iter().collect();
        FetchedBatch { base_offset, last_offset, epoch: self.epoch(), control_records }
    }

    fn outcome(&mut self, end: i64) -> FetchOutcome {
        match self.0.between(0, 5) {
            0 => FetchOutcome::DivergingEpoch(self.end()),
            1 => FetchOutcome::SnapshotId(self.end()),
            _ => {
                FetchOutcome::Batches((0..self.0.between(0, 3)).map(|_| self.batch(end)).collect())
            }
        }
    }

    /// An answer to what was asked, or to something else.
    fn response(&mut self, asked: &Request, end: i64) -> Response {
        let (error, current_leader) = (self.error(), self.current_leader());
        let epoch = EpochResponse { error, current_leader: current_leader.clone() };
        let change = VoterChangeResponse { error, error_message: None };
        match asked {
            _ if self.0.chance(50) => Response::Error(error.unwrap_or(Error::InvalidRequest)),
            _ if self.0.chance(50) => Response::ApiVersions(self.maybe(Self::versions)),
            Request::Vote(_) => {
                let vote_granted = self.0.chance(600);
                Response::Vote(VoteResponse { error, current_leader, vote_granted })
            }
            Request::Fetch(_) => Response::Fetch(FetchResponse {
                error,
                current_leader,
                high_watermark: self.maybe(Self::offset),
                log_start_offset: self.offset(),
                outcome: self.outcome(end),
            }),
            Request::FetchSnapshot(fetch) => Response::FetchSnapshot(FetchSnapshotResponse {
                error,
                current_leader,
                snapshot_id: if self.0.chance(100) { self.end() } else { fetch.snapshot_id },
                size: self.small(20),
                position: if self.0.chance(100) { self.small(20) } else { fetch.position },
                length: self.small(20),
            }),
            Request::BeginQuorumEpoch(_) => Response::BeginQuorumEpoch(epoch),
            Request::EndQuorumEpoch(_) => Response::EndQuorumEpoch(epoch),
            Request::UpdateRaftVoter(_) => Response::UpdateRaftVoter(epoch),
            Request::AddRaftVoter(_) => Response::AddRaftVoter(change),
            Request::RemoveRaftVoter(_) => Response::RemoveRaftVoter(change),
            Request::ApiVersions => Response::ApiVersions(Some(BOTH_VERSIONS)),
        }
    }

    fn event(&mut self, sent: &BTreeMap<u64, (NodeId, Request)>, end: i64) -> Event {
        let number = self.0.roll();
        match self.0.between(0, 30) {
            0..10 => Event::Request { id: RequestId(number), request: self.request() },
            10..20 => {
                let recent: Vec<u64> = sent.keys().rev().take(3).copied().collect();
                let Some(correlation) = self.0.pick(&recent) else { return Event::Tick };
                let (from, asked) = &sent[&correlation];
                let response = match self.0.between(0, 20) {
                    0 => Err(SendError::Disconnected),
                    1 => Err(SendError::UnsupportedVersion),
                    _ => Ok(self.response(asked, end)),
                };
                Event::Response { from: *from, correlation, response }
            }
            20..22 => Event::Synced { append: AppendId(self.0.between(0, 40)) },
            22 => {
                let records = u32::try_from(self.0.between(0, 3)).unwrap();
                let records = if self.0.chance(20) { u32::MAX } else { records };
                Event::Propose { id: ProposalId(number), epoch: self.epoch(), records }
            }
            23 => Event::UpgradeKraftVersion { epoch: self.epoch(), version: 1 },
            24 => Event::SnapshotCreated { id: self.end(), size: 30 },
            25 => {
                let control_records = vec![self.control_record()];
                Event::SnapshotFetched { id: self.end(), size: 30, control_records }
            }
            26 => Event::DeleteBefore { id: self.end() },
            27 if self.0.chance(50) => Event::Shutdown { until: Time(self.0.between(0, 100_000)) },
            28 => Event::Resign { epoch: self.epoch() },
            _ => Event::Tick,
        }
    }

    fn stored(&mut self) -> Stored {
        let mut stored = match self.0.chance(500) {
            true => fixture::formatted(&fixture::dynamic_voters(&[1, 2, 3])),
            false => Stored::default(),
        };
        let end = self.0.between(0, 20).cast_signed();
        if end > 0 {
            stored.log.end = Offset(end);
            stored.log.epochs = vec![(Epoch(1), Offset(0)), (Epoch(3), Offset(end / 2))];
        }
        stored.election = self.maybe(|draw| ElectionState {
            leader_epoch: Epoch(draw.int(8).max(0)),
            leader_id: draw.maybe(|draw| NodeId(draw.0.between(1, 4) as i32)),
            voted: draw.maybe(Self::key).filter(|key| key.id >= NodeId(0)),
        });
        stored
    }
}

fn run(seed: u64, events: &[u64]) -> Result<(), TestCaseError> {
    let mut draw = Draw(Dice(seed));
    let mut config = fixture::config(1, seed, None);
    config.auto_join = draw.0.chance(500);
    let stored = draw.stored();
    if stored.control_records.is_empty() {
        let voters: &[i32] = if draw.0.chance(300) { &[1] } else { &[1, 2, 3] };
        config.static_voters = fixture::static_voters(voters);
    }
    let mut now = Time(0);
    let (mut machine, commands) = Machine::start(config, stored, now).expect("it starts");
    let mut sent = BTreeMap::new();
    let note = |commands: Vec<Command>, sent: &mut BTreeMap<u64, (NodeId, Request)>| {
        for command in commands {
            if let Command::Send { to, correlation, request } = command {
                sent.insert(correlation, (to.id, request));
            }
        }
    };
    note(commands, &mut sent);
    for event in events {
        let mut draw = Draw(Dice(*event));
        let wakes_at = machine.wakes_at();
        now = match draw.0.chance(300) && wakes_at != Time::FAR {
            true => now.max(wakes_at),
            false => now.after_ms(draw.0.between(0, 400)),
        };
        let before = (machine.epoch(), machine.high_watermark());
        let event = draw.event(&sent, machine.log_end().0);
        note(machine.step(event, now), &mut sent);
        prop_assert!(machine.epoch() >= before.0 && machine.high_watermark() >= before.1);
        // Nothing is due that was not done: a driver that sleeps until then makes progress.
        prop_assert!(machine.wakes_at() > now, "{machine:?}");
        machine.describe(now);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn no_event_in_any_state_panics(
        seed: u64,
        events in prop::collection::vec(any::<u64>(), 1..120),
    ) {
        run(seed, &events)?;
    }
}
