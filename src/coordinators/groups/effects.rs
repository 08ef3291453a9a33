//! What handling one request brings about: replies for now, and records with what follows once they
//! are durable.

use super::config::GroupConfig;
use super::message::{Protocol, Reply};
use super::partition::Undo;
use super::record::Change;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::coordinator::{Now, RequestToken};
use crate::coordinators::transactions::EndMarker;
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the steps of a group may look at and write to.
pub(super) struct Context<'a> {
    pub(super) config: &'a GroupConfig,
    pub(super) now: Now,
    pub(super) effects: &'a mut Effects,
}

impl Context<'_> {
    pub(super) fn reply(&mut self, token: RequestToken, reply: Reply) {
        self.effects.reply(token, reply);
    }
}

#[derive(Default)]
pub(super) struct Effects {
    pub(super) replies: Vec<(RequestToken, Reply)>,
    pub(super) plans: Vec<Plan>,
}

impl Effects {
    pub(super) fn reply(&mut self, token: RequestToken, reply: Reply) {
        self.replies.push((token, reply));
    }

    pub(super) fn plan(&mut self, changes: Vec<Change>, then: Then) {
        self.plan_in(Scope::Plain, changes, then);
    }

    pub(super) fn plan_in(&mut self, scope: Scope, changes: Vec<Change>, then: Then) {
        self.plans.push(Plan { scope, changes, applied: None, then, replies: Vec::new() });
    }

    /// Gives the reply once the records planned so far are durable: now, if there are none.
    pub(super) fn reply_after_plans(&mut self, token: RequestToken, reply: Reply) {
        match self.plans.last_mut() {
            Some(plan) => plan.replies.push((token, reply)),
            None => self.reply(token, reply),
        }
    }
}

/// When records count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    Plain,
    /// Once the producer's transaction commits.
    InTransaction(ProducerEpoch),
    /// There are none: what the producer wrote before counts now, or never.
    End(EndMarker),
}

/// Records to be written together, and what follows.
pub(super) struct Plan {
    pub(super) scope: Scope,
    pub(super) changes: Vec<Change>,
    /// They are made already, and this takes them back. `None`: they are still to be made.
    pub(super) applied: Option<Vec<Undo>>,
    pub(super) then: Then,
    pub(super) replies: Vec<(RequestToken, Reply)>,
}

/// What happens to a group when its record is durable, or is not.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    /// A group was named for the first time. Failure: it is forgotten.
    KeepGroup {
        group_id: String,
    },
    /// The leader's assignment. Success: members get it. Failure: they join again.
    Assign {
        group_id: String,
        generation: i32,
        assignments: BTreeMap<String, Bytes>,
    },
    /// A static member came back without a rebalance. Failure: the old id is the valid one again.
    AdmitStatic(Box<StaticReturn>),
}

#[derive(Debug)]
pub(super) struct StaticReturn {
    pub(super) group_id: String,
    pub(super) group_instance_id: String,
    pub(super) old_member_id: String,
    pub(super) new_member_id: String,
    /// Before the return; old clients are told it, so that a returning leader does not assign
    /// again.
    pub(super) old_leader: Option<String>,
    pub(super) can_skip_assignment: bool,
    pub(super) old_protocols: Vec<Protocol>,
    pub(super) old_rebalance_timeout_ms: i32,
    pub(super) old_session_timeout_ms: i32,
}
