//! What operators write, and what is understood by it.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::session::{Outcome, Session, run_bare};

#[test]
fn a_line_that_is_too_long_is_named_and_ends_the_command_or_is_left_out() {
    let session = Session::start();
    session.run("topic create logs --config max.message.bytes=1000").succeeded();
    let input = format!("one\ntwo\n{}\nfour\n", "x".repeat(5000));
    let stopped = session.feed("produce logs", input.as_bytes()).failed(1);
    assert!(stopped.contains("error: stdin, line 3: the record has 50"), "{stopped}");
    assert!(stopped.contains("the topic takes 1000 (max.message.bytes)"), "{stopped}");
    assert_eq!(session.lines_of("logs", ""), ["one", "two"]);
    let skipped = session.feed("produce logs --too-large skip", input.as_bytes());
    assert!(skipped.stderr.contains("stdin, line 3: left out: "), "{}", skipped.stderr);
    skipped.succeeded();
    assert_eq!(session.lines_of("logs", ""), ["four", "one", "one", "two", "two"]);
    // Compressed, it fits.
    session.feed("produce logs -q -z zstd", input.as_bytes()).succeeded();
}

#[test]
fn places_separators_and_records_to_delete() {
    let session = Session::start();
    assert_eq!(
        session.run("topic create logs").succeeded(),
        "created topic logs with 1 partition\n"
    );
    session.feed("produce logs -q --separator \\t", b"k\tv\nl\tw\n").succeeded();
    let read = |words: &str| session.run(&format!("consume logs -e -q {words}")).succeeded();
    assert_eq!(read("--from-beginning --with key --separator \\x7c"), "k|v\nl|w\n");
    assert_eq!(read("--from -5m"), "v\nw\n");
    let refused = session.run("consume logs --separator \\q").failed(2);
    assert!(refused.contains("stands for nothing"), "{refused}");
    let deleted = session.run("topic delete-records logs --before 1").succeeded();
    assert_eq!(deleted, "logs-0 begins at offset 1 now\n");
    assert_eq!(read("--from-beginning"), "w\n");
    session.run("topic delete-records logs --all").succeeded();
    assert_eq!(read("--from-beginning"), "");
    session.run("topic delete-records logs").failed(2);
    session.run("topic delete-records logs --before 99").failed(1);
}

#[test]
fn the_cluster_its_groups_and_where_the_broker_is_named() {
    let session = Session::start();
    let server = session.broker.address().to_string();
    let shown = run_bare(&format!("-s {server} cluster")).succeeded();
    assert!(shown.contains(", 1 broker, controller 1\n") && shown.contains(&server), "{shown}");
    let cluster = run_bare(&format!("--bootstrap-server={server} cluster --json")).json();
    assert_eq!(cluster["brokers"][0]["id"], 1);
    assert_eq!(cluster["quorum"]["voters"], serde_json::json!([1]));
    session.run("topic create logs").succeeded();
    for group in ["a", "b"] {
        session.run(&format!("consume logs --group {group} -e -q --from-beginning")).succeeded();
    }
    let all = session.run("group describe --all").succeeded();
    assert!(
        all.contains("group a, classic, Empty, 0 members") && all.contains("group b, "),
        "{all}"
    );
    session.run("group describe").failed(2);
    session.run("group describe a --all").failed(2);
}

#[test]
fn what_is_no_port_of_a_broker_is_called_what_it_is() {
    let session = Session::start();
    let log = session.broker.log_of_last_start();
    let line = log.lines().find(|line| line.contains("CONTROLLER on ")).expect("a banner");
    let controller = line.rsplit(' ').next().expect("an address");
    let refused = run_bare(&format!("topic list -s {controller}")).failed(1);
    assert!(refused.contains("is a controller's listener, which serves no clients"), "{refused}");
    let refused = run_bare("topic list -s 127.0.0.1:80000").failed(2);
    assert!(refused.contains("there is no port 80000; ports go from 1 to 65535"), "{refused}");
    run_bare("topic list -s a:b").failed(2);
    let help = run_bare("help topic create").succeeded();
    assert!(help.starts_with("Create a topic\n"), "{help}");
    for shell in ["bash", "zsh", "fish"] {
        let script = run_bare(&format!("completions {shell}")).succeeded();
        assert!(script.contains("delete-records"), "{shell}");
    }
}

/// A broker that does not answer: stopped by a signal, so that its connections stay.
struct Mute(Pid);

impl Mute {
    fn of(session: &Session) -> Mute {
        let pid = Pid::from_raw(session.broker.pid().expect("it runs") as i32);
        kill(pid, Signal::SIGSTOP).expect("it runs");
        Mute(pid)
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        let _gone = kill(self.0, Signal::SIGCONT);
    }
}

#[test]
fn nothing_takes_longer_than_the_time_of_a_request() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    let _mute = Mute::of(&session);
    for words in ["topic list", "topic describe logs", "cluster", "produce logs", "group list"] {
        let began = Instant::now();
        let failed = session.feed(&format!("{words} --request-timeout 1"), b"one\n").failed(1);
        assert!(began.elapsed() < Duration::from_secs(4), "{words}: {:?}", began.elapsed());
        assert!(failed.contains("did not answer"), "{failed}");
    }
}

#[test]
fn the_first_interrupt_ends_produce_and_says_what_is_not_sent() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    let mut command = session.command("produce logs");
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"one\n").expect("it reads");
    while session.lines_of("logs", "").is_empty() {}
    let mute = Mute::of(&session);
    stdin.write_all(b"two\nthree\n").expect("it reads");
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).expect("it runs");
    let outcome = Outcome::of(child.wait_with_output().expect("it ends"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(outcome.code, 130, "{}", outcome.stderr);
    let told = "error: interrupted: 2 records read and not acknowledged";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    drop(mute);
}
