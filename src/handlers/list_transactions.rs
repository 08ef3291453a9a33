//! ListTransactions (key 66), versions 0-2.
//!
//! The transactional ids that this broker coordinates.
//! Versions: 1 filter by duration · 2 filter by a regular expression.

use crate::coordinators::transactions::{self, Listed, Reply, State, TransactionError};
use crate::protocol::list_transactions::request::Request;
use crate::protocol::list_transactions::response::{Response, TransactionState};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::transactions::ask_all;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::transaction_errors::code_of;

pub const API: Api = Api { key: ApiKey::ListTransactions, versions: 0..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let (question, unknown) = question(request);
        // Of states that are none there is no transaction; Kafka asks for the others still.
        let replies = match question {
            Some(question) => ask_all(&context.broker, question).await,
            None => Vec::new(),
        };
        response(replies, unknown)
    })
}

/// The question for each coordinator, and the states that are none.
fn question(request: Request) -> (Option<transactions::Request>, Vec<String>) {
    let mut states = Vec::new();
    let mut unknown = Vec::new();
    for name in request.state_filters {
        match State::from_name(&name) {
            Some(state) => states.push(state),
            None => unknown.push(name),
        }
    }
    if states.is_empty() && !unknown.is_empty() {
        return (None, unknown);
    }
    let question = transactions::ListTransactions {
        states,
        producer_ids: request.producer_id_filters,
        duration_ms: Some(request.duration_filter).filter(|duration| *duration >= 0),
        pattern: request.transactional_id_pattern.filter(|pattern| !pattern.is_empty()),
    };
    (Some(transactions::Request::List(question)), unknown)
}

/// A partition that has gone elsewhere has nothing to tell; any other refusal refuses the list.
fn response(replies: Vec<Reply>, unknown_state_filters: Vec<String>) -> Response {
    let mut transaction_states = Vec::new();
    for reply in replies {
        match reply {
            Reply::Listed(listed) => transaction_states.extend(listed.into_iter().map(list)),
            Reply::Refused(TransactionError::NotCoordinator) => {}
            Reply::Refused(error) => return refuse(code_of(error)),
            _ => return refuse(ErrorCode::UnknownServerError),
        }
    }
    Response { unknown_state_filters, transaction_states, ..Response::default() }
}

fn refuse(code: ErrorCode) -> Response {
    Response { error_code: code as i16, ..Response::default() }
}

fn list(listed: Listed) -> TransactionState {
    TransactionState {
        transactional_id: listed.transactional_id,
        producer_id: listed.producer_id,
        transaction_state: listed.state.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_that_are_none_are_told() {
        let state_filters = vec!["Ongoing".to_owned(), "Odd".to_owned()];
        let (asked, unknown) = question(Request { state_filters, ..Request::default() });
        assert_eq!(unknown, ["Odd"]);
        assert!(matches!(asked, Some(transactions::Request::List(list))
            if list.states == [State::Ongoing]));
        let state_filters = vec!["Odd".to_owned()];
        let (asked, _) = question(Request { state_filters, ..Request::default() });
        assert!(asked.is_none());
    }

    #[test]
    fn a_partition_that_loads_refuses_the_list() {
        let replies = vec![Reply::Listed(Vec::new()), Reply::Refused(TransactionError::Loading)];
        assert_eq!(response(replies, Vec::new()), refuse(ErrorCode::CoordinatorLoadInProgress));
        let gone = vec![Reply::Refused(TransactionError::NotCoordinator)];
        assert_eq!(response(gone, Vec::new()), Response::default());
    }
}
