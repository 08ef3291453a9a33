//! group, and consume as a member.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::session::Session;

/// A member that ends when nothing came for a while.
fn member(session: &Session) -> Child {
    let words = "consume logs --group workers --from beginning --timeout 5 -q";
    let mut command = session.command(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it runs")
}

fn lag(described: &Value) -> i64 {
    let offsets = described[0]["offsets"].as_array().expect("offsets");
    offsets.iter().map(|offset| offset["lag"].as_i64().unwrap_or(0)).sum()
}

#[test]
fn members_share_a_topic_and_leave_nothing_behind() {
    let session = Session::start();
    session.run("topic create logs -p 4").succeeded();
    let lines: Vec<String> = (0..20_000).map(|number| format!("{number:05}")).collect();
    let members = [member(&session), member(&session), member(&session)];
    session.feed("produce logs -q --batch-bytes 5000", lines.join("\n").as_bytes()).succeeded();
    let mut read = Vec::new();
    for member in members {
        let output = member.wait_with_output().expect("it ends");
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
            (Some(0), "")
        );
        let text = String::from_utf8(output.stdout).expect("text");
        read.extend(text.lines().map(str::to_owned));
    }
    read.sort_unstable();
    assert_eq!(read, lines);
    let described = session.run("group describe workers --json").json();
    assert_eq!((&described[0]["state"], lag(&described)), (&json!("Empty"), 0));
}

/// A member that does not answer holds the others up, and they say so.
#[test]
fn a_member_says_that_it_waits_for_the_others() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    session.feed("produce logs -q", b"one\n").succeeded();
    let start = || {
        let words = "consume logs --group workers --from beginning --timeout 120";
        let mut command = session.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it runs")
    };
    let mut first = start();
    let mut line = String::new();
    let records = first.stdout.take().expect("its records");
    BufReader::new(records).read_line(&mut line).expect("a record");
    assert_eq!(line, "one\n");
    let id = Pid::from_raw(first.id() as i32);
    kill(id, Signal::SIGSTOP).expect("it runs");
    let mut second = start();
    let told = second.stderr.take().expect("what it says");
    let waits = BufReader::new(told)
        .lines()
        .map_while(Result::ok)
        .find(|line| line.contains("waiting for the group to rebalance"));
    for mut member in [first, second] {
        member.kill().expect("it runs");
        member.wait().expect("it ends");
    }
    let waits = waits.expect("it says what it waits for");
    assert!(waits.contains("its other members have to answer first"), "{waits}");
}

#[test]
fn offsets_are_shown_reset_and_deleted() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    session.feed("produce logs -q", b"1\n2\n3\n4\n5\n").succeeded();
    let read = session.run("consume logs --group workers --from beginning -n 2 -q").succeeded();
    assert_eq!(read, "1\n2\n");
    let listed = session.run("group list --json").json();
    assert_eq!((&listed[0]["group"], &listed[0]["state"]), (&json!("workers"), &json!("Empty")));
    assert_eq!(lag(&session.run("group describe workers --json").json()), 3);
    let reset = |arguments: &str| {
        let words = format!("group reset workers --topic logs --json {arguments}");
        session.run(&words).json()["offsets"][0]["offset"].clone()
    };
    for (arguments, offset) in [
        ("--to-earliest", 0),
        ("--to-latest", 5),
        ("--to-current", 2),
        ("--to-offset 4", 4),
        ("--to-offset 99", 5),
        ("--shift-by -1", 1),
        ("--to-datetime 2000-01-01", 0),
        ("--to-datetime 2999-01-01", 5),
    ] {
        assert_eq!(reset(arguments), json!(offset), "{arguments}");
    }
    assert_eq!(lag(&session.run("group describe workers --json").json()), 3, "only shown");
    assert_eq!(reset("--to-offset 4 --execute"), json!(4));
    let rest = session.run("consume logs --group workers --exit-at-end -q").succeeded();
    assert_eq!(rest, "5\n");
    session.run("group delete-offsets workers --topic logs:0").succeeded();
    session.run("group delete workers").succeeded();
    let missing = session.run("group describe workers").failed(1);
    assert!(missing.contains("`ringlog group list` shows the groups"), "{missing}");
}

#[test]
fn a_group_at_work_is_not_reset() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    session.feed("produce logs -q", b"1\n").succeeded();
    let member = member(&session);
    // The member is there once it has read.
    let refused = loop {
        let outcome = session.run("group reset workers --topic logs --to-earliest --execute");
        if outcome.code != 0 {
            break outcome.failed(1);
        }
    };
    assert!(refused.contains("stop them first"), "{refused}");
    let output = member.wait_with_output().expect("it ends");
    assert_eq!(output.stdout, b"1\n");
}
