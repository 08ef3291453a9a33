//! The records of the quorum itself, as they stand in control batches of the log.
//!
//! Source: ControlRecordUtils, LeaderChangeMessage, KRaftVersionRecord, VotersRecord. The header
//! and footer of a snapshot are the driver's.

use std::collections::BTreeSet;

use crate::units::NodeId;
use crate::voters::VoterSet;

/// One control record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlRecord {
    /// The first record of each epoch.
    LeaderChange(LeaderChange),
    KraftVersion(i16),
    Voters(VoterSet),
}

/// Who leads, and who voted for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaderChange {
    pub leader_id: NodeId,
    pub voters: BTreeSet<NodeId>,
    pub granting_voters: BTreeSet<NodeId>,
}
