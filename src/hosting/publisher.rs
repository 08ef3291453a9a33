//! Carries an image to every core: partitions first, then the image with its owners.
//!
//! Lives on: shard 0, which alone decides the placement; the work runs on the cores that own it.
//! Promise: when `publish` returns, every core has the image and every partition in it that is
//! hosted here is open and has an owner; one that the disk refused is logged and has none.
//! A name may be deleted and created in one step: all deletions are done before the first opening.
//! Read next: plan.rs for what is to be done.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use shards::clock;
use shards::io::spawn;
use shards::limits::SHORTAGE_RETRY;
use shards::log::Log;
use shards::log::error::OpenError;
use shards::log::lifecycle::LogSpec;
use shards::placement::{Placement, PlacementFile};
use shards::sync::Semaphore;
use shards::units::{PartitionId, ShardId, Uuid};

use crate::broker::Core;
use crate::controller::directories::Kept;
use crate::controller::log::Publish;
use crate::coordinators::coordinator::ImageStep;
use crate::hosting::plan::{Here, Open, Plan, Work, plan};
use crate::limits::{self, PARTITIONS_OPENED_AT_ONCE};
use crate::metadata::{Changes, Image};

/// See the module.
pub struct Publisher {
    broker: Rc<Core>,
    placement: Placement,
    file: PlacementFile,
}

impl Publisher {
    /// Reads the placement from `folder`, a log directory.
    pub async fn open(broker: Rc<Core>, folder: &Path) -> std::io::Result<Publisher> {
        let shards = broker.routing.shards();
        let (placement, file) = PlacementFile::open(folder, shards).await?;
        Ok(Publisher { broker, placement, file })
    }

    async fn carry_out(&mut self, plan: Plan, after: Arc<Image>, changes: Arc<Changes>) {
        let Plan { work, opened, deleted, placed } = plan;
        if let Err(error) = self.file.append(placed, &mut self.placement).await {
            tracing::warn!(%error, "the placement of new partitions is not kept for a restart");
        }
        self.on_each(&work, |work| !work.delete.is_empty(), delete_all).await;
        let outcomes = self.on_each(&work, |work| !work.is_empty_of_logs(), open_all).await;
        let mut refused: BTreeSet<PartitionId> = BTreeSet::new();
        for outcome in outcomes {
            refused.extend(outcome.refused);
            self.broker.directories_to_assign.add(outcome.newly_kept, limits::KEPT_REPLICAS_MAX);
        }
        let mut owners = self.broker.routing.owners();
        for partition in deleted {
            owners.remove(partition);
        }
        for (partition, owner) in opened {
            if !refused.contains(&partition) {
                owners.insert(partition, owner);
            }
        }
        let everywhere = move |on: Rc<Core>| {
            let (owners, image, changes) = (owners.clone(), after.clone(), changes.clone());
            let told: crate::routing::Local<()> = Box::pin(async move {
                let before = on.image();
                on.routing.set_owners(owners);
                on.set_image(image.clone());
                let step = ImageStep { before: &before, after: &image, changes: &changes };
                on.groups.follow(&step, on.config.node_id, &on.store);
            });
            told
        };
        self.broker.run_on_all(everywhere).await;
    }

    /// Runs a part of the work on the cores that have some, at the same time.
    async fn on_each<F>(
        &self,
        work: &std::collections::BTreeMap<ShardId, Work>,
        concerns: impl Fn(&Work) -> bool,
        run: fn(Rc<Core>, Work) -> F,
    ) -> Vec<F::Output>
    where
        F: Future<Output: Send> + 'static,
    {
        let mut running = Vec::new();
        for (&shard, work) in work.iter().filter(|(_, work)| concerns(work)) {
            let (broker, work) = (self.broker.clone(), work.clone());
            running.push(spawn(async move {
                broker.run_on(shard, move |on| Box::pin(run(on, work))).await
            }));
        }
        let mut outputs = Vec::with_capacity(running.len());
        for task in running {
            outputs.push(task.await);
        }
        outputs
    }
}

impl Publish for Publisher {
    async fn publish(&mut self, image: Arc<Image>, changes: Changes) {
        let before = self.broker.image();
        let config = self.broker.config.clone();
        let here = Here {
            node_id: config.node_id,
            settings: &config.settings,
            producer_id_expiration_ms: config.producers.expiration_ms,
        };
        let plan = plan(here, &before, &image, &changes, &mut self.placement);
        self.carry_out(plan, image, Arc::new(changes)).await;
    }
}

impl Work {
    fn is_empty_of_logs(&self) -> bool {
        self.open.is_empty() && self.configure.is_empty() && self.lead.is_empty()
    }
}

async fn delete_all(broker: Rc<Core>, work: Work) {
    for partition in work.delete {
        if let Err(error) = broker.store.delete(partition).await {
            tracing::error!(%partition, %error, "a deleted partition's files stay behind");
        }
    }
}

/// What came of opening partitions.
#[derive(Default)]
struct Opened {
    refused: Vec<PartitionId>,
    /// Those in another directory than the metadata says.
    newly_kept: Vec<Kept>,
}

async fn open_all(broker: Rc<Core>, work: Work) -> Opened {
    let room = Rc::new(Semaphore::new(PARTITIONS_OPENED_AT_ONCE));
    let mut opening = Vec::with_capacity(work.open.len());
    for open in work.open {
        let (broker, room) = (broker.clone(), room.clone());
        opening.push(spawn(async move {
            let _permit = room.acquire().await;
            open_one(&broker, open).await
        }));
    }
    let mut opened = Opened::default();
    for task in opening {
        match task.await {
            Ok(newly_kept) => opened.newly_kept.extend(newly_kept),
            Err(refused) => opened.refused.push(refused),
        }
    }
    for (partition, config) in work.configure {
        if let Some(partition) = broker.store.partition(partition) {
            partition.set_config(config);
        }
    }
    for (partition, epoch) in work.lead {
        if let Some(partition) = broker.store.partition(partition) {
            partition.lead(epoch);
        }
    }
    opened
}

async fn open_one(broker: &Rc<Core>, open: Open) -> Result<Option<Kept>, PartitionId> {
    let (id, name) = (open.spec.id, open.spec.name.clone());
    let preferred = broker.preferred_directories.borrow_mut().take(&name);
    let preferred = preferred.and_then(|path| broker.store.directory_id_of(&path));
    let wanted = open.kept_in.or(preferred);
    match open_when_there_is_room(broker, &open.spec, wanted).await {
        Ok(partition) => {
            if let Some(epoch) = open.leads {
                partition.lead(epoch.max(partition.leader_epoch()));
            }
            let directory = broker.store.directory_id(&partition);
            let newly = directory.filter(|directory| open.kept_in != Some(*directory));
            let kept = |directory| Kept { topic: id.topic, partition: id.index, directory };
            Ok(newly.map(kept))
        }
        Err(error) => {
            tracing::error!(
                partition = name, %error, "a partition cannot be opened: it is offline till the \
                 node is started again"
            );
            Err(id)
        }
    }
}

/// On a full disk later changes of metadata are refused: they may rest on this one.
async fn open_when_there_is_room(
    broker: &Rc<Core>,
    spec: &LogSpec,
    kept_in: Option<Uuid>,
) -> Result<Log, OpenError> {
    let mut is_told = false;
    loop {
        match broker.store.open_or_create_in(spec.clone(), kept_in).await {
            Err(error) if error.is_full_disk() => {
                if !std::mem::replace(&mut is_told, true) {
                    let refused = "changes of topics are refused";
                    tracing::error!(%error, "no room for a partition: {refused}");
                    hold_up(broker, spec.id, Some(error.to_string().into()));
                }
                clock::sleep(SHORTAGE_RETRY).await;
            }
            outcome => {
                if is_told {
                    hold_up(broker, spec.id, None);
                }
                return outcome;
            }
        }
    }
}

/// Tells the controller what this core waits for. Not awaited here: the core serves a request of
/// another one.
fn hold_up(broker: &Rc<Core>, partition: PartitionId, full: Option<Arc<str>>) {
    let broker = broker.clone();
    drop(spawn(async move {
        let tell = move |on: Rc<Core>| -> crate::routing::Local<()> {
            if let Some(log) = on.metadata_log() {
                log.hold_up(partition, full);
            }
            Box::pin(async {})
        };
        broker.run_on(ShardId(0), tell).await;
    }));
}

#[cfg(test)]
mod tests;
