//! AddOffsetsToTxn (key 25), versions 0-4.
//!
//! The partition that keeps a group's offsets joins the producer's transaction.
//! Versions: 2 PRODUCER_FENCED · 3 flexible · 4 TRANSACTION_ABORTABLE.

use std::sync::Arc;

use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::{self, Reply};
use crate::protocol::add_offsets_to_txn::request::Request;
use crate::protocol::add_offsets_to_txn::response::Response;
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::partition_of;
use crate::routing::transactions::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::metadata::topic_name::CONSUMER_OFFSETS;
use crate::refusals::transaction_errors::{code_of, for_version};

pub const API: Api = Api { key: ApiKey::AddOffsetsToTxn, versions: 0..=4, handle };

const FIRST_WITH_FENCED: i16 = 2;

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let code = match partition_of(&context.broker, &request.group_id) {
            Some(index) => {
                let id = request.transactional_id.clone();
                code(&ask(&context.broker, &id, question(request, index)).await)
            }
            // The client looks the group's coordinator up, by which the topic is created.
            None => {
                context.broker.request_topics(vec![CONSUMER_OFFSETS.to_owned()]).await;
                ErrorCode::CoordinatorNotAvailable
            }
        };
        let code = for_version(code, context.version(), FIRST_WITH_FENCED);
        Response { error_code: code as i16, ..Response::default() }
    })
}

fn question(request: Request, index: i32) -> transactions::Request {
    transactions::Request::Add(transactions::AddPartitions {
        transactional_id: request.transactional_id,
        producer: ProducerEpoch { id: request.producer_id, epoch: request.producer_epoch },
        partitions: vec![(Arc::from(CONSUMER_OFFSETS), index)],
        version: 0,
    })
}

fn code(reply: &Reply) -> ErrorCode {
    match reply {
        Reply::Added => ErrorCode::None,
        Reply::Refused(error) => code_of(*error),
        _ => ErrorCode::UnknownServerError,
    }
}
