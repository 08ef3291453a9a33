//! Where replicas of this node are to be, and came to be.
//!
//! Lives on: each core for itself; what came to be is told to shard 0, which tells the controller.
//! Limits: limits::PREFERRED_DIRECTORIES_MAX; what is more is not remembered, and asked for again.
//! Read next: unique_queue.rs, ../handlers/alter_replica_log_dirs.rs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use shards::units::ShardId;

use super::Local;
use crate::broker::Core;
use crate::controller::directories::Kept;
use crate::limits::{KEPT_REPLICAS_MAX, PREFERRED_DIRECTORIES_MAX};

/// Directories for replicas that are not made yet, by the names of their folders.
#[derive(Debug, Default)]
pub struct PreferredDirectories(BTreeMap<String, PathBuf>);

impl PreferredDirectories {
    pub fn add(&mut self, name: String, path: PathBuf) {
        if self.0.len() < PREFERRED_DIRECTORIES_MAX || self.0.contains_key(&name) {
            self.0.insert(name, path);
        }
    }

    pub fn take(&mut self, name: &str) -> Option<PathBuf> {
        self.0.remove(name)
    }
}

/// Tells shard 0 of each replica of this core that has moved to another directory, for ever.
pub async fn tell_of_moves(broker: Rc<Core>) {
    loop {
        let moved = broker.store.moved().await;
        let kept = moved.into_iter().filter_map(|id| {
            let partition = broker.store.partition(id)?;
            let directory = broker.store.directory_id(&partition)?;
            Some(Kept { topic: id.topic, partition: id.index, directory })
        });
        let kept: Vec<Kept> = kept.collect();
        let note = move |on: Rc<Core>| -> Local<()> {
            on.first_core().directories_to_assign.add(kept, KEPT_REPLICAS_MAX);
            Box::pin(async {})
        };
        broker.run_on(ShardId(0), note).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_given_once_and_the_last_one_holds() {
        let mut preferred = PreferredDirectories::default();
        preferred.add("t-0".into(), "/a".into());
        preferred.add("t-0".into(), "/b".into());
        assert_eq!(preferred.take("t-0"), Some(PathBuf::from("/b")));
        assert_eq!(preferred.take("t-0"), None);
    }

    #[test]
    fn what_is_too_much_is_not_remembered() {
        let mut preferred = PreferredDirectories::default();
        for number in 0..=PREFERRED_DIRECTORIES_MAX {
            preferred.add(format!("t-{number}"), "/a".into());
        }
        assert!(preferred.take("t-0").is_some());
        assert!(preferred.take(&format!("t-{PREFERRED_DIRECTORIES_MAX}")).is_none());
    }
}
