//! The node ends and starts again: told to, killed, or without power.
//!
//! Model: it stops when it is told to, and starts from whatever is left, within a time.

use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::io::simulation::{Errors, Failing};

use crate::protocol::generated::api_versions;
use crate::simulation::client::Connection;
use crate::simulation::scene::{Command, Scene};

/// Longer than any stop or start takes while no fault holds it up.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_PAUSE: Duration = Duration::from_millis(10);
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Most ends come while a request is at work.
const AT_A_REQUEST_PERCENT: u64 = 70;
const PATIENCE_FOR_REQUEST: Duration = Duration::from_secs(1);
const REQUEST_NS_MAX: u64 = 1_000_000;
/// Of these, so many when a commit was acknowledged, and so many more while topics are changed.
const AT_A_COMMIT_PERCENT: u64 = 15;
const AT_A_CHANGE_BELOW: u64 = AT_A_COMMIT_PERCENT + 30;
const CHANGE_NS_MAX: u64 = 4_000_000;
const DOWN_MS_MAX: u64 = 3_000;
const ERRORS_ONE_IN_MAX: u64 = 200;
const BROKEN_MS_MAX: u64 = 5_000;
/// A device whose syncs alone fail is not given away by a write that it refuses.
const SYNCS_ALONE_PERCENT: u64 = 40;
const FAILED_SYNCS_ONE_IN_MAX: u64 = 4;
const AFTER_FAILED_SYNCS_PERCENT: u64 = 80;
/// The next end may come while the node still starts.
const HASTE_PERCENT: u64 = 15;

/// Goes on until the faults end; then the node runs.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    listens(&scene).await;
    let Some(between_ms) = scene.options.restarts_ms_max else { return };
    while scene.is_safety() {
        scene.pause(between_ms).await;
        if scene.dice.borrow_mut().percent(AT_A_REQUEST_PERCENT) {
            at_a_request(&scene).await;
        }
        if !scene.is_safety() || !end(&scene).await {
            break;
        }
        scene.pause(DOWN_MS_MAX).await;
        start(&scene).await;
    }
    if scene.node.get().is_none() {
        start(&scene).await;
    }
    listens(&scene).await;
}

/// Waits until a request is on its way: what matters happens before its answer is there.
async fn at_a_request(scene: &Scene) {
    let roll = scene.dice.borrow_mut().within(0..100);
    let (next, longest) = match roll {
        // What was acknowledged too early is lost now, and not a moment later.
        0..AT_A_COMMIT_PERCENT => (scene.committed.notified(), 1),
        AT_A_COMMIT_PERCENT..AT_A_CHANGE_BELOW => (scene.administered.notified(), CHANGE_NS_MAX),
        _ => (scene.requested.notified(), REQUEST_NS_MAX),
    };
    if clock::timeout(PATIENCE_FOR_REQUEST, next).await.is_ok() {
        let nanoseconds = scene.dice.borrow_mut().within(0..longest);
        clock::sleep(Duration::from_nanos(nanoseconds)).await;
    }
}

/// Whether the node has ended.
async fn end(scene: &Scene) -> bool {
    let breaks = scene.dice.borrow_mut().percent(scene.options.broken_disks_percent);
    let broken = if breaks { Some(break_disk(scene).await) } else { None };
    let roll = scene.dice.borrow_mut().within(0..100);
    let kills = scene.options.kills_percent;
    // Only without power is it lost what a failed sync was about.
    let shows_lost_syncs = broken == Some(Failing::Syncs) && roll < AFTER_FAILED_SYNCS_PERCENT;
    if shows_lost_syncs {
        scene.count(|counts| counts.power_cuts += 1);
        scene.command(Command::CutPower);
    } else if roll < kills {
        scene.count(|counts| counts.kills += 1);
        scene.command(Command::Kill);
    } else if roll < kills + scene.options.power_cuts_percent {
        scene.count(|counts| counts.power_cuts += 1);
        scene.command(Command::CutPower);
    } else {
        scene.count(|counts| counts.clean_stops += 1);
        scene.command(Command::Stop);
        if scene.dice.borrow_mut().percent(HASTE_PERCENT) {
            // Killed in the midst of its stop, perhaps.
            scene.pause(200).await;
            scene.command(Command::Kill);
        }
    }
    ended(scene).await
}

/// The disk fails for a while. A log directory that it has failed is back after the next start.
async fn break_disk(scene: &Scene) -> Failing {
    let (failing, one_in) = {
        let mut dice = scene.dice.borrow_mut();
        match dice.percent(SYNCS_ALONE_PERCENT) {
            true => (Failing::Syncs, dice.within(1..FAILED_SYNCS_ONE_IN_MAX)),
            false => (Failing::ReadsWritesAndSyncs, dice.skewed(1..ERRORS_ONE_IN_MAX)),
        }
    };
    scene.command(Command::BreakDisk(Errors { failing, one_in }));
    scene.pause(BROKEN_MS_MAX).await;
    scene.command(Command::MendDisk);
    failing
}

/// Told to stop, and started.
pub(super) async fn again(scene: &Rc<Scene>) {
    scene.command(Command::Stop);
    if ended(scene).await {
        start(scene).await;
    }
}

/// Waits until the node has ended.
pub(super) async fn ended(scene: &Scene) -> bool {
    let deadline = clock::now() + PATIENCE;
    while scene.node.get().is_some() {
        if clock::now() >= deadline {
            scene.violated(format!("the node does not stop within {} s", PATIENCE.as_secs()));
            return false;
        }
        clock::sleep(LOOK_PAUSE).await;
    }
    true
}

async fn start(scene: &Rc<Scene>) {
    start_process(scene);
    if !(scene.is_safety() && scene.dice.borrow_mut().percent(HASTE_PERCENT)) {
        listens(scene).await;
    } else {
        // Long enough for the command to be carried out.
        clock::sleep(LOOK_PAUSE).await;
    }
}

fn start_process(scene: &Scene) {
    let shards = match scene.options.shards_vary {
        true => scene.dice.borrow_mut().within(1..4) as usize,
        false => scene.options.shards,
    };
    scene.command(Command::Start { shards });
}

/// Whether the node answers: connections are taken before it is ready.
async fn answers(scene: &Rc<Scene>) -> bool {
    let Ok(connection) = Connection::try_open(scene).await else { return false };
    connection.call(&api_versions::Request::default()).await.is_ok()
}

/// Waits until the node answers; starts it again if a full disk did not let it start.
pub(super) async fn listens(scene: &Rc<Scene>) {
    let deadline = clock::now() + PATIENCE;
    while !answers(scene).await {
        if clock::now() >= deadline {
            scene.violated(format!("the node does not start within {} s", PATIENCE.as_secs()));
            return;
        }
        clock::sleep(LOOK_PAUSE).await;
        if scene.node.get().is_none() {
            clock::sleep(AGAIN_AFTER).await;
            start_process(scene);
            clock::sleep(LOOK_PAUSE).await;
        }
    }
    scene.command(Command::Audit);
}
