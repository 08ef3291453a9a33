//! The log of a broker: as JSON, and with levels that change while it runs.

use serde_json::Value;

use crate::session::Session;

const FIELDS: [&str; 7] = ["time", "level", "node", "thread", "target", "message", "fields"];

#[test]
fn every_line_is_json_from_the_start_to_the_stop() {
    let mut session = Session::start_with_all(&[
        "ringlog.log.format=json",
        "ringlog.log.level=debug",
        // A key that is not known is told of in the log, too.
        "no.such.key=1",
    ]);
    session.run("topic create logs").succeeded();
    session.broker.stop().unwrap();
    let log = session.broker.log_of_last_start();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    for line in &lines {
        let object = line.as_object().expect("an object");
        assert!(FIELDS.iter().all(|field| object.contains_key(*field)), "{line}");
        assert_eq!(object.len(), FIELDS.len(), "{line}");
        assert_eq!(line["node"], 1);
    }
    let says = |words: &str| lines.iter().any(|it| it["message"].as_str().unwrap().contains(words));
    for words in ["no.such.key", "is ready after", "stopping", "stopped"] {
        assert!(says(words), "{words}: {log}");
    }
}

#[test]
fn levels_of_modules_change_while_the_broker_runs() {
    let session = Session::start_with("ringlog.log.level=warn");
    let level = |name: &str| {
        let described = session.run("config describe loggers 1 --all --json").json();
        let found = described.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
        found["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(level("ringlog::controller"), "WARN");
    session.run("config alter loggers 1 --add ringlog::controller=debug").succeeded();
    let levels = ["ringlog::controller", "ringlog::listeners", "root"].map(level);
    assert_eq!(levels, ["DEBUG", "WARN", "WARN"]);
    session.run("config alter loggers 1 --delete ringlog::controller").succeeded();
    assert_eq!(level("ringlog::controller"), "WARN");
    let told = session.run("config alter loggers 1 --add no::such=debug").failed(1);
    assert!(told.contains("no::such"), "{told}");
}
