//! Carries an image to every core: partitions first, then the image with its owners.
//!
//! Lives on: shard 0, which alone decides the placement; the work runs on the cores that own it.
//! Promise: when `publish` returns, every core has the image and every partition in it that is
//! hosted here is open and has an owner; one that the disk refused is logged and has none. Where it
//! was for want of room, the opening is tried again; the image does not wait for it, so that topics
//! can be deleted meanwhile.
//! A name may be deleted and created in one step: all deletions are done before the first opening.
//! Read next: plan.rs for what is to be done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use shards::io::spawn;
use shards::placement::{Placement, PlacementFile};
use shards::sync::Semaphore;
use shards::units::{PartitionId, ShardId};

use crate::broker::Core;
use crate::config::BrokerConfig;
use crate::controller::directories::Kept;
use crate::controller::log::Publish;
use crate::coordinators::coordinator::ImageStep;
use crate::hosting::plan::{Here, Open, Plan, Work, plan, plan_again};
use crate::limits::{self, PARTITIONS_OPENED_AT_ONCE};
use crate::metadata::{Changes, Image};

/// See the module.
pub struct Publisher {
    broker: Rc<Core>,
    placement: Placement,
    file: PlacementFile,
    /// Partitions for which there is no room yet, and what the disk said.
    waiting: BTreeMap<PartitionId, Arc<str>>,
}

impl Publisher {
    /// Reads the placement from `folder`, a log directory.
    pub async fn open(broker: Rc<Core>, folder: &Path) -> std::io::Result<Publisher> {
        let shards = broker.routing.shards();
        let (placement, file) = PlacementFile::open(folder, shards).await?;
        Ok(Publisher { broker, placement, file, waiting: BTreeMap::new() })
    }

    async fn carry_out(&mut self, plan: Plan, after: Arc<Image>, changes: Arc<Changes>) {
        let Plan { work, opened, deleted, placed } = plan;
        if let Err(error) = self.file.append(placed, &mut self.placement).await {
            tracing::warn!(%error, "the placement of new partitions is not kept for a restart");
        }
        self.tell_going(&deleted, &after).await;
        self.on_each(&work, |work| !work.delete.is_empty(), delete_all).await;
        let outcomes = self.on_each(&work, |work| !work.is_empty_of_logs(), open_all).await;
        let mut refused: BTreeSet<PartitionId> = BTreeSet::new();
        for outcome in outcomes {
            refused.extend(outcome.refused);
            refused.extend(outcome.without_room.keys().copied());
            self.wait_for(outcome.without_room);
            self.broker
                .first_core()
                .directories_to_assign
                .add(outcome.newly_kept, limits::KEPT_REPLICAS_MAX);
        }
        let mut owners = self.broker.routing.owners();
        for partition in deleted {
            owners.remove(partition);
            self.waiting.remove(&partition);
        }
        for (partition, owner) in opened {
            if !refused.contains(&partition) {
                owners.insert(partition, owner);
                if self.waiting.remove(&partition).is_some() {
                    tracing::info!(%partition, "there is room for the partition now: it is open");
                }
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
                on.transactions.follow(&step, on.config.node_id, &on.store);
            });
            told
        };
        self.broker.run_on_all(everywhere).await;
    }

    fn wait_for(&mut self, without_room: BTreeMap<PartitionId, Arc<str>>) {
        for (partition, cause) in without_room {
            if !self.waiting.contains_key(&partition) {
                tracing::error!(
                    %partition, %cause, "no room for a partition: it is offline till there is. \
                     Deleting topics or records works; none can be created"
                );
            }
            self.waiting.insert(partition, cause);
        }
    }

    /// Who waits for a partition hears of its end before the cores have the image without it.
    async fn tell_going(&self, deleted: &[PartitionId], after: &Image) {
        let gone = |partition: &&PartitionId| after.topics.by_id(partition.topic).is_none();
        let going: Vec<PartitionId> = deleted.iter().filter(gone).copied().collect();
        if going.is_empty() {
            return;
        }
        let everywhere = move |on: Rc<Core>| {
            on.note_going(going.iter().copied());
            let told: crate::routing::Local<()> = Box::pin(async {});
            told
        };
        self.broker.run_on_all(everywhere).await;
    }

    /// Runs a part of the work on the cores that have some, at the same time.
    async fn on_each<F>(
        &self,
        work: &BTreeMap<ShardId, Work>,
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
        let plan = plan(here(&config), &before, &image, &changes, &mut self.placement);
        self.carry_out(plan, image, Arc::new(changes)).await;
    }

    fn without_room(&self) -> Option<Arc<str>> {
        self.waiting.values().next().cloned()
    }

    async fn open_again(&mut self) {
        let image = self.broker.image();
        let config = self.broker.config.clone();
        let waiting: Vec<PartitionId> = self.waiting.keys().copied().collect();
        let plan = plan_again(here(&config), &image, waiting, &mut self.placement);
        self.carry_out(plan, image, Arc::default()).await;
    }
}

fn here(config: &BrokerConfig) -> Here<'_> {
    Here {
        node_id: config.node_id,
        settings: &config.settings,
        producer_id_expiration_ms: config.producers.expiration_ms,
        replica_lag_ms_max: config.log.replica_lag_ms_max,
    }
}

impl Work {
    fn is_empty_of_logs(&self) -> bool {
        self.open.is_empty() && self.configure.is_empty() && self.assign.is_empty()
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
    /// To be opened once there is room.
    without_room: BTreeMap<PartitionId, Arc<str>>,
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
            Err(NotOpened::Refused(id)) => opened.refused.push(id),
            Err(NotOpened::NoRoom(id, cause)) => {
                opened.without_room.insert(id, cause);
            }
        }
    }
    for (partition, config) in work.configure {
        if let Some(partition) = broker.store.partition(partition) {
            partition.set_config(config);
        }
    }
    for (partition, assignment) in work.assign {
        if let Some(partition) = broker.store.partition(partition) {
            partition.assign(&assignment);
        }
    }
    opened
}

enum NotOpened {
    Refused(PartitionId),
    NoRoom(PartitionId, Arc<str>),
}

async fn open_one(broker: &Rc<Core>, open: Open) -> Result<Option<Kept>, NotOpened> {
    let (id, name) = (open.spec.id, open.spec.name.clone());
    let preferred = broker.preferred_directories.borrow_mut().take(&name);
    let directory = preferred.as_ref().and_then(|path| broker.store.directory_id_of(path));
    let wanted = open.kept_in.or(directory);
    match broker.store.open_or_create_in(open.spec, wanted).await {
        Ok(partition) => {
            partition.assign(&open.assignment);
            let directory = broker.store.directory_id(&partition);
            let newly = directory.filter(|directory| open.kept_in != Some(*directory));
            let kept = |directory| Kept { topic: id.topic, partition: id.index, directory };
            Ok(newly.map(kept))
        }
        Err(error) if error.passes() => {
            if let Some(path) = preferred {
                broker.preferred_directories.borrow_mut().add(name, path);
            }
            Err(NotOpened::NoRoom(id, error.to_string().into()))
        }
        Err(error) => {
            tracing::error!(
                partition = name, %error, "a partition cannot be opened: it is offline till the \
                 node is started again"
            );
            Err(NotOpened::Refused(id))
        }
    }
}

#[cfg(test)]
mod tests;
