//! Members of groups: they join, get partitions from their leader, stay, leave, and join again.
//!
//! Model: within a generation each partition has one owner; generations do not go back; when all is
//! calm, who joins gets everything, and has everything again once another one is silent.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use shards::clock;
use shards::io::spawn;

use super::commit_offsets::{finds_coordinator, is_not_yet};
use crate::protocol::ErrorCode;
use crate::protocol::generated::{heartbeat, join_group, leave_group, sync_group};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::scene::Scene;

/// What a group has to share out: names without topics, as only the leader looks at them.
const PARTITIONS: u32 = 7;
const SESSION_MS: i32 = 6_000;
const REBALANCE_MS: i32 = 8_000;
const HEARTBEAT_MS_MAX: u64 = 2_500;
const RETRY_MS: u64 = 500;
const LEAVES_PERCENT: u64 = 5;
const VANISHES_PERCENT: u64 = 3;
/// Former members are waited for, each for its session, and the first rebalance is delayed.
const ALL_WITHIN: Duration = Duration::from_secs(60);

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>, group: u32) {
    while scene.is_safety() {
        let Some(connection) = Connection::open(&scene).await else { return };
        let mut member = Member::new(&scene, group);
        while scene.is_safety() && !connection.is_closed() {
            match member.take_part(&connection).await {
                Ok(Stay::On) => scene.pause(HEARTBEAT_MS_MAX).await,
                Ok(Stay::Later) => scene.pause(RETRY_MS).await,
                Ok(Stay::Gone) | Err(Lost) => break,
            }
        }
        scene.pause(HEARTBEAT_MS_MAX).await;
    }
}

/// Joins each group alone, and is given everything.
pub(super) async fn verify(scene: &Rc<Scene>, connection: &Connection) -> Result<(), String> {
    for group in 0..scene.options.member_groups {
        let mut member = Member::new(scene, group);
        let deadline = clock::now() + ALL_WITHIN;
        while member.owned < PARTITIONS as usize {
            if clock::now() >= deadline {
                return Err(format!("{} does not come to rest: {member:?}", member.group));
            }
            let part = member.take_part(connection).await;
            part.map_err(|_| "the connection was lost")?;
            scene.pause(RETRY_MS).await;
        }
        if group == 0 {
            outlive_another(scene, connection, &mut member).await?;
        }
    }
    Ok(())
}

/// A second member comes, is given its part, and says nothing more: the first has it all again,
/// by its heartbeats alone.
async fn outlive_another(
    scene: &Rc<Scene>,
    connection: &Connection,
    member: &mut Member,
) -> Result<(), String> {
    let lost = |_| "the connection was lost".to_owned();
    let other = Connection::try_open(scene).await.map_err(lost)?;
    let mut second = Member::new(scene, 0);
    let coming = spawn(async move {
        while second.owned == 0 {
            second.take_part(&other).await.map_err(lost)?;
            second.scene.pause(RETRY_MS).await;
        }
        // Still connected, and silent.
        Ok::<_, String>(other)
    });
    let mut coming = pin!(coming);
    let deadline = clock::now() + ALL_WITHIN;
    let mut left = None;
    while left.is_none() || member.owned < PARTITIONS as usize {
        if clock::now() >= deadline {
            return Err(format!("{} waits for a silent member: {member:?}", member.group));
        }
        member.take_part(connection).await.map_err(lost)?;
        let pause = clock::timeout(Duration::from_millis(RETRY_MS), coming.as_mut());
        if left.is_some() {
            scene.pause(RETRY_MS).await;
        } else if let Ok(came) = pause.await {
            left = Some(came?);
        }
    }
    Ok(())
}

struct Member {
    scene: Rc<Scene>,
    group: String,
    id: String,
    /// Of which it is a member with its assignment.
    generation: Option<i32>,
    owned: usize,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Member { id, generation, owned, .. } = self;
        write!(f, "{id} of generation {generation:?} has {owned}")
    }
}

/// Whether a member goes on with its connection.
enum Stay {
    On,
    Later,
    Gone,
}

impl Member {
    fn new(scene: &Rc<Scene>, group: u32) -> Member {
        Member {
            scene: scene.clone(),
            group: format!("members-{group}"),
            id: String::new(),
            generation: None,
            owned: 0,
        }
    }

    async fn take_part(&mut self, connection: &Connection) -> Result<Stay, Lost> {
        let Some(generation) = self.generation else { return self.join(connection).await };
        if self.scene.is_safety() {
            let roll = self.scene.dice.borrow_mut().within(0..100);
            if roll < VANISHES_PERCENT {
                return Ok(Stay::Gone);
            }
            if roll < VANISHES_PERCENT + LEAVES_PERCENT {
                return self.leave(connection).await;
            }
        }
        let request = heartbeat::Request {
            group_id: self.group.clone(),
            generation_id: generation,
            member_id: self.id.clone(),
            group_instance_id: None,
        };
        let answer = connection.call(&request).await?;
        Ok(self.note(answer.error_code, "a heartbeat"))
    }

    async fn join(&mut self, connection: &Connection) -> Result<Stay, Lost> {
        if !finds_coordinator(&self.scene, connection, &self.group).await {
            return Ok(Stay::Later);
        }
        let protocol = join_group::request::JoinGroupRequestProtocol {
            name: "range".to_owned(),
            metadata: Bytes::from_static(b"all"),
        };
        let request = join_group::Request {
            group_id: self.group.clone(),
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: REBALANCE_MS,
            member_id: self.id.clone(),
            protocol_type: "consumer".to_owned(),
            protocols: vec![protocol],
            ..Default::default()
        };
        let floor = self.scene.model.borrow_mut().ownership(&self.group).generation();
        let answer = connection.call(&request).await?;
        if ErrorCode::from_code(answer.error_code) == Some(ErrorCode::MemberIdRequired) {
            self.id = answer.member_id;
            return Ok(Stay::Later);
        }
        if answer.error_code != 0 {
            return Ok(self.note(answer.error_code, "a join"));
        }
        let joined = {
            let mut model = self.scene.model.borrow_mut();
            model.ownership(&self.group).joined(answer.generation_id, floor)
        };
        self.scene.check(joined.map_err(|what| format!("{}: {what}", self.group)));
        self.id = answer.member_id.clone();
        self.sync(connection, answer).await
    }

    async fn sync(
        &mut self,
        connection: &Connection,
        joined: join_group::Response,
    ) -> Result<Stay, Lost> {
        let assignments = match joined.leader == joined.member_id {
            true => share_out(&joined.members),
            false => Vec::new(),
        };
        let generation = joined.generation_id;
        let request = sync_group::Request {
            group_id: self.group.clone(),
            generation_id: generation,
            member_id: self.id.clone(),
            protocol_type: joined.protocol_type,
            protocol_name: joined.protocol_name,
            assignments,
            ..Default::default()
        };
        let answer = connection.call(&request).await?;
        if answer.error_code != 0 {
            return Ok(self.note(answer.error_code, "a sync"));
        }
        let partitions: Vec<u32> = answer.assignment.iter().map(|byte| u32::from(*byte)).collect();
        self.generation = Some(generation);
        self.owned = partitions.len();
        self.scene.count(|counts| counts.assignments += 1);
        self.scene.committed.notify_all();
        let mut model = self.scene.model.borrow_mut();
        let assigned = model.ownership(&self.group).assigned(generation, &self.id, &partitions);
        self.scene.check(assigned.map_err(|what| format!("{}: {what}", self.group)));
        Ok(Stay::On)
    }

    async fn leave(&mut self, connection: &Connection) -> Result<Stay, Lost> {
        let leaving = leave_group::request::MemberIdentity {
            member_id: self.id.clone(),
            ..Default::default()
        };
        let request = leave_group::Request {
            group_id: self.group.clone(),
            members: vec![leaving],
            ..Default::default()
        };
        connection.call(&request).await?;
        Ok(Stay::Gone)
    }

    /// What an answer's code means for a member.
    fn note(&mut self, code: i16, what: &str) -> Stay {
        match ErrorCode::from_code(code) {
            Some(ErrorCode::None) => return Stay::On,
            Some(code) if is_not_yet(code) => return Stay::Later,
            Some(ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration) => {}
            Some(ErrorCode::UnknownMemberId) => self.id.clear(),
            code => self.scene.violated(format!("{what} of {self:?} fails: {code:?}")),
        }
        self.generation = None;
        self.owned = 0;
        Stay::Later
    }
}

/// Each partition to one of the members.
fn share_out(
    members: &[join_group::response::JoinGroupResponseMember],
) -> Vec<sync_group::request::SyncGroupRequestAssignment> {
    let count = members.len().max(1) as u32;
    let of_member = |(number, member): (usize, &join_group::response::JoinGroupResponseMember)| {
        let own = (0..PARTITIONS).filter(|partition| partition % count == number as u32);
        sync_group::request::SyncGroupRequestAssignment {
            member_id: member.member_id.clone(),
            assignment: own.map(|partition| partition as u8).collect::<Vec<u8>>().into(),
        }
    };
    members.iter().enumerate().map(of_member).collect()
}
