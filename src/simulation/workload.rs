//! All that clients and fate do in one run.

use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::io::simulation::{self, Weather};
use shards::io::{Task, spawn};

use super::operations::{
    commit_offsets, configure, consume, delete_records, full_disk, members, move_replicas, outages,
    produce, produce_idempotent, restart, topics, transactions, troubles, verify,
};
use super::scene::{Phase, Scene};

/// How long the tasks of the workload may take to end: longer than any request's patience.
const PATIENCE: Duration = Duration::from_secs(180);

/// The clients' process.
pub(super) async fn run(scene: Rc<Scene>) {
    let tasks = start(&scene);
    clock::sleep(scene.options.safety).await;
    scene.note(|| "no more faults".into());
    scene.phase.set(Phase::Liveness);
    simulation::set_weather(Weather::CALM);
    let ending = async {
        for task in tasks {
            task.await;
        }
    };
    match clock::timeout(PATIENCE, ending).await {
        Ok(()) => verify::run(scene.clone()).await,
        Err(_) => scene.violated("a client waits for ever"),
    }
    scene.phase.set(Phase::Done);
}

fn start(scene: &Rc<Scene>) -> Vec<Task<()>> {
    let mut tasks = vec![
        spawn(topics::run(scene.clone())),
        spawn(configure::run(scene.clone())),
        spawn(delete_records::run(scene.clone())),
        spawn(move_replicas::run(scene.clone())),
        spawn(restart::run(scene.clone())),
        spawn(troubles::run(scene.clone())),
        spawn(outages::run(scene.clone())),
        spawn(full_disk::run(scene.clone())),
    ];
    let plain = scene.options.producers;
    tasks.extend((0..plain).map(|number| spawn(produce::run(scene.clone(), number))));
    let idempotent = plain..plain + scene.options.idempotent_producers;
    tasks.extend(idempotent.map(|number| spawn(produce_idempotent::run(scene.clone(), number))));
    let transactional = 0..scene.options.transactional_producers;
    tasks.extend(transactional.map(|number| spawn(transactions::run(scene.clone(), number))));
    if scene.options.transactional_producers > 0 {
        tasks.push(spawn(transactions::read(scene.clone())));
    }
    let groups = 0..scene.options.groups;
    tasks.extend(groups.map(|number| spawn(commit_offsets::run(scene.clone(), number))));
    let groups = 0..scene.options.member_groups;
    let members = groups.flat_map(|group| (0..scene.options.members_per_group).map(move |_| group));
    tasks.extend(members.map(|group| spawn(members::run(scene.clone(), group))));
    let consumers = 0..scene.options.consumers;
    tasks.extend(consumers.map(|_| spawn(consume::run(scene.clone()))));
    tasks
}
