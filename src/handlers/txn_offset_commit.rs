//! TxnOffsetCommit (key 28), versions 0-6.
//!
//! A producer commits offsets of a group within its transaction: they count once it commits.
//! Versions: 2 leader epoch · 3 flexible, and the member's generation (KIP-447) · 4
//! TRANSACTION_ABORTABLE · 5 the group's partition joins the transaction by itself (KIP-890) · 6
//! topics by id.

use std::sync::Arc;

use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::groups::{self, GroupError, Reply};
use crate::protocol::offset_commit as offset_commit_messages;
use crate::protocol::offset_commit::request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use crate::protocol::txn_offset_commit::request::{
    Request, TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use crate::protocol::txn_offset_commit::response::{
    Response, TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::{ask, partition_of};
use crate::routing::transactions::{Verification, look};
use shards::io::Slice;

use super::{Api, Context, Pending, answer_within, offset_commit};
use crate::metadata::topic_name::CONSUMER_OFFSETS;

pub const API: Api = Api { key: ApiKey::TxnOffsetCommit, versions: 0..=6, handle };

const FIRST_WITH_ABORTABLE: i16 = 4;
const FIRST_THAT_ADDS: i16 = 5;
const FIRST_WITH_TOPIC_IDS: i16 = 6;
/// The versions of OffsetCommit that name topics as this API does, and a group that is not there an
/// old generation.
const COMMIT_BY_NAME: i16 = 8;
const COMMIT_BY_ID: i16 = 10;

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, repeated, run)
}

fn repeated(request: &Request) -> usize {
    let names = |name: &str| request.group_id.len() + name.len();
    request.topics.iter().map(|topic| names(&topic.name) * topic.partitions.len()).sum()
}

async fn run(context: Context, request: Request) -> Response {
    let version = context.version();
    let by_id = version >= FIRST_WITH_TOPIC_IDS;
    let commit_version = if by_id { COMMIT_BY_ID } else { COMMIT_BY_NAME };
    let producer = ProducerEpoch { id: request.producer_id, epoch: request.producer_epoch };
    let (group_id, id) = (request.group_id.clone(), request.transactional_id.clone());
    let image = context.broker.image();
    let mut commit = offset_commit::begin(plain(request), commit_version, &image);
    let reply = match commit.question.take() {
        Some(groups::Request::Commit(question)) => {
            let joined = join(&context, id, producer, &group_id).await;
            let question = groups::Request::CommitInTransaction { commit: question, producer };
            Some(match joined {
                Ok(()) => ask(&context.broker, &group_id, question).await,
                Err(error) => Reply::Refused(error),
            })
        }
        _ => None,
    };
    let mut response = response(commit.finish(reply, commit_version));
    if version < FIRST_WITH_ABORTABLE {
        for partition in response.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            if partition.error_code == ErrorCode::TransactionAbortable as i16 {
                partition.error_code = ErrorCode::InvalidTxnState as i16;
            }
        }
    }
    response
}

/// Whether the group's partition is part of the producer's transaction, by now at the latest.
async fn join(
    context: &Context,
    transactional_id: String,
    producer: ProducerEpoch,
    group_id: &str,
) -> Result<(), GroupError> {
    let index = partition_of(&context.broker, group_id).ok_or(GroupError::NotCoordinator)?;
    let asked = Verification {
        transactional_id,
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        partitions: vec![(Arc::from(CONSUMER_OFFSETS), index)],
        add: context.version() >= FIRST_THAT_ADDS,
    };
    let outcomes = look(&context.broker, &asked).await;
    outcomes.into_iter().find_map(Result::err).map_or(Ok(()), |error| Err(error.into()))
}

/// The same as an OffsetCommit.
fn plain(request: Request) -> offset_commit_messages::Request {
    let topic = |topic: TxnOffsetCommitRequestTopic| {
        let partition = |partition: TxnOffsetCommitRequestPartition| OffsetCommitRequestPartition {
            partition_index: partition.partition_index,
            committed_offset: partition.committed_offset,
            committed_leader_epoch: partition.committed_leader_epoch,
            committed_metadata: partition.committed_metadata,
        };
        OffsetCommitRequestTopic {
            name: topic.name,
            topic_id: topic.topic_id,
            partitions: topic.partitions.into_iter().map(partition).collect(),
        }
    };
    offset_commit_messages::Request {
        group_id: request.group_id,
        generation_id_or_member_epoch: request.generation_id_or_member_epoch,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
        topics: request.topics.into_iter().map(topic).collect(),
        ..offset_commit_messages::Request::default()
    }
}

fn response(plain: offset_commit_messages::Response) -> Response {
    let topics = plain.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter();
        TxnOffsetCommitResponseTopic {
            name: topic.name,
            topic_id: topic.topic_id,
            partitions: partitions
                .map(|partition| TxnOffsetCommitResponsePartition {
                    partition_index: partition.partition_index,
                    error_code: partition.error_code,
                })
                .collect(),
        }
    });
    Response { topics: topics.collect(), ..Response::default() }
}
