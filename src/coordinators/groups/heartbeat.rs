//! Heartbeat: a member lives, and learns whether it must join again.

use super::effects::Effects;
use super::error::GroupError;
use super::group::{ClassicGroup, State};
use super::message::{Heartbeat, Reply};
use super::partition::{GroupPartition, classic_in};
use crate::coordinators::coordinator::{Now, RequestToken};

impl GroupPartition {
    pub(super) fn heartbeat(
        &mut self,
        token: RequestToken,
        request: &Heartbeat,
        now: Now,
        effects: &mut Effects,
    ) {
        if self.is_consumer_group(&request.group_id) {
            return self.heartbeat_consumer_group(token, request, now, effects);
        }
        let group = classic_in(&mut self.groups, &request.group_id);
        let result = match group {
            _ if request.group_id.is_empty() => Err(GroupError::InvalidGroupId),
            None => Err(GroupError::UnknownMember),
            Some(group) => {
                let result = group.heartbeat(request, now);
                self.timers.note(&group.id, &mut group.wake);
                result
            }
        };
        effects.reply(token, result.map_or_else(Reply::Refused, |()| Reply::Heartbeat));
    }
}

impl ClassicGroup {
    fn heartbeat(&mut self, request: &Heartbeat, now: Now) -> Result<(), GroupError> {
        self.validate_member(&request.member_id, request.group_instance_id.as_deref())?;
        if request.generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        self.renew_session(&request.member_id, now);
        match self.state {
            State::Preparing(_) => Err(GroupError::RebalanceInProgress),
            State::Empty | State::Completing(_) | State::Stable(_) => Ok(()),
        }
    }
}
