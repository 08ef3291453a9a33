//! Kafka's raft (KRaft) as a machine without I/O: who leads the metadata log, what is committed.
//!
//! `Machine::step(event, now)` returns commands; a driver carries them out. The protocol is that
//! of Kafka's raft module (KafkaRaftClient and the classes beside it), not the raft of textbooks:
//! followers pull with Fetch, a log that has diverged is found by epoch and offset, a vote is
//! preceded by a pre-vote (KIP-996), a leader that no majority fetches from resigns, voters are
//! configured (kraft.version 0) or stand in the log (kraft.version 1, KIP-853).
//! Lives on: any core; in the broker on shard 0, inside of the task that owns the metadata log.
//! Promise: no event in any state panics; what a vote or an acknowledgement rests on is stored
//! before it is sent, if the driver keeps the contract of `Command`.
//! Never: does I/O, reads a clock, draws a random number but from the seed in `Config`, looks into
//! a record that is not one of the quorum's own.
//! Limits: limits.rs.   Read next: event.rs, command.rs, machine.rs, then machine/fetch.rs.

pub mod command;
pub mod config;
pub mod control_records;
pub mod event;
pub mod limits;
pub mod messages;
pub mod units;
pub mod voters;

mod connections;
mod history;
mod leader;
mod log_shape;
mod machine;
mod mutation;
mod states;
mod votes;

pub use command::{AppendId, Command, FatalError, ReadRange, RecordsToAppend, SnapshotRange};
pub use config::{Config, StartError, Stored, StoredLog, Timings};
pub use control_records::{ControlRecord, LeaderChange};
pub use event::{Event, ProposalId, RequestId, SendError};
pub use machine::Machine;
pub use machine::describe::{QuorumDescription, ReplicaDescription, Role};
pub use machine::proposals::{ProposalRefusal, SnapshotRefusal, UpgradeRefusal};
pub use units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey, Time};
pub use voters::{Endpoints, Node, VersionRange, Voter, VoterSet};

#[cfg(test)]
mod tests;
