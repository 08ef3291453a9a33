//! SyncGroup (key 14), versions 0-5.
//!
//! A member asks for its assignment; the leader brings everyone's. Answered once that is durable.
//! Versions: 3 group.instance.id · 4 flexible · 5 protocol type and name, which must be there.

use crate::coordinators::groups::{self, Reply};
use crate::protocol::sync_group::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::SyncGroup, versions: 0..=5, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let group_id = request.group_id.clone();
        match question(request, context.version()) {
            Ok(question) => response(ask(&context.broker, &group_id, question).await),
            Err(refusal) => refusal,
        }
    })
}

const FIRST_WITH_PROTOCOL: i16 = 5;

/// The question, or the answer if the request is not what its version asks for.
pub fn question(request: Request, version: i16) -> Result<groups::Request, Response> {
    let has_protocol = request.protocol_type.is_some() && request.protocol_name.is_some();
    if version >= FIRST_WITH_PROTOCOL && !has_protocol {
        return Err(refusal(ErrorCode::InconsistentGroupProtocol));
    }
    let assignments = request.assignments.into_iter();
    Ok(groups::Request::Sync(groups::SyncGroup {
        group_id: request.group_id,
        generation: request.generation_id,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
        protocol_type: request.protocol_type,
        protocol_name: request.protocol_name,
        assignments: assignments.map(|one| (one.member_id, one.assignment)).collect(),
    }))
}

pub fn response(reply: Reply) -> Response {
    match reply {
        Reply::Sync(synced) => Response {
            throttle_time_ms: 0,
            error_code: ErrorCode::None as i16,
            protocol_type: synced.protocol_type,
            protocol_name: synced.protocol_name,
            assignment: synced.assignment,
        },
        Reply::Refused(error) => refusal(code_of(error)),
        _ => refusal(ErrorCode::UnknownServerError),
    }
}

fn refusal(error: ErrorCode) -> Response {
    Response {
        throttle_time_ms: 0,
        error_code: error as i16,
        protocol_type: None,
        protocol_name: None,
        assignment: bytes::Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn the_protocol_must_be_named_from_version_5_on() {
        let request = Request { protocol_type: None, protocol_name: None, ..Request::default() };
        assert!(question(request.clone(), 4).is_ok());
        let refused = question(request, 5).unwrap_err();
        assert_eq!(refused.error_code, ErrorCode::InconsistentGroupProtocol as i16);
    }

    #[test]
    fn every_version_can_carry_every_answer() {
        let synced = Reply::Sync(groups::Synced {
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            assignment: "part".into(),
        });
        for version in Response::VERSIONS {
            for reply in [synced.clone(), Reply::Refused(groups::GroupError::UnknownMember)] {
                let response = response(reply);
                let bytes = response.to_vec(version).unwrap();
                let read = Response::from_slice(&bytes, version).unwrap();
                assert_eq!(read.assignment, response.assignment);
                assert_eq!(read.error_code, response.error_code);
            }
        }
    }
}
