//! DescribeQuorum (key 55), versions 0-2.
//!
//! Who leads the metadata log, who votes, and how far each has come.
//! Versions: 1 times of the last fetch · 2 directories, error messages, addresses of the nodes.
//! Skipped: authorization.   Runs on shard 0, asked from the connection's core.

use shards::clock;
use shards::io::Slice;
use shards::units::ShardId;

use super::{Api, Context, Pending, answer};
use crate::config::endpoint::Voter;
use crate::controller::log::QuorumInfo;
use crate::metadata::topic_name;
use crate::protocol::describe_quorum::request::Request;
use crate::protocol::describe_quorum::response::{
    Listener, Node, PartitionData, ReplicaState, Response, TopicData,
};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::DescribeQuorum, versions: 0..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        if !asks_for_the_metadata_log(&request) {
            return refuse(&request, ErrorCode::UnknownTopicOrPartition);
        }
        let broker = &context.broker;
        let described = broker.run_on(ShardId(0), |on| {
            Box::pin(async move { on.first_core().metadata_log().map(|log| log.describe()) })
        });
        match described.await {
            Some(info) => {
                let voters = &broker.config.quorum.voters;
                respond(info, voters, context.version(), clock::wall_ms())
            }
            None => refuse(&request, ErrorCode::NotLeaderOrFollower),
        }
    })
}

const NODES_FROM: i16 = 2;

fn asks_for_the_metadata_log(request: &Request) -> bool {
    match request.topics.as_slice() {
        [topic] => {
            let is_first =
                matches!(topic.partitions.as_slice(), [only] if only.partition_index == 0);
            topic.topic_name == topic_name::CLUSTER_METADATA && is_first
        }
        _ => false,
    }
}

fn refuse(request: &Request, error: ErrorCode) -> Response {
    let partition = |partition_index| PartitionData {
        partition_index,
        error_code: error as i16,
        error_message: None,
        ..Default::default()
    };
    let topics = request.topics.iter().map(|topic| TopicData {
        topic_name: topic.topic_name.clone(),
        partitions: topic.partitions.iter().map(|p| partition(p.partition_index)).collect(),
    });
    Response { topics: topics.collect(), error_message: None, ..Response::default() }
}

/// `static_voters` are those of the configuration, where the log does not say who votes.
pub fn respond(info: QuorumInfo, static_voters: &[Voter], version: i16, now_ms: i64) -> Response {
    let directory = info.voters.voters.iter().find(|voter| voter.id == info.leader_id);
    let leader = ReplicaState {
        replica_id: info.leader_id,
        replica_directory_id: match directory {
            Some(voter) if version >= NODES_FROM => voter.directory_id,
            _ => Default::default(),
        },
        log_end_offset: info.log_end_offset,
        last_fetch_timestamp: now_ms,
        last_caught_up_timestamp: now_ms,
    };
    let partition = PartitionData {
        partition_index: 0,
        error_code: ErrorCode::None as i16,
        error_message: None,
        leader_id: info.leader_id,
        leader_epoch: info.leader_epoch,
        high_watermark: info.high_watermark,
        current_voters: vec![leader],
        observers: Vec::new(),
    };
    let topic_name = topic_name::CLUSTER_METADATA.to_owned();
    Response {
        error_code: ErrorCode::None as i16,
        error_message: None,
        topics: vec![TopicData { topic_name, partitions: vec![partition] }],
        nodes: if version >= NODES_FROM { nodes(&info, static_voters) } else { Vec::new() },
    }
}

fn nodes(info: &QuorumInfo, static_voters: &[Voter]) -> Vec<Node> {
    let listener = |name: &str, host: &str, port| Listener {
        name: name.to_owned(),
        host: host.to_owned(),
        port,
    };
    let dynamic = info.voters.voters.iter().map(|voter| Node {
        node_id: voter.id,
        listeners: voter.endpoints.iter().map(|at| listener(&at.0, &at.1, at.2)).collect(),
    });
    let fixed = static_voters.iter().map(|voter| Node {
        node_id: voter.id,
        listeners: vec![listener("CONTROLLER", &voter.host, voter.port)],
    });
    if info.voters.voters.is_empty() { fixed.collect() } else { dynamic.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::VoterSet;
    use crate::protocol::Message;
    use crate::protocol::describe_quorum::request;

    fn request(topic: &str, partition_index: i32) -> Request {
        let partitions = vec![request::PartitionData { partition_index }];
        let topic = request::TopicData { topic_name: topic.to_owned(), partitions };
        Request { topics: vec![topic] }
    }

    fn info() -> QuorumInfo {
        let endpoints = vec![("CONTROLLER".to_owned(), "host".to_owned(), 9093)];
        let voter =
            crate::metadata::Voter { id: 1, directory_id: uuid::Uuid::from_u128(5), endpoints };
        QuorumInfo {
            leader_id: 1,
            leader_epoch: 3,
            high_watermark: 10,
            log_end_offset: 11,
            voters: VoterSet { kraft_version: 1, voters: vec![voter] },
        }
    }

    #[test]
    fn only_the_metadata_log_has_a_quorum() {
        assert!(asks_for_the_metadata_log(&request("__cluster_metadata", 0)));
        for other in [request("__cluster_metadata", 1), request("t", 0), Request::default()] {
            assert!(!asks_for_the_metadata_log(&other));
            refuse(&other, ErrorCode::UnknownTopicOrPartition).to_vec(2).unwrap();
        }
    }

    #[test]
    fn the_leader_is_its_own_voter() {
        for version in API.versions {
            let response = respond(info(), &[], version, 77);
            response.to_vec(version).unwrap();
            let partition = &response.topics[0].partitions[0];
            assert_eq!((partition.leader_id, partition.leader_epoch), (1, 3));
            assert_eq!((partition.high_watermark, partition.current_voters.len()), (10, 1));
            assert_eq!(partition.current_voters[0].log_end_offset, 11);
            assert_eq!(response.nodes.len(), usize::from(version >= NODES_FROM));
        }
    }

    #[test]
    fn static_voters_are_found_in_the_configuration() {
        let voters = [Voter { id: 1, host: "there".to_owned(), port: 9093 }];
        let info = QuorumInfo { voters: VoterSet::default(), ..info() };
        let response = respond(info, &voters, 2, 77);
        assert_eq!(response.nodes[0].listeners[0].host, "there");
    }
}
