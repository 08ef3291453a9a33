//! Topics that a client needs and that do not exist yet: those of the broker itself, and those that
//! clients have created by asking for them.
//!
//! Lives on: shard 0, beside the task that has the controller create them.
//! Promise: what is wanted is given out once; wanting it again before that changes nothing.
//! Limits: limits::WANTED_TOPICS_MAX; what is more is forgotten, and wanted again by its client.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use shards::sync::Notify;
use shards::units::ShardId;

use super::Local;
use crate::broker::Broker;
use crate::limits::WANTED_TOPICS_MAX;

#[derive(Default)]
pub struct WantedTopics {
    names: RefCell<BTreeSet<String>>,
    came: Notify,
}

impl WantedTopics {
    fn add(&self, wanted: Vec<String>) {
        let mut names = self.names.borrow_mut();
        for name in wanted {
            if names.len() < WANTED_TOPICS_MAX {
                names.insert(name);
            }
        }
        self.came.notify_one();
    }

    /// The next topics to be created, at least one.
    pub async fn next(&self) -> BTreeSet<String> {
        loop {
            let names = std::mem::take(&mut *self.names.borrow_mut());
            if !names.is_empty() {
                return names;
            }
            self.came.notified().await;
        }
    }
}

impl Broker {
    /// Has topics created; the client is told to ask again.
    pub async fn want_topics(self: &Rc<Self>, names: Vec<String>) {
        let note = move |on: Rc<Broker>| -> Local<()> {
            on.wanted_topics.add(names);
            Box::pin(async {})
        };
        self.run_on(ShardId(0), note).await;
    }
}
