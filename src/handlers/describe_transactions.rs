//! DescribeTransactions (key 65), version 0.
//!
//! What the coordinators know of transactional ids.

use crate::coordinators::transactions::{self, Described, Reply, TransactionError};
use crate::protocol::describe_transactions::request::Request;
use crate::protocol::describe_transactions::response::{Response, TopicData, TransactionState};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::transactions::ask_each;
use shards::entropy::HashMap;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::transaction_errors::code_of;

pub const API: Api = Api { key: ApiKey::DescribeTransactions, versions: 0..=0, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let ids = request.transactional_ids;
        let question = transactions::Request::Describe;
        response(&ids, ask_each(&context.broker, ids.clone(), question).await)
    })
}

fn response(ids: &[String], replies: Vec<(Reply, Vec<String>)>) -> Response {
    let mut found: HashMap<String, Result<Described, TransactionError>> = HashMap::default();
    for (reply, ids) in replies {
        match reply {
            Reply::Described(described) => found.extend(ids.into_iter().zip(described)),
            Reply::Refused(error) => found.extend(ids.into_iter().map(|id| (id, Err(error)))),
            _ => {}
        }
    }
    let state = |id: &String| match found.get(id) {
        Some(Ok(described)) => describe(id, described),
        Some(Err(error)) => refuse(id, code_of(*error)),
        None => refuse(id, ErrorCode::UnknownServerError),
    };
    Response { transaction_states: ids.iter().map(state).collect(), ..Response::default() }
}

fn refuse(id: &str, code: ErrorCode) -> TransactionState {
    TransactionState {
        error_code: code as i16,
        transactional_id: id.to_owned(),
        ..TransactionState::default()
    }
}

fn describe(id: &str, described: &Described) -> TransactionState {
    let mut topics: Vec<TopicData> = Vec::new();
    for (topic, index) in &described.partitions {
        match topics.last_mut() {
            Some(last) if last.topic == **topic => last.partitions.push(*index),
            _ => topics.push(TopicData { topic: topic.to_string(), partitions: vec![*index] }),
        }
    }
    TransactionState {
        error_code: ErrorCode::None as i16,
        transactional_id: id.to_owned(),
        transaction_state: described.state.name().to_owned(),
        transaction_timeout_ms: described.timeout_ms,
        transaction_start_time_ms: described.start_ms,
        producer_id: described.producer.id,
        producer_epoch: described.producer.epoch,
        topics,
    }
}
