//! What signals do to a node: no signal that can be caught ends it in disorder.
//!
//! Lives on: a thread of its own, which waits for all of them; the cores never see one.
//! Promise: SIGTERM, SIGINT and SIGHUP stop the node in order, as they stop Kafka; a node that was
//! started to ignore SIGHUP (`nohup`) ignores it. Every other signal is named in the log and does
//! nothing; a real-time signal does nothing. Signals that report a fault of the process, and those
//! that pause it, keep their meaning.

use std::io;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use shards::io::inbox::Sender;

use super::{Stop, service};

/// They end the process for a fault of its own, or pause it.
const LEFT_ALONE: [Signal; 11] = [
    Signal::SIGABRT,
    Signal::SIGBUS,
    Signal::SIGFPE,
    Signal::SIGILL,
    Signal::SIGSEGV,
    Signal::SIGSYS,
    Signal::SIGTRAP,
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
    Signal::SIGCONT,
];

/// Blocks the signals in this thread and all that it starts later, and has them waited for.
pub(super) fn forward(stops: Sender<Stop>) -> io::Result<()> {
    let mut signals = SigSet::all();
    for signal in LEFT_ALONE {
        signals.remove(signal);
    }
    signals.thread_block().map_err(io::Error::from)?;
    // Real-time signals have no names here: they are blocked, and nobody waits for them.
    let named: SigSet = Signal::iterator().filter(|signal| signals.contains(*signal)).collect();
    let wait = move || wait(named, &stops);
    std::thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}

fn wait(signals: SigSet, stops: &Sender<Stop>) {
    loop {
        match signals.wait() {
            Ok(signal @ (Signal::SIGTERM | Signal::SIGINT | Signal::SIGHUP)) => {
                tracing::info!(%signal, "stopping");
                service::stopping();
                if stops.send(Stop).is_err() {
                    return;
                }
            }
            // The end of a child, or a terminal of another size: nobody means the node.
            Ok(Signal::SIGCHLD | Signal::SIGWINCH | Signal::SIGURG) => {}
            Ok(signal) => tracing::info!(
                %signal, "passed over; SIGTERM, SIGINT and SIGHUP stop the broker in order"
            ),
            Err(Errno::EINTR) => {}
            Err(error) => {
                tracing::error!(%error, "signals are not waited for any more");
                return;
            }
        }
    }
}
