//! AlterPartitionReassignments (key 45), versions 0-1.
//!
//! Gives partitions other replicas, or takes back a change under way.
//! Versions: 1 the number of replicas may be said to stay.
//! Skipped: authorization, timeouts; changes that would wait for replicas are refused.
//! Runs on shard 0, asked from the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, answer_within, changes};
use crate::controller::Refusal;
use crate::controller::reassign::{Reassignment, ReplicationFactor};
use crate::protocol::ApiKey;
use crate::protocol::alter_partition_reassignments::request::Request;
use crate::protocol::alter_partition_reassignments::response::{
    ReassignablePartitionResponse, ReassignableTopicResponse, Response,
};
use crate::refusals::controller_errors;

pub const API: Api = Api { key: ApiKey::AlterPartitionReassignments, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, repeated, |context, request: Request| async move {
        let factor = match request.allow_replication_factor_change {
            true => ReplicationFactor::MayChange,
            false => ReplicationFactor::Stays,
        };
        let wanted = wanted(&request);
        let asked = wanted.clone();
        let decided =
            context.broker.control(move |controller, _| controller.reassign(&asked, factor));
        let decided = decided.await;
        if let Ok(results) = &decided {
            let decided = wanted.iter().zip(results).filter(|(_, result)| result.is_ok());
            let told: Vec<String> = decided.map(|(wanted, _)| told(wanted)).collect();
            changes::tell(&context, "replicas reassigned", &told);
        }
        let mut response = respond(&wanted, decided);
        response.allow_replication_factor_change = request.allow_replication_factor_change;
        response
    })
}

fn told(wanted: &Reassignment) -> String {
    let Reassignment { topic, partition, replicas } = wanted;
    match replicas {
        Some(replicas) => format!("{topic}-{partition} to {replicas:?}"),
        None => format!("{topic}-{partition} stays"),
    }
}

fn repeated(request: &Request) -> usize {
    request.topics.iter().map(|topic| topic.name.len() * topic.partitions.len()).sum()
}

fn wanted(request: &Request) -> Vec<Reassignment> {
    let of_topics = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|partition| Reassignment {
            topic: topic.name.clone(),
            partition: partition.partition_index,
            replicas: partition.replicas.clone(),
        })
    });
    of_topics.collect()
}

fn respond(
    wanted: &[Reassignment],
    decided: Result<Vec<Result<(), Refusal>>, Refusal>,
) -> Response {
    let results = match decided {
        Ok(results) => results,
        Err(refusal) => {
            let (error_code, error_message) = controller_errors::on_wire(Err(refusal));
            return Response { error_code, error_message, ..Response::default() };
        }
    };
    let mut responses: Vec<ReassignableTopicResponse> = Vec::new();
    for (Reassignment { topic, partition, .. }, result) in wanted.iter().zip(results) {
        let (error_code, error_message) = controller_errors::on_wire(result);
        let result = ReassignablePartitionResponse {
            partition_index: *partition,
            error_code,
            error_message,
        };
        match responses.last_mut() {
            Some(last) if last.name == *topic => last.partitions.push(result),
            _ => responses
                .push(ReassignableTopicResponse { name: topic.clone(), partitions: vec![result] }),
        }
    }
    Response { error_message: None, responses, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::Cause;
    use crate::protocol::alter_partition_reassignments::request::{
        ReassignablePartition, ReassignableTopic,
    };
    use crate::protocol::{ErrorCode, Message};

    #[test]
    fn results_stand_where_the_request_had_their_partitions() {
        let partition =
            |partition_index, replicas| ReassignablePartition { partition_index, replicas };
        let topic =
            |name: &str, partitions| ReassignableTopic { name: name.to_owned(), partitions };
        let topics = vec![
            topic("a", vec![partition(0, Some(vec![1])), partition(1, None)]),
            topic("b", vec![partition(0, None)]),
        ];
        let wanted = wanted(&Request { topics, ..Request::default() });
        let refused = || Err(Refusal::plain(Cause::NoReassignmentInProgress));
        let response = respond(&wanted, Ok(vec![Ok(()), refused(), refused()]));
        for version in API.versions {
            response.to_vec(version).unwrap();
        }
        let codes = response.responses.iter().flat_map(|topic| &topic.partitions);
        let codes: Vec<i16> = codes.map(|partition| partition.error_code).collect();
        let none = ErrorCode::NoReassignmentInProgress as i16;
        assert_eq!((response.responses.len(), codes), (2, vec![0, none, none]));
        let response = respond(&wanted, Err(Refusal::plain(Cause::NotReady)));
        assert_eq!(response.error_code, ErrorCode::NotController as i16);
        assert_eq!(response.responses, []);
    }
}
