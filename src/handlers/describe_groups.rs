//! DescribeGroups (key 15), versions 0-6.
//!
//! The state and the members of groups; each group is asked of its own coordinator.
//! Versions: 3 authorized operations · 4 group.instance.id · 5 flexible · 6 an error for unknown
//! groups, which older clients see as dead ones.
//! Limits: groups named again and again, limits::REPEATED_NAMES_BYTES_MAX.

use crate::coordinators::groups::{self, GroupError, Missing, Reply};
use crate::protocol::describe_groups::response::{DescribedGroup, DescribedGroupMember};
use crate::protocol::describe_groups::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask_many;
use shards::io::Slice;

use super::repeated_groups::Mentions;
use super::{Api, Context, Pending, answer};
use crate::refusals::errors::sentence;
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::DescribeGroups, versions: 0..=6, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let version = context.version();
        let (asked, mentions) = Mentions::of(request.groups, |group_id| Some(group_id.clone()));
        let ask = |group_id: &String| (group_id.clone(), question(vec![group_id.clone()]));
        let replies = ask_many(&context.broker, asked.iter().map(ask).collect()).await;
        let describe = |(reply, group_id)| described(reply, version, vec![group_id]);
        let groups = replies.into_iter().zip(asked).flat_map(describe).collect();
        let mut groups = mentions.answer(groups, bytes_of, refuse_mention);
        if request.include_authorized_operations {
            allow_everything(&mut groups);
        }
        Response { throttle_time_ms: 0, groups }
    })
}

const FIRST_WITH_NOT_FOUND: i16 = 6;
const DEAD: &str = "Dead";
/// The bits of Read, Delete, Describe, DescribeConfigs and AlterConfigs: all there is for a group.
pub const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

pub fn question(group_ids: Vec<String>) -> groups::Request {
    groups::Request::Describe(groups::DescribeGroups { group_ids })
}

/// The groups of one coordinator; `group_ids` are those it was asked for.
pub fn described(reply: Reply, version: i16, group_ids: Vec<String>) -> Vec<DescribedGroup> {
    match reply {
        Reply::Describe(groups) => {
            groups.into_iter().map(|group| describe(group, version)).collect()
        }
        Reply::Refused(error) => refusals(error, group_ids),
        _ => refusals(GroupError::NotCoordinator, group_ids),
    }
}

fn bytes_of(group: &DescribedGroup) -> usize {
    let member = |member: &DescribedGroupMember| {
        size_of::<DescribedGroupMember>()
            + member.member_id.len()
            + member.group_instance_id.as_ref().map_or(0, String::len)
            + member.client_id.len()
            + member.client_host.len()
            + member.member_metadata.len()
            + member.member_assignment.len()
    };
    size_of::<DescribedGroup>()
        + group.group_id.len()
        + group.members.iter().map(member).sum::<usize>()
}

fn refuse_mention(group: &DescribedGroup) -> DescribedGroup {
    DescribedGroup {
        error_code: ErrorCode::InvalidRequest as i16,
        error_message: None,
        group_id: group.group_id.clone(),
        ..DescribedGroup::default()
    }
}

/// There are no access rules yet: who may describe a group may do all there is to do.
fn allow_everything(groups: &mut [DescribedGroup]) {
    for group in groups.iter_mut().filter(|group| group.error_code == ErrorCode::None as i16) {
        group.authorized_operations = ALL_OPERATIONS;
    }
}

pub fn refusals(error: GroupError, group_ids: Vec<String>) -> Vec<DescribedGroup> {
    let refuse = |group_id| DescribedGroup {
        error_code: code_of(error) as i16,
        error_message: None,
        group_id,
        ..DescribedGroup::default()
    };
    group_ids.into_iter().map(refuse).collect()
}

fn describe(group: groups::DescribedGroup, version: i16) -> DescribedGroup {
    let Some(state) = group.state else {
        return unknown(group.group_id, group.missing, version);
    };
    let members = group.members.into_iter().map(|member| DescribedGroupMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        client_id: member.client_id,
        client_host: member.client_host,
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    });
    DescribedGroup {
        error_message: None,
        group_id: group.group_id,
        group_state: state.to_owned(),
        protocol_type: group.protocol_type,
        protocol_data: group.protocol_name,
        members: members.collect(),
        ..DescribedGroup::default()
    }
}

fn unknown(group_id: String, why: Option<Missing>, version: i16) -> DescribedGroup {
    let is_told = version >= FIRST_WITH_NOT_FOUND;
    let message = match why {
        Some(Missing::OfAnotherKind) => format!("Group {group_id} is not a classic group."),
        Some(Missing::Absent) | None => format!("Group {group_id} not found."),
    };
    let error = if is_told { ErrorCode::GroupIdNotFound } else { ErrorCode::None };
    DescribedGroup {
        error_code: error as i16,
        error_message: is_told.then(|| sentence(message)),
        group_id,
        group_state: DEAD.to_owned(),
        ..DescribedGroup::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn an_unknown_group_is_dead_and_from_version_6_on_an_error() {
        for version in Response::VERSIONS {
            let group = groups::DescribedGroup {
                group_id: "g".into(),
                state: None,
                missing: Some(Missing::Absent),
                protocol_type: String::new(),
                protocol_name: String::new(),
                members: Vec::new(),
            };
            let groups = described(Reply::Describe(vec![group]), version, vec!["g".into()]);
            let response = Response { throttle_time_ms: 0, groups };
            let bytes = response.to_vec(version).unwrap();
            let read = Response::from_slice(&bytes, version).unwrap().groups.remove(0);
            let code = if version >= 6 { 69 } else { 0 };
            assert_eq!((read.error_code, read.group_state.as_str()), (code, "Dead"));
            let message = (version >= 6).then(|| "Group g not found.".to_owned());
            assert_eq!(read.error_message, message);
        }
    }

    /// A name may fill a string of the protocol; a sentence around it must not be longer than one.
    #[test]
    fn the_longest_name_can_be_answered() {
        let group = unknown("g".repeat(i16::MAX as usize), None, 6);
        let response = Response { throttle_time_ms: 0, groups: vec![group] };
        assert!(response.to_vec(6).is_ok());
    }

    #[test]
    fn what_a_copy_of_a_group_takes_is_all_that_its_members_hold() {
        let member = groups::DescribedMember {
            member_id: "mm".into(),
            group_instance_id: Some("iii".into()),
            client_id: "cccc".into(),
            client_host: "hhhhh".into(),
            metadata: "666666".into(),
            assignment: "7777777".into(),
        };
        let group = groups::DescribedGroup {
            group_id: "g".into(),
            state: Some("Stable"),
            missing: None,
            protocol_type: String::new(),
            protocol_name: String::new(),
            members: vec![member.clone(), member],
        };
        let group = describe(group, 6);
        let fixed = size_of::<DescribedGroup>() + 2 * size_of::<DescribedGroupMember>();
        assert_eq!(bytes_of(&group) - fixed, 1 + 2 * (2 + 3 + 4 + 5 + 6 + 7));
        let refused = refuse_mention(&group);
        assert_eq!((refused.group_id.as_str(), refused.error_code), ("g", 42));
        assert!(refused.members.is_empty());
    }

    #[test]
    fn a_refusal_names_every_group() {
        let groups = refusals(GroupError::Loading, vec!["g".into(), "h".into()]);
        let codes: Vec<_> = groups.iter().map(|group| group.error_code).collect();
        assert_eq!(codes, [14, 14]);
    }
}
