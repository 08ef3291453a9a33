//! What can be known before a start changes anything: a start that is refused for it leaves all
//! directories as they were, with the mark of their clean stop.
//!
//! Lives on: shard 0, before the directories are begun. Never: writes.
//! Read next: shard.rs, which calls it; ../../shards/src/node_dir.rs for each directory by itself.

use std::path::{Path, PathBuf};

use shards::format::file_names::{self, DirectoryState};
use shards::io::directory;
use shards::node_dir::Inspected;

use super::{BootError, metadata};
use crate::config::BrokerConfig;
use crate::controller::loading::{self, LoadError, Voters};
use crate::controller::quorum::QuorumError;

/// The directories together, and what they hold of the metadata.
pub(super) async fn check(config: &BrokerConfig, found: &[Inspected]) -> Result<(), BootError> {
    let paths: Vec<&Path> = found.iter().map(Inspected::path).collect();
    let Some(first) = paths.first() else { return Ok(()) };
    let root = paths.iter().find(|path| **path == config.metadata_log_dir).unwrap_or(first);
    check_metadata_place(root, &paths).await?;
    let folder = root.join(metadata::NAME);
    check_voters(config, &folder).await?;
    let root = found.iter().find(|found| found.path() == *root);
    // After a crash the journal has a part of it, and what a crash has torn is no damage: it shows
    // when it is loaded. There is no mark that a refused start could lose.
    if let Some(root) = root
        && root.was_stopped_cleanly().await?
        && directory::exists(&folder).await.map_err(|error| failed(&folder, error))?
    {
        loading::check_stopped(&folder).await.map_err(metadata::metadata)?;
    }
    Ok(())
}

/// Refuses to begin a new metadata log beside one: all topics would seem gone.
async fn check_metadata_place(root: &Path, paths: &[&Path]) -> Result<(), BootError> {
    let folder = root.join(metadata::NAME);
    let exists = async |path: &Path| {
        let exists = directory::exists(path).await;
        exists.map_err(|error| failed(path, error))
    };
    if exists(&folder).await? {
        return Ok(());
    }
    for path in paths {
        if exists(&path.join(metadata::NAME)).await? {
            let (found, wanted) = (path.to_path_buf(), root.to_owned());
            return Err(BootError::OtherMetadataDirectory { found, wanted });
        }
    }
    for path in paths {
        if !exists(path).await? {
            continue;
        }
        let listed = directory::list(path).await.map_err(|error| failed(path, error))?;
        let is_partition = |entry: &&directory::Entry| {
            let parsed = file_names::parse_directory(&entry.name);
            entry.is_dir && parsed.is_some_and(|parsed| parsed.state == DirectoryState::InUse)
        };
        if let Some(partition) = listed.iter().find(is_partition) {
            let (found, wanted) = (path.join(&partition.name), folder);
            return Err(BootError::NoMetadata { found, wanted });
        }
    }
    Ok(())
}

/// The voters that the configuration names are those that the directory was formatted for. A
/// configuration that names none leaves it to the directory.
async fn check_voters(config: &BrokerConfig, folder: &Path) -> Result<(), BootError> {
    let mut wanted: Vec<i32> = config.quorum.voters.iter().map(|voter| voter.id).collect();
    wanted.sort_unstable();
    if !wanted.is_empty() && wanted != [config.node_id] {
        let refused = QuorumError::NotTheOnlyVoter { node: config.node_id, voters: wanted };
        return Err(metadata::metadata(refused));
    }
    let path: PathBuf = folder.to_owned();
    let found = match loading::voters(folder).await.map_err(metadata::metadata)? {
        Voters::Unknown => return Ok(()),
        Voters::Dynamic(_) if wanted.is_empty() => return Ok(()),
        Voters::Static(found) | Voters::Dynamic(found) => found,
    };
    match found == wanted {
        true => Ok(()),
        false => Err(BootError::OtherVoters { path, found, wanted }),
    }
}

fn failed(path: &Path, error: std::io::Error) -> BootError {
    metadata::metadata(LoadError::Io { path: path.to_owned(), error })
}
