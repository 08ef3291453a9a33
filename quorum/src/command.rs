//! What a machine wants done.
//!
//! The driver's contract: the commands of a step are carried out in order, each completed before
//! the next one begins, and all before the next event is handed over. Completed means:
//! `StoreElectionState`, `Truncate`, `TruncateFully` and `DeleteBefore` are durable; an `Append` is
//! in the log, where reads find it, and durable only once `Event::Synced` says so; a `Send` or an
//! answer has been given away and may be lost. Where one of the durable ones fails the node stops:
//! nothing that follows may be sent.

use crate::config::ElectionState;
use crate::control_records::ControlRecord;
use crate::event::{ProposalId, RequestId};
use crate::machine::proposals::ProposalRefusal;
use crate::messages::{FetchResponse, FetchSnapshotResponse, Request, Response};
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch};
use crate::voters::Node;

/// Names an append until it is synced. Ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppendId(pub u64);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Write `quorum-state`: version 0 with the voters for kraft.version 0, else version 1.
    StoreElectionState {
        election: ElectionState,
        kraft_version: i16,
        voters: Vec<NodeId>,
    },
    /// Append one batch as leader, or the first batches of the response at hand as follower.
    Append {
        append: AppendId,
        base_offset: Offset,
        epoch: Epoch,
        records: RecordsToAppend,
    },
    /// Remove all records from this offset on. It is never below the high watermark.
    Truncate {
        to: Offset,
    },
    /// Empty the log; it starts and ends at this snapshot, from which the state is loaded.
    TruncateFully {
        to: OffsetAndEpoch,
    },
    /// Move the start of the log to this snapshot, and remove the snapshots before it.
    DeleteBefore {
        id: OffsetAndEpoch,
    },
    /// Send to a node. The answer comes as `Event::Response` with the same number.
    Send {
        to: Node,
        correlation: u64,
        request: Request,
    },
    Answer {
        id: RequestId,
        response: Response,
    },
    /// Answer a Fetch; with records read from the range, if there is one.
    AnswerFetch {
        id: RequestId,
        response: FetchResponse,
        read: Option<ReadRange>,
    },
    /// Answer a FetchSnapshot; with bytes read from the range, if there is one.
    AnswerFetchSnapshot {
        id: RequestId,
        response: FetchSnapshotResponse,
        read: Option<SnapshotRange>,
    },
    /// Write the bytes of the response at hand at this position of an unfinished snapshot. After
    /// the last ones sync it, give it its name, and tell with `Event::SnapshotFetched`.
    WriteSnapshot {
        id: OffsetAndEpoch,
        position: i64,
        is_last: bool,
    },
    /// Everything before this offset is committed.
    HighWatermark {
        offset: Offset,
    },
    /// Who leads, if anybody does. This node is named once it has committed a record of its epoch:
    /// the controller then knows of all that was committed before.
    LeaderChanged {
        leader_id: Option<NodeId>,
        epoch: Epoch,
    },
    /// The batch is not appended.
    RefuseProposal {
        id: ProposalId,
        refusal: ProposalRefusal,
    },
    /// The node may stop.
    ShutdownComplete,
    /// The node must stop. The machine does nothing from here on.
    Fail(FatalError),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordsToAppend {
    /// A control batch.
    Control(Vec<ControlRecord>),
    /// The batch of `Event::Propose`.
    Proposal { id: ProposalId, records: u32 },
    /// The first batches of the Fetch response that this step handled, up to this end.
    Fetched { batches: usize, end: Offset },
}

/// Whole batches from an offset up to an end, as many as fit in the bytes, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReadRange {
    pub from: Offset,
    pub end: Offset,
    pub max_bytes: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotRange {
    pub id: OffsetAndEpoch,
    pub position: i64,
    pub length: i64,
}

/// Why a node must stop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum FatalError {
    #[error(
        "nodes {known} and {heard} both lead in epoch {epoch}: two controllers share an id or a \
         directory, or one has lost its quorum-state file"
    )]
    TwoLeaders { epoch: Epoch, known: NodeId, heard: NodeId },
    #[error(
        "leader {leader_id} wants the log cut to offset {to}, below the high watermark \
         {high_watermark}: committed metadata would be lost; compare the logs of the controllers"
    )]
    TruncationOfCommitted { leader_id: NodeId, to: Offset, high_watermark: Offset },
    #[error("there is no epoch after {0}")]
    EpochsExhausted(Epoch),
}
