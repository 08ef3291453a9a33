//! InitProducerId (key 22), versions 0-6.
//!
//! An id for an idempotent producer. One that has an id already gets a new one, as with Kafka.
//! Versions: 2 flexible · 3 id and epoch of the producer · 6 two-phase commit, not final in Kafka.
//! Skipped: transactional ids: transactions are not there yet.
//! Runs on the connection's core; ids come from shard 0.

use shards::io::Slice;

use super::{Api, Context, Pending, answer, controller_errors};
use crate::controller::Refusal;
use crate::protocol::init_producer_id::request::Request;
use crate::protocol::init_producer_id::response::Response;
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::InitProducerId, versions: 0..=6, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        match choose(&request) {
            Choice::Refuse(error) => refuse(error),
            Choice::NewId => respond(context.broker.next_producer_id().await),
        }
    })
}

const NO_ID: i64 = -1;
const NO_EPOCH: i16 = -1;

/// What a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    NewId,
    Refuse(ErrorCode),
}

pub fn choose(request: &Request) -> Choice {
    let Request { producer_id, producer_epoch, .. } = *request;
    match &request.transactional_id {
        Some(id) if id.is_empty() => Choice::Refuse(ErrorCode::InvalidRequest),
        // The client looks for a coordinator, and there is none.
        Some(_) => Choice::Refuse(ErrorCode::CoordinatorNotAvailable),
        None if (producer_id == NO_ID) != (producer_epoch == NO_EPOCH) => {
            Choice::Refuse(ErrorCode::InvalidRequest)
        }
        // As Kafka's coordinator does: an id without transactions is never given again.
        None => Choice::NewId,
    }
}

pub fn respond(id: Result<i64, Refusal>) -> Response {
    match id {
        Ok(producer_id) => Response { producer_id, ..Response::default() },
        Err(refusal) => refuse(controller_errors::code_of(refusal.cause)),
    }
}

fn refuse(error: ErrorCode) -> Response {
    Response {
        error_code: error as i16,
        producer_id: NO_ID,
        producer_epoch: NO_EPOCH,
        ..Response::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(transactional_id: Option<&str>, producer_id: i64, producer_epoch: i16) -> Request {
        let transactional_id = transactional_id.map(str::to_owned);
        Request { transactional_id, producer_id, producer_epoch, ..Request::default() }
    }

    #[test]
    fn ids_are_for_idempotent_producers() {
        for (request, choice) in [
            (request(None, -1, -1), Choice::NewId),
            (request(None, 7, 3), Choice::NewId),
            (request(None, 7, -1), Choice::Refuse(ErrorCode::InvalidRequest)),
            (request(None, -1, 0), Choice::Refuse(ErrorCode::InvalidRequest)),
            (request(Some(""), -1, -1), Choice::Refuse(ErrorCode::InvalidRequest)),
            (request(Some("t"), -1, -1), Choice::Refuse(ErrorCode::CoordinatorNotAvailable)),
        ] {
            assert_eq!(choose(&request), choice, "{request:?}");
        }
    }

    #[test]
    fn an_answer_can_be_written_in_every_version() {
        use crate::protocol::Message;
        for response in [respond(Ok(5)), refuse(ErrorCode::NotController)] {
            for version in API.versions {
                let bytes = response.to_vec(version).unwrap();
                assert_eq!(Response::from_slice(&bytes, version).unwrap(), response);
            }
        }
    }
}
