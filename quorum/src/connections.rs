//! Which node a request is on its way to: at most one to each, with time-out and backoff.
//!
//! Source: RequestManager.

use std::collections::BTreeMap;

use crate::config::Timings;
use crate::units::{NodeId, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Connection {
    Awaiting { correlation: u64, until: Time },
    BackingOff { until: Time },
}

/// A node without an entry is ready for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Connections(BTreeMap<NodeId, Connection>);

impl Connections {
    pub(crate) fn is_ready(&self, node: NodeId) -> bool {
        !self.0.contains_key(&node)
    }

    pub(crate) fn is_backing_off(&self, node: NodeId) -> bool {
        matches!(self.0.get(&node), Some(Connection::BackingOff { .. }))
    }

    pub(crate) fn any_in_flight(&self) -> bool {
        self.0.values().any(|connection| matches!(connection, Connection::Awaiting { .. }))
    }

    pub(crate) fn sent(&mut self, node: NodeId, correlation: u64, now: Time, timings: &Timings) {
        let until = now.after_ms(timings.request_timeout_ms);
        self.0.insert(node, Connection::Awaiting { correlation, until });
    }

    pub(crate) fn is_expected(&self, node: NodeId, awaited: u64) -> bool {
        matches!(self.0.get(&node),
            Some(Connection::Awaiting { correlation, .. }) if *correlation == awaited)
    }

    /// The answer was handled. Nothing is changed if the handling has reset the connection.
    pub(crate) fn answered(&mut self, node: NodeId, correlation: u64) {
        if self.is_expected(node, correlation) {
            self.0.remove(&node);
        }
    }

    /// The answer was of no use: the next request waits a little.
    pub(crate) fn failed(&mut self, node: NodeId, correlation: u64, now: Time, timings: &Timings) {
        if self.is_expected(node, correlation) {
            let until = now.after_ms(timings.retry_backoff_ms);
            self.0.insert(node, Connection::BackingOff { until });
        }
    }

    pub(crate) fn reset(&mut self) {
        self.0.clear();
    }

    /// Makes those ready whose time is over. Returns whether a request to `node` has timed out.
    pub(crate) fn expire(&mut self, now: Time, node: Option<NodeId>) -> bool {
        let is_over = |connection: &Connection| match connection {
            Connection::Awaiting { until, .. } | Connection::BackingOff { until } => *until <= now,
        };
        let timed_out = node.and_then(|node| self.0.get(&node)).is_some_and(|connection| {
            matches!(connection, Connection::Awaiting { .. }) && is_over(connection)
        });
        self.0.retain(|_, connection| !is_over(connection));
        timed_out
    }

    #[cfg(test)]
    pub(crate) fn rebase(&mut self, earlier: impl Fn(&mut Time)) {
        for connection in self.0.values_mut() {
            match connection {
                Connection::Awaiting { until, .. } | Connection::BackingOff { until } => {
                    earlier(until);
                }
            }
        }
    }

    /// When the first of them is over.
    pub(crate) fn wakes_at(&self) -> Time {
        let until = self.0.values().map(|connection| match connection {
            Connection::Awaiting { until, .. } | Connection::BackingOff { until } => *until,
        });
        until.min().unwrap_or(Time::FAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_gets_one_request_at_a_time() {
        let timings = Timings::default();
        let mut connections = Connections::default();
        let node = NodeId(1);
        connections.sent(node, 7, Time(0), &timings);
        assert!(!connections.is_ready(node) && connections.any_in_flight());
        assert!(connections.is_expected(node, 7) && !connections.is_expected(node, 6));
        connections.answered(node, 6);
        assert!(!connections.is_ready(node));
        connections.failed(node, 7, Time(5), &timings);
        assert!(connections.is_backing_off(node) && !connections.any_in_flight());
        assert_eq!(connections.wakes_at(), Time(25));
        assert!(!connections.expire(Time(25), Some(node)));
        assert!(connections.is_ready(node));
    }

    #[test]
    fn an_answer_after_its_time_is_not_expected() {
        let timings = Timings::default();
        let mut connections = Connections::default();
        connections.sent(NodeId(1), 7, Time(0), &timings);
        assert!(!connections.expire(Time(1_999), Some(NodeId(1))));
        assert!(connections.expire(Time(2_000), Some(NodeId(1))));
        assert!(!connections.is_expected(NodeId(1), 7));
    }
}
