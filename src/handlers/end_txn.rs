//! EndTxn (key 26), versions 0-5.
//!
//! Commits or aborts the producer's transaction. Answered once the decision is durable; its markers
//! follow.
//! Versions: 2 PRODUCER_FENCED · 3 flexible · 4 TRANSACTION_ABORTABLE · 5 the epoch rises at each
//! end, and the answer has the new one (KIP-890).

use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::{self, Reply};
use crate::protocol::end_txn::request::Request;
use crate::protocol::end_txn::response::Response;
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::transactions::ask_with_id;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::transaction_errors::{code_of, for_version};

pub const API: Api = Api { key: ApiKey::EndTxn, versions: 0..=5, handle };

const FIRST_WITH_FENCED: i16 = 2;
const FIRST_WITH_EPOCH: i16 = 5;

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let version = context.version();
        let id = request.transactional_id.clone();
        let ask = |fresh| question(&request, version, fresh);
        response(&ask_with_id(&context.broker, &id, ask).await, version)
    })
}

fn question(request: &Request, version: i16, fresh: Option<i64>) -> transactions::Request {
    transactions::Request::End(transactions::EndTransaction {
        transactional_id: request.transactional_id.clone(),
        producer: ProducerEpoch { id: request.producer_id, epoch: request.producer_epoch },
        committed: request.committed,
        version: if version >= FIRST_WITH_EPOCH { 2 } else { 0 },
        fresh_producer_id: fresh,
    })
}

fn response(reply: &Reply, version: i16) -> Response {
    match *reply {
        Reply::Ended(ProducerEpoch { id, epoch }) if version >= FIRST_WITH_EPOCH => {
            Response { producer_id: id, producer_epoch: epoch, ..Response::default() }
        }
        Reply::Ended(_) => Response::default(),
        Reply::Refused(error) => refuse(for_version(code_of(error), version, FIRST_WITH_FENCED)),
        _ => refuse(ErrorCode::UnknownServerError),
    }
}

fn refuse(code: ErrorCode) -> Response {
    Response { error_code: code as i16, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinators::transactions::TransactionError;
    use crate::protocol::Message;

    #[test]
    fn every_version_tells_what_the_producer_is_and_why_not() {
        for version in Response::VERSIONS {
            let ended = response(&Reply::Ended(ProducerEpoch { id: 7, epoch: 3 }), version);
            let read = Response::from_slice(&ended.to_vec(version).unwrap(), version).unwrap();
            let told = (read.error_code, read.producer_id, read.producer_epoch);
            assert_eq!(told, if version >= 5 { (0, 7, 3) } else { (0, -1, -1) });
            let fenced = response(&Reply::Refused(TransactionError::Fenced), version);
            assert_eq!(fenced.error_code, if version >= 2 { 90 } else { 47 });
        }
    }
}
