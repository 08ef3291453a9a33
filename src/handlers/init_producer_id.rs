//! InitProducerId (key 22), versions 0-6.
//!
//! An id for an idempotent producer: one that has an id already gets a new one, as with Kafka. Or
//! id and epoch for a transactional id, by which every producer before is fenced.
//! Versions: 2 flexible · 3 id and epoch of the producer · 4 PRODUCER_FENCED · 5
//! TRANSACTION_ABORTABLE · 6 two-phase commit, not final in Kafka.
//! Skipped: to keep a prepared transaction (KIP-939), refused as UNSUPPORTED_VERSION.
//! Runs on the connection's core; ids come from shard 0, epochs from the id's coordinator.

use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::controller::Refusal;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::{self, Reply};
use crate::protocol::init_producer_id::request::Request;
use crate::protocol::init_producer_id::response::Response;
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::controller_errors;
use crate::refusals::transaction_errors::{code_of, for_version};
use crate::routing::transactions::ask_with_id;

pub const API: Api = Api { key: ApiKey::InitProducerId, versions: 0..=6, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        match choose(&request) {
            Choice::Refuse(error) => refuse(error),
            Choice::NewId => respond(context.broker.next_producer_id().await),
            Choice::Coordinator(id) => {
                let ask = |fresh| question(&request, id, fresh);
                let reply = ask_with_id(&context.broker, id, ask).await;
                respond_of(&reply, context.version())
            }
        }
    })
}

const NO_ID: i64 = -1;
const NO_EPOCH: i16 = -1;
const FIRST_WITH_FENCED: i16 = 4;

/// What a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    NewId,
    /// The coordinator of the transactional id decides.
    Coordinator(&'a str),
    Refuse(ErrorCode),
}

pub fn choose(request: &Request) -> Choice<'_> {
    let Request { producer_id, producer_epoch, .. } = *request;
    match &request.transactional_id {
        _ if (producer_id == NO_ID) != (producer_epoch == NO_EPOCH) => {
            Choice::Refuse(ErrorCode::InvalidRequest)
        }
        Some(id) if id.is_empty() => Choice::Refuse(ErrorCode::InvalidRequest),
        Some(_) if request.keep_prepared_txn => Choice::Refuse(ErrorCode::UnsupportedVersion),
        Some(id) => Choice::Coordinator(id),
        // As Kafka's coordinator does: an id without transactions is never given again.
        None => Choice::NewId,
    }
}

fn question(request: &Request, id: &str, fresh: Option<i64>) -> transactions::Request {
    let expected = ProducerEpoch { id: request.producer_id, epoch: request.producer_epoch };
    transactions::Request::Init(transactions::InitProducer {
        transactional_id: id.to_owned(),
        timeout_ms: request.transaction_timeout_ms,
        is_two_phase: request.enable2_pc,
        expected: (request.producer_id != NO_ID).then_some(expected),
        fresh_producer_id: fresh,
    })
}

fn respond_of(reply: &Reply, version: i16) -> Response {
    match *reply {
        Reply::Initialized(ProducerEpoch { id, epoch }) => {
            Response { producer_id: id, producer_epoch: epoch, ..Response::default() }
        }
        Reply::Refused(error) => refuse(for_version(code_of(error), version, FIRST_WITH_FENCED)),
        _ => refuse(ErrorCode::UnknownServerError),
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
    fn who_gives_an_id() {
        for (request, choice) in [
            (request(None, -1, -1), Choice::NewId),
            (request(None, 7, 3), Choice::NewId),
            (request(None, 7, -1), Choice::Refuse(ErrorCode::InvalidRequest)),
            (request(None, -1, 0), Choice::Refuse(ErrorCode::InvalidRequest)),
            (request(Some(""), -1, -1), Choice::Refuse(ErrorCode::InvalidRequest)),
            (request(Some("t"), -1, -1), Choice::Coordinator("t")),
            (request(Some("t"), 7, -1), Choice::Refuse(ErrorCode::InvalidRequest)),
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
