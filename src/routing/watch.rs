//! Waiting for partitions to grow, wherever they live, at no cost while they do not.
//!
//! Lives on: the asking core has one watch for each core it waits for; the owner leaves a watcher
//! at each partition and tells it once.
//! Promise: growth since the ends that the asker has seen is never missed; a watch that is not
//! wanted any more (its waiter is dropped) is ended at the owner too.
//! Read next: ../handlers/fetch.rs.

use shards::entropy::HashMap;
use std::cell::RefCell;
use std::rc::Rc;

use shards::io::{CoreId, spawn};
use shards::sync::Notify;
use shards::units::{Offset, PartitionId, ShardId};

use super::read::Isolation;
use super::{Message, core_of, stopped};
use crate::broker::Core;

/// A partition, and up to where the asker has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub partition: PartitionId,
    pub end: Offset,
}

/// For another core.
#[derive(Debug)]
pub struct WatchRequest {
    /// Names the watch among those of the asking core.
    pub number: u64,
    pub seen: Vec<Seen>,
    pub isolation: Isolation,
}

/// The watches that other cores have here.
#[derive(Default)]
pub struct Watches {
    here: RefCell<HashMap<(CoreId, u64), Rc<Notify>>>,
}

impl Watches {
    /// Ends a watch of another core without an answer.
    pub(super) fn end(&self, from: CoreId, number: u64) {
        if let Some(notify) = self.here.borrow_mut().remove(&(from, number)) {
            notify.notify_one();
        }
    }

    fn begin(&self, from: CoreId, number: u64) -> Rc<Notify> {
        let notify = Rc::new(Notify::new());
        self.here.borrow_mut().insert((from, number), notify.clone());
        notify
    }

    /// Whether it is wanted still.
    fn take(&self, from: CoreId, number: u64) -> bool {
        self.here.borrow_mut().remove(&(from, number)).is_some()
    }

    pub fn len(&self) -> usize {
        self.here.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Completes when one of the partitions, all of the core `owner`, grows beyond what was seen, goes
/// offline or away.
pub async fn growth_on(broker: Rc<Core>, owner: ShardId, seen: Vec<Seen>, isolation: Isolation) {
    if owner == broker.shard {
        let notify = Rc::new(Notify::new());
        return growth(&broker, &seen, isolation, &notify).await;
    }
    let (number, grown) = broker.routing.expect_output();
    let request = WatchRequest { number, seen, isolation };
    let _watch = RemoteWatch { broker: &broker, owner, number };
    // It is on its way when the call returns; its answer says nothing.
    drop(broker.routing.mesh().call(core_of(owner), Message::Watch(request)));
    if grown.await.is_err() {
        stopped().await
    }
}

/// Tells the owner when nobody waits any more.
struct RemoteWatch<'a> {
    broker: &'a Core,
    owner: ShardId,
    number: u64,
}

impl Drop for RemoteWatch<'_> {
    fn drop(&mut self) {
        if self.broker.routing.forget_output(self.number) {
            let message = Message::Unwatch { number: self.number };
            drop(self.broker.routing.mesh().call(core_of(self.owner), message));
        }
    }
}

/// Serves another core.
pub(super) fn serve(broker: Rc<Core>, from: CoreId, request: WatchRequest) {
    let WatchRequest { number, seen, isolation } = request;
    let notify = broker.watches.begin(from, number);
    drop(spawn(async move {
        growth(&broker, &seen, isolation, &notify).await;
        if broker.watches.take(from, number) {
            broker.routing.give_output(from, number, Box::new(()));
        }
    }));
}

async fn growth(broker: &Core, seen: &[Seen], isolation: Isolation, notify: &Rc<Notify>) {
    for seen in seen {
        let Some(log) = broker.store.partition(seen.partition) else { return };
        if log.ends().at(isolation.horizon()) > seen.end || log.offline().is_some() {
            return;
        }
        log.watch(notify, isolation.horizon());
    }
    notify.notified().await;
}
