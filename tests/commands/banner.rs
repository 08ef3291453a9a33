//! What `ringlog serve` says once it is ready.

use support::folder::folder;

use crate::session::{Session, run_bare};

/// A terminal of the usual size, with room for the prompt.
const LINES_MAX: usize = 24;
const COLUMNS_MAX: usize = 100;

/// The line that begins with `Ringlog`, and those indented below it.
fn banner(session: &Session) -> Vec<String> {
    let log = session.broker.log_of_last_start();
    let mut lines = log.lines().skip_while(|line| !line.starts_with("Ringlog ")).map(str::to_owned);
    let first = lines.next().expect("a banner");
    std::iter::once(first).chain(lines.take_while(|line| line.starts_with("  "))).collect()
}

/// What stands behind a name at the beginning of a line, in order.
fn values<'a>(banner: &'a [String], name: &str) -> Vec<&'a str> {
    let named = banner.iter().filter_map(|line| {
        let (found, value) = line.trim_start().split_once(' ')?;
        (found == name).then_some(value.trim_start())
    });
    named.collect()
}

#[test]
fn the_banner_says_on_one_screen_what_runs_where_and_how_to_connect() {
    let folder = folder().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let mut session = Session::start_with_all(&[
        &format!("log.dirs={},{}", first.display(), second.display()),
        "ringlog.shards=2",
        "ringlog.journal.bytes=67108864",
        "ringlog.metrics.listener=127.0.0.1:0",
    ]);
    let shown = banner(&session);
    assert!(shown.len() < LINES_MAX, "{shown:#?}");
    assert!(shown.iter().all(|line| line.chars().count() <= COLUMNS_MAX), "{shown:#?}");
    let version = format!("Ringlog {} is ready after ", env!("CARGO_PKG_VERSION"));
    assert!(shown[0].starts_with(&version) && shown[0].ends_with(" ms"), "{}", shown[0]);
    assert_eq!(values(&shown, "node"), ["1"]);
    assert!(values(&shown, "cores")[0].starts_with("2 "), "{shown:#?}");
    let address = session.broker.address();
    let listeners = values(&shown, "listener");
    assert_eq!(listeners.len(), 2, "{shown:#?}");
    assert_eq!(listeners[0], format!("PLAINTEXT on {address}"));
    assert!(listeners[1].starts_with("CONTROLLER on 127.0.0.1:"), "{shown:#?}");
    let new = [&first, &second].map(|path| format!("{} (new)", path.display()));
    assert_eq!(values(&shown, "data"), new);
    assert_eq!(
        values(&shown, "journal"),
        ["up to 64 MiB per core, synced; nothing to recover"],
        "{shown:#?}"
    );
    assert!(values(&shown, "metrics")[0].starts_with("http://127.0.0.1:"), "{shown:#?}");

    // The command that it shows works as it stands.
    session.run("topic create logs").succeeded();
    let connect = values(&shown, "connect")[0];
    assert!(connect.starts_with(&format!("bootstrap.servers={address}, ")), "{connect}");
    let (_, command) = connect.split_once(", or: ringlog ").expect("a command");
    let listed = run_bare(command).succeeded();
    assert!(listed.contains("logs"), "{listed}");

    assert!(session.broker.stop().unwrap().success());
    session.broker.restart().unwrap();
    let again = banner(&session);
    let clean = [&first, &second].map(|path| format!("{} (stopped cleanly)", path.display()));
    assert_eq!(values(&again, "data"), clean);
    assert_eq!(values(&again, "cluster"), values(&shown, "cluster"));
}

#[test]
fn the_banner_warns_of_a_journal_that_is_not_synced() {
    let session = Session::start_with("ringlog.journal.sync=false");
    let shown = banner(&session);
    assert!(values(&shown, "journal")[0].contains("NOT SYNCED"), "{shown:#?}");
}
