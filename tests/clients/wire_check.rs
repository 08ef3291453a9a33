//! While each client writes and reads, a dissector that others wrote watches every answer.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::broker::Broker;

use crate::broker;
use crate::client::Client;
use crate::corpus;
use crate::install;
use crate::reading::{PARTITIONS, carry};

#[test]
#[ignore = "installs clients; ./test runs it"]
fn the_dissector_understands_every_answer() {
    let broker = broker();
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("frames.pcapng");
    let mut tshark = start_capture(&broker, &capture);
    for client in Client::ALL {
        let topic = format!("watched-{client:?}").to_lowercase();
        broker.create_topic(&topic, PARTITIONS).expect("a topic");
        carry(&broker, client, "gzip", client, &topic, corpus::sample());
    }
    kill(Pid::from_raw(tshark.id() as i32), Signal::SIGTERM).expect("it runs");
    tshark.wait().expect("it ends");

    let answers = answers(&broker, &capture, "kafka.response_key");
    assert!(answers.len() > 100, "only {} answers were seen", answers.len());
    let mut malformed = self::answers(&broker, &capture, "kafka.response_key && _ws.malformed");
    let known = not_understood();
    malformed.retain(|answer| !known.contains(answer));
    assert!(malformed.is_empty(), "malformed (API key, version): {malformed:?}");
    println!("{} answers, none malformed", answers.len());
}

/// Answers, as API key and version, that tshark 4.0 misreads when Apache Kafka gives them too.
fn not_understood() -> Vec<String> {
    let lines = include_str!("../wire/not-understood.txt").lines();
    let rows = lines.filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// Returns once packets are being written down.
fn start_capture(broker: &Broker, file: &Path) -> Child {
    let filter = format!("tcp port {}", broker.address().port());
    let mut command = Command::new(install::debian("tshark"));
    command.args(["-q", "-i", "lo", "-B", "64", "-f", &filter, "-w"]).arg(file);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let began = Instant::now();
    while std::fs::metadata(file).map_or(0, |file| file.len()) == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "tshark captures nothing");
        broker.connect().expect("a connection");
        sleep(Duration::from_millis(50));
    }
    child
}

/// API key and version of each answer that the filter lets through.
fn answers(broker: &Broker, file: &Path, filter: &str) -> Vec<String> {
    let mut command = Command::new(install::debian("tshark"));
    let port = format!("tcp.port=={},kafka", broker.address().port());
    command.arg("-r").arg(file).args(["-d", &port, "-Y", filter]);
    command.args(["-T", "fields", "-E", "separator=/s"]);
    command.args(["-e", "kafka.response_key", "-e", "kafka.response.version"]);
    let output = command.stderr(Stdio::null()).output().expect("it starts");
    String::from_utf8_lossy(&output.stdout).lines().map(String::from).collect()
}
