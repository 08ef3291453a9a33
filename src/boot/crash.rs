//! The report of an assertion that failed, and the end of the process after it.
//!
//! Lives on: the thread that panicked. A node whose state is not what it must be gives out no more
//! data: the process ends at once, and what it acknowledged is in the journals.
//! Promise: the report is written before anything is touched that might be at fault itself; what
//! follows the word `state` may be missing where asking for it fails too.
//! Read next: shards/src/flight.rs.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::panic::{self, PanicHookInfo};
use std::process;
use std::rc::{Rc, Weak};
use std::thread;

use shards::flight;

use crate::broker::Core;
use crate::observe::{self, logging};

thread_local! {
    /// Whose core this thread is.
    static BROKER: RefCell<Weak<Core>> = const { RefCell::new(Weak::new()) };
}

/// From here on a panic on any thread is reported and ends the process.
pub(super) fn install() {
    panic::set_hook(Box::new(|panic| {
        let text = report(panic, &Backtrace::force_capture());
        logging::last_words(&text);
        if let Some(state) = state() {
            logging::last_words(&state);
        }
        process::abort();
    }));
}

/// Has reports from this thread tell of its core.
pub(super) fn reports_for(broker: &Rc<Core>) {
    BROKER.with(|of_thread| *of_thread.borrow_mut() = Rc::downgrade(broker));
}

fn report(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let thread = thread::current();
    let mut text = format!(
        "ringlog {} ends: an assertion failed, and no data is given out in a state that must not \
         be.\nWhat was acknowledged is in the journals; start again to recover it. Please report \
         all of this.\nthread: {}\n{panic}\n",
        env!("CARGO_PKG_VERSION"),
        thread.name().unwrap_or("unnamed"),
    );
    let (turn, events) = flight::last();
    // Writing to a string does not fail.
    let _ = writeln!(text, "last operations of this core, which is in turn {turn}:");
    for event in events {
        let _ = writeln!(text, "  turn {}: {} {}", event.turn, event.what, event.figure);
    }
    let _ = writeln!(text, "backtrace:\n{backtrace}");
    text
}

fn state() -> Option<String> {
    let broker = BROKER.with(|of_thread| of_thread.try_borrow().ok()?.upgrade())?;
    Some(format!("state:\n{}\n", observe::state(&broker)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::path::PathBuf;
    use std::process::Command;

    use shards::io::executor::{self, RingConfig};

    use crate::broker::testing;

    /// Names the child's log directory, which it can not remove itself.
    const FOLDER: &str = "RINGLOG_TEST_FOLDER";

    #[test]
    #[ignore = "ends its process: the other test runs it"]
    fn fails_an_assertion() {
        super::install();
        let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
        let ran = executor::run(RingConfig::default(), async {
            let broker = testing::alone(&folder).await;
            super::reports_for(&broker);
            shards::clock::sleep(std::time::Duration::from_millis(1)).await;
            shards::flight::note("the last thing", 77);
            assert_eq!(1 + 1, 3, "numbers are as they were");
        });
        unreachable!("{ran:?}");
    }

    #[test]
    fn a_failed_assertion_ends_the_process_with_a_report() {
        let itself = std::env::current_exe().unwrap();
        let child = "boot::crash::tests::fails_an_assertion";
        let arguments = ["--ignored", "--exact", "--nocapture", child];
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(itself);
        let ended = command.args(arguments).env(FOLDER, folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.signal(), Some(nix::libc::SIGABRT), "{told}");
        let state = "state:\n  core 0: 0 partitions, 0 connections";
        for part in
            ["numbers are as they were", "crash.rs:", "the last thing 77", "backtrace:", state]
        {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
    }
}
