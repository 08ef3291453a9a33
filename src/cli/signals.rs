//! Ctrl-C and SIGTERM for commands that have something to put in order before they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::{SigSet, Signal};

use super::failure::Failure;

/// The shell's number for a process that ended by SIGINT.
const INTERRUPTED: i32 = 130;

/// Whether the operator asked the command to end.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    /// The command looks whether it is asked to end.
    looks: AtomicBool,
    is_asked: AtomicBool,
}

impl Stop {
    /// From here on a signal ends the process; once the command looks, the first is an orderly
    /// request. To be called before other threads are started: they inherit it.
    pub(super) fn on_signals() -> Result<Self, Failure> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.add(Signal::SIGTERM);
        let failed = |cause: String| Failure::failed(format!("cannot wait for signals: {cause}"));
        signals.thread_block().map_err(|cause| failed(cause.to_string()))?;
        let stop = Self::default();
        let asked = stop.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                if signals.wait().is_ok() && asked.0.looks.load(Ordering::Relaxed) {
                    asked.0.is_asked.store(true, Ordering::Relaxed);
                } else {
                    std::process::exit(INTERRUPTED);
                }
                if signals.wait().is_ok() {
                    std::process::exit(INTERRUPTED);
                }
            })
            .map_err(|cause| failed(cause.to_string()))?;
        Ok(stop)
    }

    /// From now on the command asks `is_asked`, within moments.
    pub(super) fn look(&self) {
        self.0.looks.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.is_asked.load(Ordering::Relaxed)
    }
}
