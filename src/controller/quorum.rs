//! Who leads the metadata log: the quorum of one voter, in the shape of the larger one.
//!
//! Lives on: shard 0. `start` is the first step of a machine without I/O: from what was stored
//! and what the log ends with, it says what to store and what to append; a vote is not needed
//! where this node is the only voter. Each start is a new leader epoch.
//! Promise: the epoch never goes back: it is above the stored one and that of the log.
//! Never: does I/O.   Read next: log.rs.

use serde::{Deserialize, Serialize};
use shards::format::checksum::crc32c;
use uuid::Uuid;

use crate::controller::codec::Entry;
use crate::metadata::{NodeId, Voter, VoterSet};
use crate::protocol::control_records::leader_change_message::Voter as LeaderVoter;
use crate::protocol::control_records::voters_record::{
    Endpoint, KRaftVersionFeature, Voter as VoterRecord,
};
use crate::protocol::control_records::{KRaftVersionRecord, LeaderChangeMessage, VotersRecord};
use shards::format::uuid_text;

/// In the folder of the metadata log.
pub const STATE_FILE: &str = "quorum-state";

const NOBODY: NodeId = -1;

/// Why the node cannot take the lead. To blame: the operator or the disk.
#[derive(Debug, thiserror::Error)]
pub enum QuorumError {
    #[error("the file {STATE_FILE} is damaged: {0}")]
    State(#[from] serde_json::Error),
    #[error(
        "the file {STATE_FILE} is damaged: its checksum does not hold; who has edited it removes \
         the field with the checksum"
    )]
    StateChecksum,
    #[error("the file {STATE_FILE} has the unknown version {0}")]
    StateVersion(i16),
    #[error(
        "node {node} is not the one voter of the quorum ({voters:?}): correct node.id or \
         controller.quorum.voters; quorums of several nodes are not supported yet"
    )]
    NotTheOnlyVoter { node: NodeId, voters: Vec<NodeId> },
}

const CHECKSUM: &str = ",\"ringlogCrc32c\":";

/// What `quorum-state` holds: for whom this node has voted, or whom it follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionState {
    pub leader: Option<NodeId>,
    pub epoch: i32,
    pub voted_for: Option<(NodeId, Uuid)>,
    /// Whom a static quorum consists of; none if the log says who votes.
    pub static_voters: Option<Vec<NodeId>>,
}

/// The two versions of the file, field by field as Kafka writes them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_id: Option<String>,
    leader_id: NodeId,
    leader_epoch: i32,
    voted_id: NodeId,
    #[serde(skip_serializing_if = "Option::is_none")]
    voted_directory_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_offset: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_voters: Option<Vec<StateVoter>>,
    #[serde(rename = "data_version")]
    data_version: i16,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateVoter {
    voter_id: NodeId,
}

impl ElectionState {
    pub fn to_json(&self) -> String {
        let (voted_id, voted_directory) = self.voted_for.unwrap_or((NOBODY, Uuid::nil()));
        let is_static = self.static_voters.is_some();
        let voters = self
            .static_voters
            .as_ref()
            .map(|voters| voters.iter().map(|&voter_id| StateVoter { voter_id }).collect());
        let file = StateFile {
            cluster_id: is_static.then(String::new),
            leader_id: self.leader.unwrap_or(NOBODY),
            leader_epoch: self.epoch,
            voted_id,
            voted_directory_id: (!is_static).then(|| uuid_text::encode(voted_directory)),
            applied_offset: is_static.then_some(0),
            current_voters: voters,
            data_version: i16::from(!is_static),
        };
        serde_json::to_string(&file).expect("numbers and strings have a JSON form")
    }

    /// The file: with a field that Kafka does not know, the checksum of the others.
    pub fn to_file(&self) -> String {
        let json = self.to_json();
        let fields = json.strip_suffix('}').expect("an object ends so");
        format!("{fields}{CHECKSUM}{}}}", crc32c(json.as_bytes()))
    }

    /// Reads what either of the two makes.
    pub fn from_json(json: &[u8]) -> Result<Self, QuorumError> {
        let text = String::from_utf8_lossy(json);
        if let Some((fields, stored)) = text.rsplit_once(CHECKSUM)
            && stored != format!("{}}}", crc32c(format!("{fields}}}").as_bytes()))
        {
            return Err(QuorumError::StateChecksum);
        }
        let file: StateFile = serde_json::from_slice(json)?;
        if !(0..=1).contains(&file.data_version) {
            return Err(QuorumError::StateVersion(file.data_version));
        }
        let directory = file.voted_directory_id.as_deref().and_then(uuid_text::decode);
        let voters = file.current_voters.unwrap_or_default();
        let voters = voters.iter().map(|voter| voter.voter_id).collect();
        Ok(Self {
            leader: (file.leader_id != NOBODY).then_some(file.leader_id),
            epoch: file.leader_epoch,
            voted_for: (file.voted_id != NOBODY)
                .then_some((file.voted_id, directory.unwrap_or_default())),
            static_voters: (file.data_version == 0).then_some(voters),
        })
    }
}

/// Who is to vote, from the configuration or from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Electorate {
    /// `controller.quorum.voters`
    Static(Vec<NodeId>),
    /// Voters in the log or its snapshot.
    Dynamic(VoterSet),
}

/// What is known when the node starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub node: NodeId,
    pub electorate: Electorate,
    pub stored: Option<ElectionState>,
    /// Of the last batch in the log or its snapshot; 0 if there is none.
    pub log_epoch: i32,
    /// Whether the voters are in the log itself, or in the snapshot of a new cluster only.
    pub log_has_voters: bool,
}

/// What is to be done for the lead, in this order: store the state durably, append the batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    pub epoch: i32,
    pub store: ElectionState,
    pub append: Vec<Entry>,
}

/// Elects the only voter.
pub fn start(start: Start) -> Result<Lead, QuorumError> {
    let voters: Vec<NodeId> = match &start.electorate {
        Electorate::Static(voters) => voters.clone(),
        Electorate::Dynamic(set) => set.voters.iter().map(|voter| voter.id).collect(),
    };
    if voters != [start.node] {
        return Err(QuorumError::NotTheOnlyVoter { node: start.node, voters });
    }
    let stored_epoch = start.stored.as_ref().map_or(0, |state| state.epoch);
    let epoch = stored_epoch.max(start.log_epoch).saturating_add(1);
    let mut append = vec![leader_change(start.node, &voters)];
    if let (Electorate::Dynamic(set), false) = (&start.electorate, start.log_has_voters) {
        append.extend(voter_entries(set));
    }
    let static_voters = match start.electorate {
        Electorate::Static(voters) => Some(voters),
        Electorate::Dynamic(_) => None,
    };
    let store = ElectionState { leader: Some(start.node), epoch, voted_for: None, static_voters };
    Ok(Lead { epoch, store, append })
}

fn leader_change(leader_id: NodeId, voters: &[NodeId]) -> Entry {
    let voters: Vec<LeaderVoter> = voters
        .iter()
        .map(|&voter_id| LeaderVoter { voter_id, voter_directory_id: Uuid::nil() })
        .collect();
    Entry::LeaderChange(LeaderChangeMessage {
        version: 0,
        leader_id,
        granting_voters: voters.clone(),
        voters,
    })
}

/// How the log and its snapshots name the voters of a dynamic quorum.
pub fn voter_entries(set: &VoterSet) -> Vec<Entry> {
    if set.kraft_version == 0 {
        return Vec::new();
    }
    let version = KRaftVersionRecord { version: 0, kraft_version: set.kraft_version };
    let voters = set.voters.iter().map(voter_record).collect();
    vec![Entry::QuorumVersion(version), Entry::QuorumVoters(VotersRecord { version: 0, voters })]
}

fn voter_record(voter: &Voter) -> VoterRecord {
    let endpoints = voter.endpoints.iter().map(|(name, host, port)| Endpoint {
        name: name.clone(),
        host: host.clone(),
        port: *port,
    });
    VoterRecord {
        voter_id: voter.id,
        voter_directory_id: voter.directory_id,
        endpoints: endpoints.collect(),
        kraft_version_feature: KRaftVersionFeature {
            min_supported_version: 0,
            max_supported_version: 1,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DYNAMIC: &str = concat!(
        r#"{"leaderId":1,"leaderEpoch":3,"votedId":-1,"#,
        r#""votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
    );
    const STATIC: &str = concat!(
        r#"{"clusterId":"","leaderId":1,"leaderEpoch":3,"votedId":-1,"#,
        r#""appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#
    );

    fn state(static_voters: Option<Vec<NodeId>>) -> ElectionState {
        ElectionState { leader: Some(1), epoch: 3, voted_for: None, static_voters }
    }

    fn voter(id: NodeId) -> Voter {
        let endpoints = vec![("CONTROLLER".to_owned(), "localhost".to_owned(), 9093)];
        Voter { id, directory_id: Uuid::from_u128(7), endpoints }
    }

    fn a_start() -> Start {
        let set = VoterSet { kraft_version: 1, voters: vec![voter(1)] };
        let electorate = Electorate::Dynamic(set);
        Start { node: 1, electorate, stored: None, log_epoch: 0, log_has_voters: false }
    }

    #[test]
    fn the_state_file_is_kafkas() {
        for (json, state) in [(DYNAMIC, state(None)), (STATIC, state(Some(vec![1])))] {
            assert_eq!(state.to_json(), json);
            assert_eq!(ElectionState::from_json(json.as_bytes()).unwrap(), state);
            let file = state.to_file();
            assert_eq!(ElectionState::from_json(file.as_bytes()).unwrap(), state);
            for bit in 0..file.len() * 8 {
                let mut flipped = file.clone().into_bytes();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let found = ElectionState::from_json(&flipped);
                assert!(found.is_err() || found.is_ok_and(|found| found == state), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_damaged_state_is_refused() {
        for cut in 0..DYNAMIC.len() {
            assert!(ElectionState::from_json(&DYNAMIC.as_bytes()[..cut]).is_err());
        }
        let newer = DYNAMIC.replace("\"data_version\":1", "\"data_version\":2");
        let error = ElectionState::from_json(newer.as_bytes()).unwrap_err();
        assert!(matches!(error, QuorumError::StateVersion(2)), "{error}");
    }

    #[test]
    fn the_first_leader_writes_the_voters_into_the_log() {
        let lead = start(a_start()).unwrap();
        assert_eq!(lead.epoch, 1);
        assert_eq!(lead.store, ElectionState { epoch: 1, ..state(None) });
        let set = VoterSet { kraft_version: 1, voters: vec![voter(1)] };
        let mut expected = vec![leader_change(1, &[1])];
        expected.extend(voter_entries(&set));
        assert_eq!(lead.append, expected);
    }

    #[test]
    fn the_epoch_is_above_all_that_is_known() {
        for (stored, log_epoch, expected) in [(3, 2, 4), (3, 7, 8), (0, 0, 1)] {
            let stored = Some(ElectionState { epoch: stored, ..state(None) });
            let lead =
                start(Start { stored, log_epoch, log_has_voters: true, ..a_start() }).unwrap();
            assert_eq!((lead.epoch, lead.append.len()), (expected, 1));
        }
    }

    #[test]
    fn another_quorum_is_refused() {
        let electorate = Electorate::Static(vec![1, 2]);
        let error = start(Start { electorate, ..a_start() }).unwrap_err();
        assert!(error.to_string().contains("[1, 2]"), "{error}");
    }
}
