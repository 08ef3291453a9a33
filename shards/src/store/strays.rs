//! Folders of logs of topics that are gone: an end of the node came between the deletion of their
//! topic and their own.
//!
//! Lives on: one shard, at start, once the logs that there are have their folders. Promise: what
//! the metadata says was deleted is deleted; what it does not know is set aside, as Kafka does, and
//! stays until someone has looked at it. Read next: ../log/lifecycle.rs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Store;
use crate::format::file_names::{self, DirectoryState};
use crate::io::directory;
use crate::log::error::OpenError;
use crate::log::identity::{self, Identity};
use crate::log::lifecycle::{delete_folder, remove_later, set_aside};
use crate::mutation::Mutation;
use crate::units::{PartitionId, TopicId};

/// A folder of a log that no topic has.
#[derive(Clone, Debug)]
pub struct Stray {
    pub id: PartitionId,
    log_dir: PathBuf,
    name: String,
    /// An earlier start, or Kafka, has given it the name of a stray.
    is_aside: bool,
}

impl Store {
    /// The folders of logs of topics that are gone. `current` is told a topic's name and a
    /// partition, and says whose they are now.
    pub async fn strays(&self, current: impl Fn(&str, i32) -> Option<TopicId>) -> Vec<Stray> {
        let mut strays = Vec::new();
        if Mutation::StrayInherited.is_planted() {
            return strays;
        }
        let mut folders: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for log_dir in self.log_dirs() {
            let listed = directory::list(log_dir.path()).await.unwrap_or_default();
            for entry in listed.into_iter().filter(|entry| entry.is_dir) {
                folders.entry(entry.name).or_default().push(log_dir.path().to_owned());
            }
        }
        for (name, log_dirs) in folders {
            let Some(named) = file_names::parse_directory(&name) else { continue };
            let is_aside = named.state == DirectoryState::Stray;
            if !is_aside && named.state != DirectoryState::InUse {
                continue;
            }
            let current = (!is_aside).then(|| current(&named.topic, named.partition)).flatten();
            // Who has a name to itself was looked at when its log was opened.
            if current.is_some() && log_dirs.len() == 1 {
                continue;
            }
            for log_dir in log_dirs {
                if let Identity::Topic(topic) = identity::read(&log_dir.join(&name)).await
                    && Some(topic) != current
                {
                    let id = PartitionId { topic, index: named.partition };
                    strays.push(Stray { id, log_dir, name: name.clone(), is_aside });
                }
            }
        }
        strays
    }

    /// Deletes the folders of topics that were deleted, and sets the others aside.
    pub async fn put_away(
        &self,
        strays: Vec<Stray>,
        was_deleted: impl Fn(TopicId) -> bool,
        delay_ms: i64,
    ) {
        for Stray { id, log_dir, name, is_aside } in strays {
            let was_deleted = was_deleted(id.topic) && !Mutation::DeletedSetAside.is_planted();
            let put = match (was_deleted, is_aside) {
                (true, false) => {
                    let deleted = delete_folder(&log_dir, id, &name, delay_ms).await;
                    deleted.map_err(|error| OpenError::io(&log_dir.join(&name), error))
                }
                (true, true) => {
                    remove_later(log_dir.join(&name), delay_ms);
                    Ok(())
                }
                (false, false) => set_aside(&log_dir, id, &name).await,
                (false, true) => Ok(()),
            };
            if let Err(error) = put {
                tracing::warn!(%error, "it stays where it is");
            }
        }
    }
}
