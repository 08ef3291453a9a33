//! What befalls a node that runs on: connections are cut, it stands still, its wall clock jumps.
//!
//! Model: nothing that was promised is lost, and all goes on afterwards.

use std::rc::Rc;
use std::time::Duration;

use shards::clock;

use crate::simulation::scene::{Command, Scene};

/// Shorter than the patience of clients.
const PAUSE_MS_MAX: u64 = 20_000;
/// Far less than anything is kept for, so that nothing may expire.
const JUMP_SECONDS_MAX: u64 = 600;
const JUMPS_MAX: u64 = 20;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    let Some(between_ms) = scene.options.troubles_ms_max else { return };
    while scene.is_safety() {
        scene.pause(between_ms).await;
        if !scene.is_safety() {
            break;
        }
        let roll = scene.dice.borrow_mut().within(0..100);
        if roll < 50 {
            scene.command(Command::CutConnections);
        } else if roll < 75 {
            pause(&scene).await;
        } else if scene.counts.borrow().clock_jumps < JUMPS_MAX {
            let jump = scene.dice.borrow_mut().within(0..2 * JUMP_SECONDS_MAX);
            let seconds = jump as i64 - JUMP_SECONDS_MAX as i64;
            scene.command(Command::JumpClock { seconds });
        }
    }
}

async fn pause(scene: &Scene) {
    scene.command(Command::Pause);
    let milliseconds = scene.dice.borrow_mut().skewed(1..PAUSE_MS_MAX);
    clock::sleep(Duration::from_millis(milliseconds)).await;
    scene.command(Command::Resume);
}
