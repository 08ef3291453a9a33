//! Topics of the broker itself that a client needs and that do not exist yet.
//!
//! Lives on: shard 0, beside the controller's task, which creates them.
//! Promise: what is wanted is given out once; wanting it again before that changes nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use shards::sync::Notify;
use shards::units::ShardId;

use super::Local;
use crate::broker::Broker;

#[derive(Default)]
pub struct WantedTopics {
    names: RefCell<BTreeSet<&'static str>>,
    came: Notify,
}

impl WantedTopics {
    fn add(&self, name: &'static str) {
        self.names.borrow_mut().insert(name);
        self.came.notify_one();
    }

    /// The next topic to be created.
    pub async fn next(&self) -> &'static str {
        loop {
            let first = self.names.borrow_mut().pop_first();
            match first {
                Some(name) => return name,
                None => self.came.notified().await,
            }
        }
    }
}

impl Broker {
    /// Has an internal topic created; the client is told to ask again.
    pub async fn want_topic(self: &Rc<Self>, name: &'static str) {
        let note = move |on: Rc<Broker>| -> Local<()> {
            on.wanted_topics.add(name);
            Box::pin(async {})
        };
        self.run_on(ShardId(0), note).await;
    }
}
