//! What the controller is to be asked for: topics that a client needs and that do not exist yet,
//! and where replicas are kept.
//!
//! Lives on: shard 0, beside the tasks that ask the controller.
//! Promise: what is wanted is given out once; wanting it again before that changes nothing.
//! Limits: limits::WANTED_TOPICS_MAX, limits::KEPT_REPLICAS_MAX; what is more is forgotten, and
//! wanted again: by the client, or at the next start.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use shards::sync::Notify;
use shards::units::ShardId;

use super::Local;
use crate::broker::Core;
use crate::limits::WANTED_TOPICS_MAX;

pub struct UniqueQueue<T> {
    items: RefCell<BTreeSet<T>>,
    came: Notify,
}

impl<T> Default for UniqueQueue<T> {
    fn default() -> UniqueQueue<T> {
        UniqueQueue { items: RefCell::default(), came: Notify::new() }
    }
}

impl<T: Ord> UniqueQueue<T> {
    /// Takes in items while there are fewer than `max`.
    pub fn add(&self, wanted: Vec<T>, max: usize) {
        let mut items = self.items.borrow_mut();
        for item in wanted {
            if items.len() < max {
                items.insert(item);
            }
        }
        if !items.is_empty() {
            self.came.notify_one();
        }
    }

    /// All there is.
    pub fn take(&self) -> BTreeSet<T> {
        std::mem::take(&mut *self.items.borrow_mut())
    }

    /// The next items, at least one.
    pub async fn next(&self) -> BTreeSet<T> {
        loop {
            let items = self.take();
            if !items.is_empty() {
                return items;
            }
            self.came.notified().await;
        }
    }
}

impl Core {
    /// Has topics created; the client is told to ask again.
    pub async fn request_topics(self: &Rc<Self>, names: Vec<String>) {
        let note = move |on: Rc<Core>| -> Local<()> {
            on.first_core().topics_to_create.add(names, WANTED_TOPICS_MAX);
            Box::pin(async {})
        };
        self.run_on(ShardId(0), note).await;
    }
}
