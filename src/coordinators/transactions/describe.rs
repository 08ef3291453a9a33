//! DescribeTransactions and ListTransactions.

use super::error::TransactionError;
use super::limits;
use super::message::{Described, ListTransactions, Listed, Reply};
use super::partition::TransactionPartition;
use super::state::Transaction;
use crate::coordinators::coordinator::Now;
use regex::{Regex, RegexBuilder};

impl TransactionPartition {
    pub(super) fn describe(&self, ids: &[String]) -> Reply {
        Reply::Described(ids.iter().map(|id| self.describe_one(id)).collect())
    }

    fn describe_one(&self, id: &str) -> Result<Described, TransactionError> {
        if id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        let found = self.ids.get(id).and_then(|entry| entry.current.as_ref());
        let Transaction { producer, state, timeout_ms, start_ms, partitions, .. } =
            found.ok_or(TransactionError::NotFound)?;
        Ok(Described {
            producer: *producer,
            state: *state,
            timeout_ms: *timeout_ms,
            start_ms: *start_ms,
            partitions: partitions.iter().cloned().collect(),
        })
    }

    pub(super) fn list(&self, request: &ListTransactions, now: Now) -> Reply {
        let pattern = match request.pattern.as_deref().map(compile).transpose() {
            Ok(pattern) => pattern,
            Err(error) => return Reply::Refused(error),
        };
        let is_wanted = |id: &str, found: &Transaction| {
            let open_ms = now.wall_ms.saturating_sub(found.start_ms);
            (request.producer_ids.is_empty() || request.producer_ids.contains(&found.producer.id))
                && (request.states.is_empty() || request.states.contains(&found.state))
                && request.duration_ms.is_none_or(|least_ms| open_ms > least_ms)
                && pattern.as_ref().is_none_or(|pattern| pattern.is_match(id))
        };
        let known = self.ids.iter().filter_map(|(id, entry)| Some((id, entry.current.as_ref()?)));
        let wanted = known.filter(|(id, found)| is_wanted(id, found));
        let list = |(id, found): (&String, &Transaction)| Listed {
            transactional_id: id.clone(),
            producer_id: found.producer.id,
            state: found.state,
        };
        Reply::Listed(wanted.map(list).collect())
    }
}

/// For the whole of an id.
fn compile(pattern: &str) -> Result<Regex, TransactionError> {
    if pattern.len() > limits::PATTERN_BYTES_MAX {
        return Err(TransactionError::InvalidPattern);
    }
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(limits::PATTERN_COMPILED_BYTES_MAX)
        .build()
        .map_err(|_| TransactionError::InvalidPattern)
}
