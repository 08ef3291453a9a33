//! ListGroups (key 16), versions 0-5.
//!
//! The groups of this broker, gathered from all coordinators on it.
//! Versions: 3 flexible · 4 filter by state · 5 filter by type.

use crate::coordinators::groups::{self, GroupError, Reply};
use crate::protocol::list_groups::response::ListedGroup;
use crate::protocol::list_groups::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask_all;
use shards::io::Slice;
use std::collections::BTreeSet;

use super::{Api, Context, Pending, answer};
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::ListGroups, versions: 0..=5, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        response(ask_all(&context.broker, question(request)).await)
    })
}

/// The question for each coordinator.
pub fn question(request: Request) -> groups::Request {
    groups::Request::List(groups::ListGroups {
        states: distinct(request.states_filter),
        types: distinct(request.types_filter),
    })
}

/// Each coordinator gets a copy.
fn distinct(filter: Vec<String>) -> Vec<String> {
    filter.into_iter().collect::<BTreeSet<String>>().into_iter().collect()
}

/// A partition that has gone elsewhere has nothing to tell; any other refusal refuses the list.
pub fn response(replies: Vec<Reply>) -> Response {
    let mut groups = Vec::new();
    for reply in replies {
        match reply {
            Reply::List(listed) => groups.extend(listed.into_iter().map(list)),
            Reply::Refused(GroupError::NotCoordinator) => {}
            Reply::Refused(error) => return refusal(code_of(error)),
            _ => return refusal(ErrorCode::UnknownServerError),
        }
    }
    Response { throttle_time_ms: 0, error_code: ErrorCode::None as i16, groups }
}

fn refusal(error: ErrorCode) -> Response {
    Response { throttle_time_ms: 0, error_code: error as i16, groups: Vec::new() }
}

fn list(group: groups::ListedGroup) -> ListedGroup {
    ListedGroup {
        group_id: group.group_id,
        protocol_type: group.protocol_type,
        group_state: group.state.to_owned(),
        group_type: group.group_type.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn lists_of_all_partitions_become_one() {
        let listed = |group_id: &str| groups::ListedGroup {
            group_id: group_id.into(),
            protocol_type: "consumer".into(),
            state: "Stable",
            group_type: "classic",
        };
        let replies = vec![
            Reply::List(vec![listed("g")]),
            Reply::Refused(GroupError::NotCoordinator),
            Reply::List(vec![listed("h")]),
        ];
        let response = response(replies);
        for version in Response::VERSIONS {
            let read = Response::from_slice(&response.to_vec(version).unwrap(), version).unwrap();
            let ids: Vec<_> = read.groups.iter().map(|group| group.group_id.as_str()).collect();
            assert_eq!((read.error_code, ids), (0, vec!["g", "h"]));
        }
    }

    #[test]
    fn a_partition_that_loads_refuses_the_list() {
        let replies = vec![Reply::List(Vec::new()), Reply::Refused(GroupError::Loading)];
        assert_eq!(response(replies), refusal(ErrorCode::CoordinatorLoadInProgress));
    }
}
