//! Heartbeat (key 12), versions 0-4.
//!
//! A member lives. While the coordinator loads, it is told that all is well, as it cannot do
//! better. Versions: 3 group.instance.id · 4 flexible.

use crate::coordinators::groups::{self, GroupError, Reply};
use crate::protocol::heartbeat::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::Heartbeat, versions: 0..=4, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let group_id = request.group_id.clone();
        response(&ask(&context.broker, &group_id, question(request)).await)
    })
}

pub fn question(request: Request) -> groups::Request {
    groups::Request::Heartbeat(groups::Heartbeat {
        group_id: request.group_id,
        generation: request.generation_id,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
    })
}

pub fn response(reply: &Reply) -> Response {
    let error = match reply {
        Reply::Heartbeat | Reply::Refused(GroupError::Loading) => ErrorCode::None,
        Reply::Refused(error) => code_of(*error),
        _ => ErrorCode::UnknownServerError,
    };
    Response { throttle_time_ms: 0, error_code: error as i16 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loading_is_no_error() {
        let code = |reply| response(&reply).error_code;
        assert_eq!(code(Reply::Heartbeat), 0);
        assert_eq!(code(Reply::Refused(GroupError::Loading)), 0);
        assert_eq!(code(Reply::Refused(GroupError::RebalanceInProgress)), 27);
    }
}
