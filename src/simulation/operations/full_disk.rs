//! The disk is full for a while.
//!
//! Model: what storage refuses meanwhile is not there, or may be; what was acknowledged stays, and
//! all is taken again soon after there is room, by a node that was running or is started again.

use std::rc::Rc;

use crate::simulation::scene::{Command, Scene};

/// Shorter than the patience of clients.
const FULL_MS_MAX: u64 = 15_000;
const ROOM_BYTES_MAX: u64 = 4 << 20;

/// Goes on until the faults end; then the disk has room.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    let Some(between_ms) = scene.options.full_disks_ms_max else { return };
    while scene.is_safety() {
        scene.pause(between_ms).await;
        if !scene.is_safety() {
            break;
        }
        let room_bytes = scene.dice.borrow_mut().skewed(0..ROOM_BYTES_MAX);
        scene.command(Command::FillDisk { room_bytes });
        scene.pause(FULL_MS_MAX).await;
        scene.command(Command::FreeDisk);
    }
}
