//! ElectLeaders (key 43), versions 0-2.
//!
//! Elects the preferred leaders of partitions, or any leader for those without one.
//! Versions: 1 kinds of election · 2 flexible.   Skipped: authorization, timeouts.
//! Runs on shard 0, asked from the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, answer_within};
use crate::controller::Refusal;
use crate::controller::elect_leaders::{Election, ElectionResult};
use crate::protocol::elect_leaders::request::Request;
use crate::protocol::elect_leaders::response::{PartitionResult, ReplicaElectionResult, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::controller_errors;

pub const API: Api = Api { key: ApiKey::ElectLeaders, versions: 0..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, repeated, |context, request: Request| async move {
        let version = context.version();
        let election = match request.election_type {
            0 => Election::Preferred,
            1 => Election::Unclean,
            _ => return refuse(ErrorCode::InvalidRequest, version),
        };
        let partitions = named(&request);
        let elected = context.broker.control(move |controller, _| {
            controller.elect_leaders(election, partitions.as_deref())
        });
        respond(elected.await, version)
    })
}

fn repeated(request: &Request) -> usize {
    let topics = request.topic_partitions.iter().flatten();
    topics.map(|topic| topic.topic.len() * topic.partitions.len()).sum()
}

/// None: all.
fn named(request: &Request) -> Option<Vec<(String, i32)>> {
    let topics = request.topic_partitions.as_ref()?;
    let of_topic = topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| (topic.topic.clone(), *partition))
    });
    Some(of_topic.collect())
}

/// The oldest version has no error for the whole.
const ERROR_FROM: i16 = 1;

fn refuse(error: ErrorCode, version: i16) -> Response {
    let error_code = if version >= ERROR_FROM { error as i16 } else { 0 };
    Response { error_code, ..Response::default() }
}

fn respond(elected: Result<Vec<ElectionResult>, Refusal>, version: i16) -> Response {
    let results = match elected {
        Ok(results) => results,
        Err(refusal) => return refuse(controller_errors::code_of(refusal.cause), version),
    };
    let mut by_topic: Vec<ReplicaElectionResult> = Vec::new();
    for ElectionResult { topic, partition, result } in results {
        let (error_code, error_message) = controller_errors::on_wire(result);
        let result = PartitionResult { partition_id: partition, error_code, error_message };
        match by_topic.last_mut() {
            Some(last) if last.topic == topic => last.partition_result.push(result),
            _ => by_topic.push(ReplicaElectionResult { topic, partition_result: vec![result] }),
        }
    }
    Response { replica_election_results: by_topic, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::Cause;
    use crate::protocol::Message;

    #[test]
    fn results_are_grouped_by_topic() {
        let result = |topic: &str, partition, result| ElectionResult {
            topic: topic.to_owned(),
            partition,
            result,
        };
        let needless = Err(Refusal::plain(Cause::ElectionNotNeeded));
        let results =
            vec![result("a", 0, needless), result("a", 1, Ok(())), result("b", 0, Ok(()))];
        for version in API.versions {
            let response = respond(Ok(results.clone()), version);
            response.to_vec(version).unwrap();
            let sizes: Vec<usize> = response
                .replica_election_results
                .iter()
                .map(|topic| topic.partition_result.len())
                .collect();
            assert_eq!(sizes, [2, 1]);
            let first = &response.replica_election_results[0].partition_result[0];
            assert_eq!(first.error_code, ErrorCode::ElectionNotNeeded as i16);
        }
    }

    #[test]
    fn a_refusal_of_everything_is_one_code() {
        let refused = || Err(Refusal::plain(Cause::NotReady));
        assert_eq!(respond(refused(), 1).error_code, ErrorCode::NotController as i16);
        assert_eq!(respond(refused(), 0).error_code, 0);
    }
}
