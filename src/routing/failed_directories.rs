//! Log directories of this node that fail: all cores and the controller are told.
//!
//! Lives on: each core, for what it finds. Promise: a directory that one core cannot write is taken
//! offline on all; its partitions have no leader here from then on (KIP-858).
//! Read next: ../controller/directories.rs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use shards::clock;
use shards::io::spawn;
use shards::limits::SHORTAGE_RETRY;
use shards::store::failed_directories::FailedDirectory;
use shards::units::Uuid;

use super::Local;
use crate::broker::Core;
use crate::controller::Cause;

/// Makes all cores agree which directories serve: those that serve on each. To be called before
/// the first partition is opened. The paths of the others.
pub async fn agree(broker: &Rc<Core>, unusable: Vec<FailedDirectory>) -> Vec<FailedDirectory> {
    let found = broker.run_on_all(|on| Box::pin(async move { on.store.failed_directories() }));
    let all = found.await.into_iter().flatten().chain(unusable);
    let failed: BTreeMap<PathBuf, FailedDirectory> =
        all.map(|failed| (failed.path.clone(), failed)).collect();
    let failed: Vec<FailedDirectory> = failed.into_values().collect();
    for one in &failed {
        tell_cores(broker, one).await;
    }
    failed
}

/// Follows the directories of this core, which are known by these ids, till the node ends.
pub fn watch(broker: &Rc<Core>, directories: impl Iterator<Item = (PathBuf, Uuid)>) {
    for (path, id) in directories {
        let broker = broker.clone();
        drop(spawn(async move {
            let failed = broker.store.directory_failed(&path).await;
            tell_cores(&broker, &failed).await;
            tell_controller(&broker, id).await;
        }));
    }
}

async fn tell_cores(broker: &Rc<Core>, failed: &FailedDirectory) {
    let failed = failed.clone();
    let fail = move |on: Rc<Core>| -> Local<()> {
        on.store.fail_directory(&failed);
        Box::pin(async {})
    };
    broker.run_on_all(fail).await;
}

async fn tell_controller(broker: &Rc<Core>, directory: Uuid) {
    let node_id = broker.config.node_id;
    loop {
        let told = broker.control(move |on, _| Ok(on.fail_directory(node_id, directory))).await;
        match told {
            Err(refusal) if [Cause::DiskFull, Cause::NotReady].contains(&refusal.cause) => {
                clock::sleep(SHORTAGE_RETRY).await;
            }
            // The metadata log is in the directory, or the node stops: it is told of already.
            Err(refusal) if refusal.cause == Cause::LogFailed => return,
            Err(refusal) => {
                tracing::error!(%refusal, "partitions of a failed log directory keep their leader");
                return;
            }
            Ok(()) => return,
        }
    }
}
