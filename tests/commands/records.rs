//! produce and consume.

use std::io::{Read, Write};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::session::Session;

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("key-{}:line {number}", number % 17)).collect()
}

#[test]
fn every_codec_carries_keys_and_values() {
    let session = Session::start();
    let mut lines = numbered(5000);
    let input = lines.join("\n");
    lines.sort_unstable();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        session.run(&format!("topic create {codec} -p 3")).succeeded();
        let words = format!("produce {codec} -z {codec} --key-separator : --batch-bytes 8000");
        let sent = session.feed(&words, input.as_bytes());
        assert!(sent.stderr.starts_with("sent 5,000 records"), "{}", sent.stderr);
        assert_eq!(sent.succeeded(), "");
        assert_eq!(session.lines_of(codec, "--with key --separator :"), lines, "{codec}");
    }
}

#[test]
fn acknowledgements_of_all_kinds() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    for acks in ["0", "1", "all", "all --idempotence false"] {
        session.feed(&format!("produce logs --acks {acks} -q"), b"x\n").succeeded();
    }
    // Of what nobody acknowledged, nobody knows whether it is there yet.
    assert!((3..=4).contains(&session.lines_of("logs", "").len()));
    session.feed("produce logs --acks 1 --idempotence true", b"x\n").failed(2);
}

#[test]
fn json_carries_all_of_a_record() {
    let session = Session::start();
    session.run("topic create a").succeeded();
    session.run("topic create b").succeeded();
    let record = json!({
        "key_base64": "/w==", "value": "ä\n\u{0}", "timestamp": 1_577_836_800_000_i64,
        "headers": [{"key": "h", "value": "1"}, {"key": "h", "value": null}],
    });
    let deleted = json!({"key": "k", "value": null});
    let input = format!("{record}\n{deleted}\n");
    session.feed("produce a --json --header all=yes", input.as_bytes()).succeeded();
    let lines = session.run("consume a --from beginning --exit-at-end --json").succeeded();
    let read: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read[0]["key_base64"], record["key_base64"]);
    assert_eq!(
        (&read[0]["value"], &read[0]["timestamp"]),
        (&record["value"], &record["timestamp"])
    );
    assert_eq!(read[0]["headers"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&read[1]["value"], &read[1]["offset"], &read[1]["partition"]),
        (&Value::Null, &json!(1), &json!(0))
    );
    session.feed("produce b --json", lines.as_bytes()).succeeded();
    let again = session.run("consume b --from beginning --exit-at-end --json").succeeded();
    assert_eq!(again.replace("\"b\"", "\"a\""), lines);
}

#[test]
fn reading_begins_and_ends_where_it_is_told() {
    let session = Session::start();
    session.run("topic create logs -p 2").succeeded();
    for (second, partition) in [(1, 0), (2, 0), (3, 0), (4, 1)] {
        let time = format!("2024-05-01T12:00:0{second}Z");
        let words = format!("produce logs -p {partition} --timestamp {time} -q");
        session.feed(&words, format!("{second}\n").as_bytes()).succeeded();
    }
    let read = |arguments: &str| {
        let words = format!("consume logs -q --exit-at-end {arguments}");
        session.run(&words).succeeded().lines().collect::<Vec<_>>().concat()
    };
    assert_eq!(read("-p 0 --from beginning"), "123");
    assert_eq!(read("-p 0 --from 1"), "23");
    assert_eq!(read("-p 0 --from -1"), "3");
    assert_eq!(read("-p 0 --from 2024-05-01T12:00:02Z"), "23");
    assert_eq!(read("-p 0 --from beginning -n 2"), "12");
    assert_eq!(read("--from 2024-05-01T12:00:04Z"), "4");
    assert_eq!(read("--from end"), "");
    assert_eq!(
        read("-p 1 --from -5 --with partition,offset,time --separator |"),
        "1|0|2024-05-01T12:00:04.000Z|4"
    );
    for arguments in ["-q", "--exit-at-end", "-p 1 --exit-at-end"] {
        let outside = session.run(&format!("consume logs -p 0 --from 99 {arguments}")).failed(1);
        assert!(outside.contains("--from beginning reads from the first"), "{outside}");
        assert!(outside.contains("logs-0 has no offset 99: it begins at 0 and ends at 3"));
    }
    let missing = session.run("consume logs -p 7").failed(1);
    assert!(missing.contains("it has partitions 0 to 1"), "{missing}");
    session.run("consume logs --timeout 0.1 -q").succeeded();
}

#[test]
fn a_mistake_in_the_input_is_named_and_what_came_before_is_sent() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    let error = session.feed("produce logs --key-separator : -q", b"a:1\nb:2\nc\n").failed(1);
    assert!(error.contains("stdin, line 3: no key"), "{error}");
    assert_eq!(session.lines_of("logs", "").len(), 2);
    let error = session.feed("produce logs --json -q", b"{\"valu\":1}\n").failed(1);
    assert!(error.contains("stdin, line 1: unknown field `valu`"), "{error}");
    let error = session.feed("produce logs --json", b"[1]\n").failed(1);
    assert_eq!(error, "error: stdin, line 1: this is no JSON object: write {\"value\":\"...\"}\n");
    let error = session.run("produce logs /nonexistent").failed(1);
    assert!(error.contains("/nonexistent: No such file"), "{error}");
}

#[test]
fn what_was_typed_before_an_interrupt_is_sent() {
    let session = Session::start();
    let mut command = session.command("produce logs");
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"one\ntwo\n").expect("it reads");
    // The topic was not there before: once it has records, the command is at work.
    while session.run("topic list").succeeded().lines().count() < 2
        || session.lines_of("logs", "").len() < 2
    {}
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.starts_with("topic logs was not there: the broker has made it\n"), "{told}");
    assert!(told.contains("\nsent 2 records in 1 batch,"), "{told}");
    assert!(told.ends_with("error: interrupted: the lines read until now are sent, no others\n"));
    assert_eq!(session.lines_of("logs", ""), ["one", "two"]);
}

#[test]
fn a_closed_pipe_ends_reading_quietly() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    let input = numbered(50_000).join("\n");
    session.feed("produce logs -q", input.as_bytes()).succeeded();
    let mut command = session.command("consume logs --from beginning");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut some = [0; 10];
    child.stdout.take().expect("piped").read_exact(&mut some).expect("records come");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
