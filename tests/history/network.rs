//! A network of this process and its children alone, which can be cut.
//!
//! Threads and processes started afterwards live in it; packets on their way while it is cut are
//! lost, connections are not told. Needs root.

use std::io;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};

/// Moves the calling thread, and what it starts from now on, into a network of their own.
pub(crate) fn enter() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)
        .map_err(|error| io::Error::other(format!("{error}: a network namespace needs root")))?;
    mend()
}

pub(crate) fn cut() -> io::Result<()> {
    set_loopback("down")
}

pub(crate) fn mend() -> io::Result<()> {
    set_loopback("up")
}

fn set_loopback(state: &str) -> io::Result<()> {
    let status = Command::new("ip").args(["link", "set", "lo", state]).status()?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("ip link set lo {state}: {status}"))),
    }
}
