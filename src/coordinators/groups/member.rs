//! One member of a group: who it is, what it supports, which reply it waits for.

use super::message::Protocol;
use crate::coordinators::coordinator::RequestToken;
use bytes::Bytes;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) member_id: String,
    pub(super) group_instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    pub(super) awaiting_join: Option<RequestToken>,
    pub(super) awaiting_sync: Option<RequestToken>,
    /// Joined in the rebalance that is under way, for the first time.
    pub(super) is_new: bool,
    /// When it is given up, on the steady clock. `None`: it waits for us, not we for it.
    pub(super) expires_at_ms: Option<u64>,
}

impl Member {
    pub(super) fn is_static(&self) -> bool {
        self.group_instance_id.is_some()
    }

    /// A member that waits for a reply cannot send heartbeats and needs none, unless it has just
    /// come.
    pub(super) fn has_satisfied_heartbeat(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }

    pub(super) fn metadata(&self, protocol_name: &str) -> Bytes {
        self.protocols
            .iter()
            .find(|protocol| protocol.name == protocol_name)
            .map(|protocol| protocol.metadata.clone())
            .unwrap_or_default()
    }

    /// Its first choice among the candidates.
    pub(super) fn vote<'a>(&self, candidates: &BTreeSet<&'a str>) -> Option<&'a str> {
        self.protocols.iter().find_map(|protocol| candidates.get(protocol.name.as_str()).copied())
    }
}

/// The list with only the first entry of each name, so that a member is counted once for a
/// protocol.
pub(super) fn without_repeats(protocols: Vec<Protocol>) -> Vec<Protocol> {
    let mut seen = BTreeSet::new();
    protocols.into_iter().filter(|protocol| seen.insert(protocol.name.clone())).collect()
}
