//! No signal that can be caught ends a broker in disorder.

use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::session::Session;

fn pid(session: &Session) -> Pid {
    Pid::from_raw(session.broker.pid().expect("it runs") as i32)
}

/// Waits for the end, and starts again: the line that the banner has of the data directory.
fn how_it_was_left(mut session: Session) -> String {
    let ended = std::iter::repeat_with(|| session.broker.ended());
    let wait = |_: &Option<_>| std::thread::sleep(std::time::Duration::from_millis(20));
    let status = ended.inspect(wait).take(1500).flatten().next().expect("it stops");
    assert!(status.success(), "{status}");
    session.broker.kill().expect("it is reaped");
    session.broker.restart().expect("it starts again");
    let log = session.broker.log_of_last_start();
    log.lines().find(|line| line.starts_with("  data ")).expect("a banner").to_owned()
}

#[test]
fn the_signals_that_stop_kafka_stop_in_order() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let session = Session::start();
        session.run("topic create logs").succeeded();
        session.feed("produce logs", b"one\n").succeeded();
        kill(pid(&session), signal).expect("it is sent");
        let left = how_it_was_left(session);
        assert!(left.contains("stopped cleanly"), "{signal}: {left}");
    }
}

#[test]
fn all_other_signals_are_passed_over() {
    let session = Session::start();
    let others = [
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGQUIT,
        Signal::SIGPIPE,
        Signal::SIGALRM,
        Signal::SIGVTALRM,
        Signal::SIGPROF,
        Signal::SIGIO,
        Signal::SIGPWR,
        Signal::SIGSTKFLT,
        Signal::SIGXCPU,
        Signal::SIGXFSZ,
        Signal::SIGWINCH,
    ];
    for signal in others {
        kill(pid(&session), signal).expect("it is sent");
    }
    // Nix has no name for it.
    let code = libc::SIGRTMIN() + 3;
    let sent = std::process::Command::new("kill")
        .args([format!("-{code}"), pid(&session).to_string()])
        .status();
    assert!(sent.expect("it runs").success());
    session.run("topic create logs").succeeded();
    let log = session.broker.log_of_last_start();
    assert!(log.contains("SIGUSR1") && log.contains("passed over"), "{log}");
}
