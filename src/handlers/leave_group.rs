//! LeaveGroup (key 13), versions 0-5.
//!
//! Members leave their group.
//! Versions: 3 several members, by id or group.instance.id · 4 flexible · 5 reason (not used).

use crate::coordinators::groups::{self, LeavingMember, Reply};
use crate::protocol::leave_group::response::MemberResponse;
use crate::protocol::leave_group::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::group_errors::{code_of, code_of_result};

pub const API: Api = Api { key: ApiKey::LeaveGroup, versions: 0..=5, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let version = context.version();
        let members = leaving(&request, version);
        let question = question(request.group_id.clone(), members.clone());
        let reply = ask(&context.broker, &request.group_id, question).await;
        response(reply, version, members)
    })
}

const FIRST_WITH_MEMBERS: i16 = 3;

/// Who leaves, in the order of the request.
pub fn leaving(request: &Request, version: i16) -> Vec<LeavingMember> {
    if version < FIRST_WITH_MEMBERS {
        let member_id = request.member_id.clone();
        return vec![LeavingMember { member_id, group_instance_id: None }];
    }
    let leaving = request.members.iter().map(|member| LeavingMember {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
    });
    leaving.collect()
}

pub fn question(group_id: String, members: Vec<LeavingMember>) -> groups::Request {
    groups::Request::Leave(groups::LeaveGroup { group_id, members })
}

/// `members` are those who were asked for.
pub fn response(reply: Reply, version: i16, members: Vec<LeavingMember>) -> Response {
    let outcomes = match reply {
        Reply::Leave(outcomes) => outcomes,
        Reply::Refused(error) => return refusal(code_of(error)),
        _ => return refusal(ErrorCode::UnknownServerError),
    };
    if version < FIRST_WITH_MEMBERS {
        let outcome = outcomes.first().copied().unwrap_or(Ok(()));
        return refusal(code_of_result(outcome));
    }
    let members = members.into_iter().zip(outcomes).map(|(member, outcome)| MemberResponse {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        error_code: code_of_result(outcome) as i16,
    });
    Response { throttle_time_ms: 0, error_code: 0, members: members.collect() }
}

fn refusal(error: ErrorCode) -> Response {
    Response { throttle_time_ms: 0, error_code: error as i16, members: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;
    use crate::protocol::leave_group::request::MemberIdentity;
    use groups::GroupError;

    #[test]
    fn one_member_in_old_versions_several_in_new_ones() {
        let one = MemberIdentity { member_id: "n".into(), ..MemberIdentity::default() };
        let request = Request {
            group_id: "g".into(),
            member_id: "m".into(),
            members: vec![one.clone(), one],
        };
        for version in Response::VERSIONS {
            let members = leaving(&request, version);
            let outcomes: Vec<_> = members.iter().map(|_| Err(GroupError::UnknownMember)).collect();
            let response = response(Reply::Leave(outcomes), version, members);
            let read = Response::from_slice(&response.to_vec(version).unwrap(), version).unwrap();
            let codes: Vec<_> = read.members.iter().map(|member| member.error_code).collect();
            if version < 3 {
                assert_eq!((read.error_code, codes), (25, vec![]));
            } else {
                assert_eq!((read.error_code, codes), (0, vec![25, 25]));
            }
        }
    }
}
