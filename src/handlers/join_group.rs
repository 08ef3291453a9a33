//! JoinGroup (key 11), versions 0-9.
//!
//! A member enters the next generation of its group; answered when all have.
//! Versions: 1 rebalance timeout · 4 the member id is given out first · 5 group.instance.id ·
//! 6 flexible · 7 protocol type · 8 reason (not used) · 9 skip assignment.

use crate::coordinators::groups::{self, Reply};
use crate::protocol::join_group::response::JoinGroupResponseMember;
use crate::protocol::join_group::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;
use std::net::IpAddr;
use uuid::Uuid;

use super::{Api, Context, Pending, answer};
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::JoinGroup, versions: 0..=9, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let version = context.version();
        let group_id = request.group_id.clone();
        let client = Client {
            id: context.client_id().to_owned(),
            host: host_text(context.peer.address.ip()),
        };
        let question = question(request, version, client, shards::entropy::uuid());
        response(ask(&context.broker, &group_id, question).await, version)
    })
}

const FIRST_WITH_REBALANCE_TIMEOUT: i16 = 1;
const FIRST_WITH_MEMBER_ID_REQUIRED: i16 = 4;
const FIRST_WITH_NULL_PROTOCOL: i16 = 7;
const FIRST_WITH_SKIP_ASSIGNMENT: i16 = 9;

/// Who asks, as the group remembers it.
pub struct Client {
    pub id: String,
    /// A slash and the address.
    pub host: String,
}

/// An address as Java writes it: a slash, and version 6 without its short form.
pub fn host_text(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("/{address}"),
        IpAddr::V6(address) => {
            let parts: Vec<String> =
                address.segments().iter().map(|part| format!("{part:x}")).collect();
            format!("/{}", parts.join(":"))
        }
    }
}

pub fn question(
    request: Request,
    version: i16,
    client: Client,
    fresh_uuid: Uuid,
) -> groups::Request {
    let protocols = request
        .protocols
        .into_iter()
        .map(|protocol| groups::Protocol { name: protocol.name, metadata: protocol.metadata });
    groups::Request::Join(groups::JoinGroup {
        group_id: request.group_id,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
        client_id: client.id,
        client_host: client.host,
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: if version < FIRST_WITH_REBALANCE_TIMEOUT {
            request.session_timeout_ms
        } else {
            request.rebalance_timeout_ms
        },
        protocol_type: request.protocol_type,
        protocols: protocols.collect(),
        member_id_required: version >= FIRST_WITH_MEMBER_ID_REQUIRED,
        can_skip_assignment: version >= FIRST_WITH_SKIP_ASSIGNMENT,
        fresh_uuid,
    })
}

pub fn response(reply: Reply, version: i16) -> Response {
    let mut response = match reply {
        Reply::Join(joined) => joined_response(joined),
        Reply::JoinRefused { error, member_id } => refusal(code_of(error), member_id),
        Reply::Refused(error) => refusal(code_of(error), String::new()),
        _ => refusal(ErrorCode::UnknownServerError, String::new()),
    };
    if version < FIRST_WITH_NULL_PROTOCOL {
        response.protocol_name.get_or_insert_default();
    }
    response
}

fn joined_response(joined: groups::Joined) -> Response {
    let members = joined.members.into_iter().map(|member| JoinGroupResponseMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        metadata: member.metadata,
    });
    Response {
        throttle_time_ms: 0,
        error_code: ErrorCode::None as i16,
        generation_id: joined.generation,
        protocol_type: joined.protocol_type,
        protocol_name: joined.protocol_name,
        leader: joined.leader,
        skip_assignment: joined.skip_assignment,
        member_id: joined.member_id,
        members: members.collect(),
    }
}

fn refusal(error: ErrorCode, member_id: String) -> Response {
    Response {
        throttle_time_ms: 0,
        error_code: error as i16,
        generation_id: -1,
        protocol_type: None,
        protocol_name: None,
        leader: String::new(),
        skip_assignment: false,
        member_id,
        members: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinators::groups::GroupError;
    use crate::protocol::Message;

    #[test]
    fn every_version_can_carry_every_answer() {
        let member = groups::JoinedMember {
            member_id: "m".into(),
            group_instance_id: None,
            metadata: "data".into(),
        };
        let joined = Reply::Join(groups::Joined {
            member_id: "m".into(),
            generation: 3,
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            leader: "m".into(),
            skip_assignment: false,
            members: vec![member],
        });
        let refused =
            Reply::JoinRefused { error: GroupError::MemberIdRequired, member_id: "m".into() };
        for version in Response::VERSIONS {
            for reply in [&joined, &refused] {
                let response = response(reply.clone(), version);
                let bytes = response.to_vec(version).unwrap();
                let read = Response::from_slice(&bytes, version).unwrap();
                assert_eq!(read.member_id, "m");
                assert_eq!(
                    (read.error_code, &read.members),
                    (response.error_code, &response.members)
                );
            }
        }
    }

    #[test]
    fn addresses_are_written_as_java_writes_them() {
        for (address, text) in [
            ("127.0.0.1", "/127.0.0.1"),
            ("::1", "/0:0:0:0:0:0:0:1"),
            ("::ffff:10.0.0.1", "/10.0.0.1"),
        ] {
            assert_eq!(host_text(address.parse().unwrap()), text);
        }
    }

    #[test]
    fn old_versions_have_no_rebalance_timeout() {
        let request =
            Request { session_timeout_ms: 7_000, rebalance_timeout_ms: -1, ..Request::default() };
        let client = || Client { id: "c".into(), host: "/::1".into() };
        for (version, timeout_ms, required) in [(0, 7_000, false), (1, -1, false), (4, -1, true)] {
            let question = question(request.clone(), version, client(), Uuid::nil());
            let groups::Request::Join(join) = question else { panic!("not a join") };
            assert_eq!(join.rebalance_timeout_ms, timeout_ms);
            assert_eq!(join.member_id_required, required);
        }
    }
}
