//! Requests and responses on their way, and what becomes of them.

use super::{Due, Ms, World};
use crate::command::{ReadRange, SnapshotRange};
use crate::event::{Event, RequestId, SendError};
use crate::messages::{Request, Response};
use crate::tests::checkers::Checked;
use crate::tests::disk::{Batch, Snapshot};
use crate::tests::fixture::BOTH_VERSIONS;
use crate::units::{NodeId, Offset};

/// Records that one fetch brings at most.
const FETCH_RECORDS: usize = 20;

/// To whom a request has to be answered.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    Node {
        node: i32,
        run: u64,
        asked: NodeId,
        correlation: u64,
        answers: i32,
    },
    /// A tool of the operator, whom the answer does not matter to.
    Client,
}

/// A response that has arrived, with the bytes that it carries.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) asked: NodeId,
    pub(super) correlation: u64,
    pub(super) response: Result<Response, SendError>,
    pub(super) batches: Vec<Batch>,
    pub(super) snapshot: Option<Snapshot>,
}

impl World {
    fn delay_ms(&mut self) -> Ms {
        let usual = if self.is_calm { 2 } else { self.plan.delay_ms };
        let late = !self.is_calm && self.dice.chance(20);
        self.dice.between(1, 2 + usual * if late { 20 } else { 1 })
    }

    fn is_lost(&mut self, from: i32, to: i32) -> bool {
        let permille = if self.is_calm { 0 } else { self.plan.lost_permille };
        self.cuts.contains(&(from, to)) || self.dice.chance(permille)
    }

    pub(super) fn send(
        &mut self,
        from: i32,
        to: &crate::voters::Node,
        correlation: u64,
        request: Request,
    ) {
        let target: i32 = to.host.trim_start_matches('h').parse().expect("hosts are h1, h2, …");
        let run = self.nodes[&from].run;
        let (asked, lost) = (to.id, self.is_lost(from, target));
        let refuses = matches!(&request, Request::Vote(vote) if vote.pre_vote)
            && self.plan.without_pre_vote.contains(&target);
        if lost || refuses || !self.nodes.contains_key(&target) {
            let error =
                if refuses { SendError::UnsupportedVersion } else { SendError::Disconnected };
            if refuses || self.dice.chance(500) {
                self.respond_error(from, run, asked, correlation, error);
            }
            return;
        }
        let after_ms = self.delay_ms();
        if request == Request::ApiVersions {
            let response = Ok(Response::ApiVersions(Some(BOTH_VERSIONS)));
            let arrived = arrived(asked, correlation, response);
            self.schedule(after_ms, Due::Response { to: from, run, arrived });
            return;
        }
        self.sequence += 1;
        let id = RequestId(self.sequence);
        let caller = Caller::Node { node: from, run, asked, correlation, answers: target };
        self.callers.insert(id, caller);
        let request = self.as_sent(from, request);
        self.schedule(after_ms, Due::Request { to: target, id, request });
    }

    /// As an older version sends it.
    fn as_sent(&self, from: i32, mut request: Request) -> Request {
        if let Request::Fetch(fetch) = &mut request
            && self.plan.without_fetch_mark.contains(&from)
        {
            fetch.high_watermark = Some(Offset(i64::MAX));
        }
        request
    }

    fn respond_error(
        &mut self,
        to: i32,
        run: u64,
        asked: NodeId,
        correlation: u64,
        error: SendError,
    ) {
        let after_ms = self.delay_ms();
        let arrived = arrived(asked, correlation, Err(error));
        self.schedule(after_ms, Due::Response { to, run, arrived });
    }

    pub(super) fn on_request(&mut self, to: i32, id: RequestId, request: Request) -> Checked {
        let is_up = self.nodes.get(&to).is_some_and(|node| node.machine.is_some());
        if is_up {
            if let Request::Vote(vote) = &request {
                self.votes_asked.insert(id, (vote.replica, vote.pre_vote));
            }
            return self.give(to, Event::Request { id, request });
        }
        if let Some(Caller::Node { node, run, asked, correlation, .. }) = self.callers.remove(&id) {
            self.respond_error(node, run, asked, correlation, SendError::Disconnected);
        }
        Ok(())
    }

    /// Sends the answer of a node to who asked.
    pub(super) fn answer(&mut self, id: RequestId, response: Response) {
        self.answer_with(id, response, Vec::new(), None);
    }

    fn answer_with(
        &mut self,
        id: RequestId,
        response: Response,
        batches: Vec<Batch>,
        snapshot: Option<Snapshot>,
    ) {
        let Some(caller) = self.callers.remove(&id) else { return };
        let Caller::Node { node, run, asked, correlation, answers } = caller else { return };
        if self.is_lost(answers, node) {
            return;
        }
        let response = Ok(response);
        let arrived = Box::new(Arrived { asked, correlation, response, batches, snapshot });
        let after_ms = self.delay_ms();
        self.schedule(after_ms, Due::Response { to: node, run, arrived });
    }

    pub(super) fn answer_fetch(
        &mut self,
        node: i32,
        id: RequestId,
        response: Response,
        read: Option<ReadRange>,
    ) {
        let disk = &self.nodes[&node].disk;
        let batches = read.map(|range| {
            let batches = disk.read(range.from.0, FETCH_RECORDS);
            batches.into_iter().filter(|batch| batch.end() <= range.end.0).collect()
        });
        self.answer_with(id, response, batches.unwrap_or_default(), None);
    }

    pub(super) fn answer_fetch_snapshot(
        &mut self,
        node: i32,
        id: RequestId,
        response: Response,
        read: Option<SnapshotRange>,
    ) {
        let snapshots = &self.nodes[&node].disk.snapshots;
        let snapshot = read.and_then(|range| snapshots.get(&range.id).cloned());
        let response = match (response, read) {
            (Response::FetchSnapshot(mut response), Some(range)) => {
                response.length = range.length;
                Response::FetchSnapshot(response)
            }
            (response, _) => response,
        };
        self.answer_with(id, response, Vec::new(), snapshot);
    }

    pub(super) fn on_response(&mut self, to: i32, run: u64, arrived: Arrived) -> Checked {
        let Arrived { asked, correlation, mut response, batches, snapshot } = arrived;
        let Some(node) = self.nodes.get_mut(&to).filter(|node| node.run == run) else {
            return Ok(());
        };
        if node.is_paused {
            // Its bytes would be gone: a paused node reads no socket.
            return Ok(());
        }
        if let Ok(response) = &mut response {
            node.receive(response, batches);
        }
        node.snapshot = snapshot;
        self.give(to, Event::Response { from: asked, correlation, response })
    }
}

fn arrived(asked: NodeId, correlation: u64, response: Result<Response, SendError>) -> Box<Arrived> {
    Box::new(Arrived { asked, correlation, response, batches: Vec::new(), snapshot: None })
}
