//! DeleteGroups (key 42), versions 0-3.
//!
//! Groups without members go, with their offsets; each is asked of its own coordinator.
//! Versions: 2 flexible · 3 error message (none is given).

use crate::coordinators::groups::{self, GroupError, Reply};
use crate::protocol::ApiKey;
use crate::protocol::delete_groups::response::DeletableGroupResult;
use crate::protocol::delete_groups::{Request, Response};
use crate::routing::groups::ask_each;
use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::refusals::group_errors::code_of_result;

pub const API: Api = Api { key: ApiKey::DeleteGroups, versions: 0..=3, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let group_ids = without_repeats(request.groups_names);
        let replies = ask_each(&context.broker, group_ids, groups::Request::DeleteGroups).await;
        let results: Vec<DeletableGroupResult> =
            replies.into_iter().flat_map(|(reply, ids)| outcomes(reply, ids)).collect();
        let deleted = results.iter().filter(|group| group.error_code == 0);
        let names: Vec<String> = deleted.map(|group| group.group_id.clone()).collect();
        changes::tell(&context, "groups deleted", &names);
        Response { throttle_time_ms: 0, results }
    })
}

/// The groups to delete, each once.
pub fn without_repeats(group_ids: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    group_ids.into_iter().filter(|group_id| seen.insert(group_id.clone())).collect()
}

/// The outcomes of one coordinator; `group_ids` are those it was asked to delete.
pub fn outcomes(reply: Reply, group_ids: Vec<String>) -> Vec<DeletableGroupResult> {
    let outcomes = match reply {
        Reply::DeleteGroups(outcomes) => outcomes,
        Reply::Refused(error) => vec![Err(error); group_ids.len()],
        _ => vec![Err(GroupError::NotCoordinator); group_ids.len()],
    };
    let result = |(group_id, outcome): (String, Result<(), GroupError>)| {
        let error_code = code_of_result(outcome) as i16;
        DeletableGroupResult { group_id, error_code, error_message: None }
    };
    group_ids.into_iter().zip(outcomes).map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn each_group_has_its_own_outcome() {
        let ids = without_repeats(["g", "h", "g"].map(Into::into).to_vec());
        let reply = Reply::DeleteGroups(vec![Ok(()), Err(GroupError::NonEmptyGroup)]);
        let response = Response { throttle_time_ms: 0, results: outcomes(reply, ids.clone()) };
        for version in Response::VERSIONS {
            let read = Response::from_slice(&response.to_vec(version).unwrap(), version).unwrap();
            let codes: Vec<_> = read.results.iter().map(|result| result.error_code).collect();
            assert_eq!(codes, [0, 68]);
        }
        let refused = outcomes(Reply::Refused(GroupError::Loading), ids);
        assert_eq!(refused.iter().map(|result| result.error_code).collect::<Vec<_>>(), [14, 14]);
    }
}
