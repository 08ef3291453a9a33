//! The part that this node plays in a partition: role, leader epoch, in-sync replicas, high
//! watermark.
//!
//! It alone decides what readers see and when an append is committed. `step` takes what happened
//! and says what is to be done; the log that has the replica does it (log/replication.rs).
//! Kafka's classes: Partition, PartitionState, Replica. Unlike there, a leader counts itself by
//! what its device holds, and not by what it has appended: followers may be sent what is not
//! synced here yet (their syncs and this one's overlap), and nothing is committed before the last
//! of them.
//!
//! Lives on: the core of the partition; pure: no I/O, no clock. Promise: the high watermark moves
//! forward only, but for a log that is cut; it is never above what this replica has synced, nor, on
//! a leader, above what any replica has that is in sync or about to be. Where a partition has no
//! other replicas, a step allocates nothing. Limits: as many followers as the metadata names.
//! Read next: in_sync.rs, follower.rs, ../log/replication.rs.

use self::follower::Follower;
use self::in_sync::InSync;
pub use self::in_sync::Proposal;
use crate::mutation::Mutation;
use crate::units::{LeaderEpoch, NodeId, Offset};

mod follower;
mod in_sync;

/// Where the log of the replica stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEnds {
    pub log_start: Offset,
    /// End of what the device holds.
    pub durable: Offset,
    pub log_end: Offset,
}

/// One replica of a partition, as the metadata has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub node: NodeId,
    /// The epoch in which its broker is registered; none where it is not.
    pub broker_epoch: Option<i64>,
    /// Its broker is neither fenced nor about to stop, so that it may come in sync.
    pub is_eligible: bool,
}

/// What the metadata says of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// This node.
    pub node: NodeId,
    pub leader: Option<NodeId>,
    pub leader_epoch: LeaderEpoch,
    /// Grows by one with each change of the partition.
    pub partition_epoch: i32,
    pub replicas: Vec<Member>,
    pub in_sync: Vec<NodeId>,
}

impl Assignment {
    /// Of a partition whose one replica is here, and leads it.
    pub fn alone(leader_epoch: LeaderEpoch) -> Assignment {
        let node = NodeId(0);
        Assignment {
            node,
            leader: Some(node),
            leader_epoch,
            partition_epoch: 0,
            replicas: vec![Member { node, broker_epoch: None, is_eligible: true }],
            in_sync: vec![node],
        }
    }
}

/// A Fetch of a follower, which says what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerFetch {
    pub follower: NodeId,
    /// Of its registration, as it says itself; none from one that does not say it.
    pub broker_epoch: Option<i64>,
    /// It has, synced, all that lies before.
    pub offset: Offset,
    pub log_start: Offset,
    /// On the steady clock.
    pub now_ms: u64,
}

/// How the controller answered a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted {
        leader_epoch: LeaderEpoch,
        partition_epoch: i32,
        in_sync: Vec<NodeId>,
    },
    /// Nothing of it was done: what was committed before holds.
    Rejected,
    /// It may have been done, or this node's metadata is old: the next metadata says it.
    Superseded,
    /// The same is to be proposed again.
    Lost,
}

/// What the configuration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many replicas are to be in sync for an append to be committed: `min.insync.replicas`.
    pub min_in_sync: u32,
    /// Who has not had all for so long is not in sync: `replica.lag.time.max.ms`.
    pub lag_ms_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { min_in_sync: 1, lag_ms_max: 30_000 }
    }
}

/// What happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The metadata changed, or is there for the first time. On the steady clock.
    Assigned { assignment: &'a Assignment, now_ms: u64 },
    /// The topic's or the broker's configuration changed.
    Configured(Limits),
    /// The log's durable end has moved.
    Synced,
    /// A follower asks for what lies behind what it has. `may_fetch` was asked before.
    Fetched(FollowerFetch),
    /// A follower has, synced, what its leader gave it; with it came the leader's high watermark.
    LeaderSaid { high_watermark: Offset },
    /// The controller has answered the proposal that is under way.
    Answered(&'a Answer),
    /// Some time went by: who has fallen behind is to leave the in-sync replicas.
    Looked { now_ms: u64 },
    /// The log was cut at its end, or begins anew.
    Cut,
}

/// What is to be done. Nothing, where all is none.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "what a step says is to be done"]
pub struct Commands {
    /// Readers see up to here from now on.
    pub high_watermark: Option<Offset>,
    /// The epoch begins here: it is to be noted, also without data.
    pub epoch_start: Option<(LeaderEpoch, Offset)>,
    /// To be sent to the controller.
    pub proposal: Option<Proposal>,
    /// It leads no longer: all who wait for an append are to be told.
    pub has_resigned: bool,
}

/// Why a replica does not do what only a leader does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLeading {
    #[error("this node does not lead the partition")]
    NotLeader,
    #[error("the leader epoch {asked} is over: {current} has begun")]
    Fenced { asked: LeaderEpoch, current: LeaderEpoch },
    #[error("the leader epoch {asked} is not known here yet: {current} is the newest")]
    Unknown { asked: LeaderEpoch, current: LeaderEpoch },
}

/// Why a follower is given nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchRefused {
    #[error("node {0} is no replica of the partition, as far as this node knows")]
    NoReplica(NodeId),
    #[error(
        "node {follower} asks in the broker epoch {asked}, and was registered in {current} since"
    )]
    StaleBroker { follower: NodeId, asked: i64, current: i64 },
}

/// Fewer replicas are in sync than an append needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{in_sync} replicas are in sync, and min.insync.replicas is {min}")]
pub struct TooFewInSync {
    pub in_sync: usize,
    pub min: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Replica {
    role: Role,
    leader_epoch: LeaderEpoch,
    partition_epoch: i32,
    /// Grows when it begins to lead after it did not.
    term: u64,
    limits: Limits,
    /// The latest time that an event came with, on the steady clock.
    now_ms: u64,
    high_watermark: Offset,
}

#[derive(Debug)]
enum Role {
    /// Nobody has said yet.
    Unassigned,
    Follower {
        leader: Option<NodeId>,
    },
    Leader(Leading),
}

#[derive(Debug)]
struct Leading {
    node: NodeId,
    epoch_start: Offset,
    in_sync: InSync,
    /// The other replicas.
    followers: Vec<Follower>,
}

impl Replica {
    /// One that has no role yet; `high_watermark` is what its checkpoint says, at most the log's
    /// end.
    pub fn new(high_watermark: Offset) -> Replica {
        Replica {
            role: Role::Unassigned,
            leader_epoch: LeaderEpoch(-1),
            partition_epoch: -1,
            term: 0,
            limits: Limits::default(),
            now_ms: 0,
            high_watermark,
        }
    }

    /// Readers see up to here.
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// Who leads, as far as a follower knows.
    pub fn leader_followed(&self) -> Option<NodeId> {
        match self.role {
            Role::Follower { leader } => leader,
            Role::Leader(_) | Role::Unassigned => None,
        }
    }

    /// Of the times that it began to lead, the last one. An append of an earlier one may be cut
    /// since.
    pub fn term(&self) -> u64 {
        self.term
    }

    /// Where the leader's epoch begins; none if it does not lead.
    pub fn epoch_start(&self) -> Option<Offset> {
        match &self.role {
            Role::Leader(leading) => Some(leading.epoch_start),
            Role::Follower { .. } | Role::Unassigned => None,
        }
    }

    /// Whether other nodes have replicas, or lead: then the high watermark is not simply the end.
    pub fn is_shared(&self) -> bool {
        match &self.role {
            Role::Leader(leading) => !leading.followers.is_empty(),
            Role::Follower { .. } => true,
            Role::Unassigned => false,
        }
    }

    /// Refuses what only a leader does; `believed` is the epoch that who asks takes for the
    /// leader's.
    #[inline]
    pub fn check_leads(&self, believed: Option<LeaderEpoch>) -> Result<(), NotLeading> {
        let current = self.leader_epoch;
        // As in Kafka: who has the wrong epoch is told so whether or not this node leads.
        match believed {
            Some(asked) if asked < current => Err(NotLeading::Fenced { asked, current }),
            Some(asked) if asked > current => Err(NotLeading::Unknown { asked, current }),
            _ if self.is_leader() => Ok(()),
            _ => Err(NotLeading::NotLeader),
        }
    }

    /// Refuses an append that is to be committed while too few replicas are in sync.
    #[inline]
    pub fn check_in_sync(&self) -> Result<(), TooFewInSync> {
        match &self.role {
            Role::Leader(leading) if leading.is_under_min(self.limits) => Err(TooFewInSync {
                in_sync: leading.in_sync.committed().len(),
                min: leading.min(self.limits),
            }),
            _ => Ok(()),
        }
    }

    /// Whether a follower is one, of this registration of its broker.
    pub fn may_fetch(&self, fetch: &FollowerFetch) -> Result<(), FetchRefused> {
        let follower = fetch.follower;
        let unknown = FetchRefused::NoReplica(follower);
        let Role::Leader(leading) = &self.role else { return Err(unknown) };
        let known = leading.follower(follower).ok_or(unknown)?;
        match (fetch.broker_epoch, known.broker_epoch()) {
            (Some(asked), Some(current)) if asked < current => {
                Err(FetchRefused::StaleBroker { follower, asked, current })
            }
            _ => Ok(()),
        }
    }

    /// Takes in what happened.
    pub fn step(&mut self, event: Event<'_>, log: LogEnds) -> Commands {
        match event {
            Event::Synced => self.advance(log),
            Event::Assigned { assignment, now_ms } => self.assign(assignment, now_ms, log),
            Event::Configured(limits) => {
                self.limits = limits;
                self.advance(log)
            }
            Event::Fetched(fetch) => self.note_fetch(&fetch, log),
            Event::LeaderSaid { high_watermark } => self.follow_high_watermark(high_watermark, log),
            Event::Answered(answer) => self.note_answer(answer, log),
            Event::Looked { now_ms } => self.look(now_ms, log),
            Event::Cut => self.cut(log),
        }
    }

    /// What must hold between any two calls.
    pub fn invariants(&self, log: LogEnds) {
        assert!(log.log_start <= self.high_watermark, "log start beyond the high watermark");
        assert!(self.high_watermark <= log.durable, "high watermark beyond what is durable");
        if let Role::Leader(leading) = &self.role {
            assert!(leading.epoch_start <= log.log_end, "a leader's epoch begins behind its log");
            assert!(leading.in_sync.committed().contains(&leading.node), "a leader is in sync");
        }
    }

    fn assign(&mut self, assignment: &Assignment, now_ms: u64, log: LogEnds) -> Commands {
        self.now_ms = self.now_ms.max(now_ms);
        let is_old = assignment.partition_epoch < self.partition_epoch
            || assignment.leader_epoch < self.leader_epoch;
        if is_old {
            return Commands::default();
        }
        let was_leader = self.is_leader();
        let is_new_epoch = assignment.leader_epoch > self.leader_epoch || !was_leader;
        self.leader_epoch = assignment.leader_epoch;
        self.partition_epoch = assignment.partition_epoch;
        if assignment.leader != Some(assignment.node) {
            self.role = Role::Follower { leader: assignment.leader };
            return Commands { has_resigned: was_leader, ..Commands::default() };
        }
        self.term += u64::from(!was_leader);
        let before = std::mem::replace(&mut self.role, Role::Unassigned);
        let (epoch_start, known) = match before {
            Role::Leader(leading) if !is_new_epoch => (leading.epoch_start, leading.followers),
            Role::Leader(leading) => (log.log_end, leading.followers),
            Role::Follower { .. } | Role::Unassigned => (log.log_end, Vec::new()),
        };
        let others = assignment.replicas.iter().filter(|it| it.node != assignment.node);
        let followers = others.map(|member| {
            let known = known.iter().find(|known| known.node() == member.node);
            let mut follower = known.cloned().unwrap_or_else(|| Follower::new(member.node));
            follower.set_member(member);
            if is_new_epoch {
                let is_in_sync = assignment.in_sync.contains(&member.node);
                follower.begin_epoch(is_in_sync, now_ms, log.log_end);
            }
            follower
        });
        self.role = Role::Leader(Leading {
            node: assignment.node,
            epoch_start,
            followers: followers.collect(),
            in_sync: InSync::new(assignment.in_sync.clone()),
        });
        let epoch_start = is_new_epoch.then_some((self.leader_epoch, epoch_start));
        Commands { epoch_start, ..self.advance(log) }
    }

    fn note_fetch(&mut self, fetch: &FollowerFetch, log: LogEnds) -> Commands {
        self.now_ms = self.now_ms.max(fetch.now_ms);
        let Role::Leader(leading) = &mut self.role else { return Commands::default() };
        let known = leading.followers.iter_mut().find(|it| it.node() == fetch.follower);
        let Some(follower) = known else { return Commands::default() };
        let has_moved = follower.note_fetch(fetch, log.log_end);
        let may_enter = follower.is_eligible()
            && follower.log_end() >= self.high_watermark
            && follower.log_end() >= leading.epoch_start;
        let proposal = match may_enter || Mutation::InSyncTooEarly.is_planted() {
            true => leading.in_sync.propose_to_add(fetch.follower),
            false => false,
        };
        let mut commands = match has_moved || proposal {
            true => self.advance(log),
            false => Commands::default(),
        };
        if proposal {
            commands.proposal = self.proposal();
        }
        commands
    }

    fn note_answer(&mut self, answer: &Answer, log: LogEnds) -> Commands {
        let (leader_epoch, partition_epoch) = (self.leader_epoch, self.partition_epoch);
        let Role::Leader(leading) = &mut self.role else { return Commands::default() };
        match answer {
            Answer::Accepted { leader_epoch: of, partition_epoch: at, in_sync } => {
                if *of != leader_epoch || *at <= partition_epoch {
                    // The metadata came before it.
                    return Commands::default();
                }
                leading.in_sync = InSync::new(in_sync.clone());
                self.partition_epoch = *at;
            }
            Answer::Rejected => leading.in_sync.give_up(),
            Answer::Superseded => {}
            Answer::Lost => {
                return Commands { proposal: self.proposal(), ..Commands::default() };
            }
        }
        self.advance(log)
    }

    fn look(&mut self, now_ms: u64, log: LogEnds) -> Commands {
        self.now_ms = self.now_ms.max(now_ms);
        let (now_ms, lag_ms_max) = (self.now_ms, self.limits.lag_ms_max);
        let Role::Leader(leading) = &mut self.role else { return Commands::default() };
        let is_behind = |node: NodeId| {
            let follower = leading.followers.iter().find(|it| it.node() == node);
            follower.is_some_and(|it| !it.is_caught_up(log.log_end, now_ms, lag_ms_max))
        };
        let node = leading.node;
        let shrunk: Vec<NodeId> = {
            let stays = |it: &&NodeId| **it == node || !is_behind(**it);
            leading.in_sync.committed().iter().filter(stays).copied().collect()
        };
        let is_news = shrunk.len() < leading.in_sync.committed().len()
            && leading.in_sync.propose_to_shrink(shrunk);
        let proposal = if is_news { self.proposal() } else { None };
        // Who was about to come in sync, and has fallen behind, is not waited for any more.
        Commands { proposal, ..self.advance(log) }
    }

    /// What is proposed now.
    fn proposal(&self) -> Option<Proposal> {
        let Role::Leader(leading) = &self.role else { return None };
        let epoch_of = |node: NodeId| leading.follower(node).and_then(Follower::broker_epoch);
        let in_sync = leading.in_sync.proposed()?;
        Some(Proposal {
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            in_sync: in_sync.into_iter().map(|node| (node, epoch_of(node))).collect(),
        })
    }

    fn follow_high_watermark(&mut self, leaders: Offset, log: LogEnds) -> Commands {
        match self.role {
            Role::Follower { .. } => self.raise(leaders.min(log.durable)),
            Role::Leader(_) | Role::Unassigned => Commands::default(),
        }
    }

    fn cut(&mut self, log: LogEnds) -> Commands {
        self.high_watermark = match Mutation::HighWatermarkKeptByCut.is_planted() {
            true => self.high_watermark,
            false => self.high_watermark.min(log.durable),
        };
        self.raise(log.log_start)
    }

    /// A leader's high watermark: what all replicas have that are in sync or about to be, this one
    /// by what its device holds.
    #[inline]
    fn advance(&mut self, log: LogEnds) -> Commands {
        let Role::Leader(leading) = &self.role else { return Commands::default() };
        if leading.is_under_min(self.limits) {
            return Commands::default();
        }
        let own = match Mutation::HighWatermarkBeforeSync.is_planted() {
            true => log.log_end,
            false => log.durable,
        };
        let mut end = own;
        for follower in &leading.followers {
            let holds_back = leading.in_sync.maximal_has(follower.node())
                || follower.is_joining(log.log_end, self.now_ms, self.limits.lag_ms_max);
            if holds_back && !Mutation::FollowersUncounted.is_planted() {
                end = end.min(follower.log_end());
            }
        }
        self.raise(end)
    }

    #[inline]
    fn raise(&mut self, end: Offset) -> Commands {
        if end <= self.high_watermark {
            return Commands::default();
        }
        self.high_watermark = end;
        Commands { high_watermark: Some(end), ..Commands::default() }
    }
}

impl Leading {
    fn follower(&self, node: NodeId) -> Option<&Follower> {
        self.followers.iter().find(|follower| follower.node() == node)
    }

    /// `min.insync.replicas`, at most the replicas that there are.
    fn min(&self, limits: Limits) -> usize {
        (limits.min_in_sync as usize).min(self.followers.len() + 1)
    }

    fn is_under_min(&self, limits: Limits) -> bool {
        self.in_sync.committed().len() < self.min(limits)
    }
}

#[cfg(test)]
pub(crate) mod tests;
