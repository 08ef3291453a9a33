//! Thousands of connections that ask once and then nothing more.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use support::calls;
use support::connection::Connection;
use support::process::resident_mb;

use crate::session::Session;

const CONNECTIONS: u64 = 5000;
/// What makes a limit of descriptors too low for a test that means anything.
const CONNECTIONS_MIN: u64 = 2000;
/// Descriptors of this process, and of a broker, beside the connections.
const KEPT: u64 = 1000;
/// Half as much again as was found: the buffer that each received into goes back to the allocator,
/// which keeps it for the next.
const BYTES_PER_CONNECTION_MAX: f64 = 40.0 * 1024.0;
/// What one wave of connections took is there for the next.
const WAVES: usize = 3;

/// As many as the hard limit of descriptors permits: this process takes all of them, as a broker
/// does, which leaves a quarter to its files.
fn permitted() -> u64 {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("it may be raised so far");
    let permitted = CONNECTIONS.min((hard / 4 * 3).saturating_sub(KEPT));
    assert!(permitted >= CONNECTIONS_MIN, "{hard} descriptors are too few: raise ulimit -Hn");
    permitted
}

#[test]
fn thousands_of_idle_connections_cost_little_memory_and_harm_nobody() {
    let count = permitted();
    let session = Session::start();
    session.run("topic create logs -p 3").succeeded();
    let lines: Vec<String> = (1000..3000).map(|number| format!("line {number}")).collect();
    let input = lines.join("\n");
    session.feed("produce logs -q", input.as_bytes()).succeeded();
    assert_eq!(session.lines_of("logs", ""), lines);
    let pid = session.broker.pid().unwrap();
    let before = resident_mb(pid);

    let connect = |_| session.broker.connect().expect("it is let in");
    let mut idle: Vec<Connection> = Vec::new();
    for wave in 0..WAVES {
        idle.clear();
        idle.extend((0..count).map(connect));
        assert!(idle.iter_mut().all(|connection| calls::brokers(connection).is_ok_and(|n| n == 1)));
        let grown = (resident_mb(pid) - before) * f64::from(1 << 20) / count as f64;
        assert!(grown < BYTES_PER_CONNECTION_MAX, "{grown} bytes for each of {count}, wave {wave}");
    }

    session.feed("produce logs -q", input.as_bytes()).succeeded();
    let mut twice = [lines.clone(), lines].concat();
    twice.sort_unstable();
    assert_eq!(session.lines_of("logs", ""), twice);
    let served = idle.iter_mut().filter_map(|connection| calls::brokers(connection).ok());
    assert_eq!(served.count() as u64, count, "none was closed meanwhile");
}
