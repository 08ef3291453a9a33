//! topic and config.

use serde_json::json;

use crate::session::Session;

#[test]
fn a_topic_from_creation_to_deletion() {
    let session = Session::start();
    let created = session.run("topic create logs -p 3 -c retention.ms=86400000").succeeded();
    assert_eq!(created, "created topic logs with 3 partitions\n");
    let again = session.run("topic create logs").failed(1);
    assert!(again.contains("TOPIC_ALREADY_EXISTS"), "{again}");
    session.run("topic create logs --if-not-exists").succeeded();
    session.run("topic create other --dry-run").succeeded();
    let listed = session.run("topic list --json").json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!((&listed[0]["name"], &listed[0]["partitions"]), (&json!("logs"), &json!(3)));
    session.run("topic alter logs -p 5 --add segment.bytes=1048576").succeeded();
    session.run("topic alter logs --delete retention.ms").succeeded();
    let described = session.run("topic describe logs --json").json();
    assert_eq!(described[0]["configs"]["segment.bytes"], json!("1048576"));
    assert_eq!(described[0]["configs"].get("retention.ms"), None);
    assert_eq!(described[0]["partitions"].as_array().map(Vec::len), Some(5));
    assert_eq!(described[0]["partitions"][4]["end_offset"], json!(0));
    assert!(session.run("topic describe").succeeded().starts_with("topic logs, id "));
    let fewer = session.run("topic alter logs -p 2").failed(1);
    assert!(fewer.contains("INVALID_PARTITIONS"), "{fewer}");
    session.run("topic delete logs").succeeded();
    let missing = session.run("topic delete logs").failed(1);
    assert!(missing.contains("`ringlog topic list` shows the topics"), "{missing}");
    session.run("topic delete logs --if-exists").succeeded();
    assert_eq!(session.run("topic list --json").json(), json!([]));
}

#[test]
fn settings_of_topics_and_brokers() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    session.run("config alter topic logs --add cleanup.policy=compact").succeeded();
    let described = session.run("config describe topic logs --json").json();
    let find = |name: &str| described.as_array()?.iter().find(|it| it["name"] == name);
    let policy = find("cleanup.policy").expect("it is set");
    assert_eq!((&policy["value"], &policy["source"]), (&json!("compact"), &json!("topic")));
    assert!(find("retention.ms").is_none());
    let all = session.run("config describe topic logs --all").succeeded();
    assert!(all.contains("retention.ms") && all.lines().count() > 20, "{all}");
    session.run("config alter broker --add log.cleaner.threads=2").succeeded();
    let everywhere = session.run("config describe broker").succeeded();
    assert!(everywhere.contains("log.cleaner.threads"), "{everywhere}");
    session.run("config alter broker --delete log.cleaner.threads").succeeded();
    assert!(!session.run("config describe broker").succeeded().contains("log.cleaner.threads"));
    let unknown = session.run("config alter topic logs --add nonsense=1").failed(1);
    assert!(unknown.contains("nonsense"), "{unknown}");
    session.run("config alter topic logs").failed(2);
    session.run("config describe topic").failed(2);
    session.run("config describe broker first").failed(2);
    for words in ["describe broker 99", "alter broker 99 --add log.retention.ms=1"] {
        let missing = session.run(&format!("config {words}")).failed(1);
        assert!(missing.contains("there is no broker 99"), "{missing}");
        assert!(missing.contains(&session.broker.address().to_string()), "{missing}");
    }
    let unknown = session.run("config alter broker --add node.id=5").failed(1);
    assert!(unknown.starts_with("error: all brokers: "), "{unknown}");
}

/// Would take most of a day each if these were waited for as for a leader.
#[test]
fn a_topic_that_is_not_there_is_told_of_soon() {
    let session = Session::start();
    for words in [
        "topic describe logs",
        "topic alter logs --partitions 3",
        "config describe topic logs",
        "config alter topic logs --add retention.ms=1",
        "consume logs",
        "group reset workers --topic logs --to-latest",
    ] {
        let unknown = session.run(&format!("{words} --request-timeout 80000")).failed(1);
        assert!(unknown.contains("`ringlog topic list` shows the topics"), "{words}: {unknown}");
    }
    let none = session.run("group reset workers --all-topics --to-latest").failed(1);
    assert!(none.contains("has stored no offsets"), "{none}");
}
