//! What a machine is told.

use crate::command::AppendId;
use crate::control_records::ControlRecord;
use crate::messages::{Request, Response};
use crate::units::{Epoch, NodeId, OffsetAndEpoch, Time};

/// Names a request that came from outside until it is answered. The driver chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names a batch that the controller wants appended. The driver chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalId(pub u64);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The time of `Machine::wakes_at` has come. Too many of them do no harm.
    Tick,
    /// From another node or a tool. Answered once, unless the node stops.
    Request { id: RequestId, request: Request },
    /// To what `Command::Send` sent, whose number it repeats.
    Response { from: NodeId, correlation: u64, response: Result<Response, SendError> },
    /// All appends up to this one are on the device.
    Synced { append: AppendId },
    /// One batch of the controller with this number of records. The reply is `Command::Append`
    /// with the offset and epoch of the batch, or `Command::RefuseProposal`.
    Propose { id: ProposalId, epoch: Epoch, records: u32 },
    /// The controller wants this kraft.version. It must have asked `Machine::may_upgrade` before.
    UpgradeKraftVersion { epoch: Epoch, version: i16 },
    /// This node has written a snapshot of its own state, which is synced and has its name. It must
    /// have asked `Machine::may_snapshot` before it began.
    SnapshotCreated { id: OffsetAndEpoch, size: u64 },
    /// The snapshot of `Command::WriteSnapshot` with `is_last` is synced, has its name and can be
    /// read. These control records stand in it.
    SnapshotFetched { id: OffsetAndEpoch, size: u64, control_records: Vec<ControlRecord> },
    /// What was fetched is no snapshot, or does not fit on the disk: it is fetched anew.
    SnapshotRefused { id: OffsetAndEpoch },
    /// Let go of what lies before this snapshot, in the log and among snapshots.
    DeleteBefore { id: OffsetAndEpoch },
    /// The controller gives up the lead of this epoch.
    Resign { epoch: Epoch },
    /// Leave in order, until this time at the latest: `Command::ShutdownComplete` says when.
    Shutdown { until: Time },
}

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SendError {
    /// No connection, or lost before the answer.
    Disconnected,
    /// The node does not know the version that the request needs, such as Vote 2 for a pre-vote.
    UnsupportedVersion,
}
