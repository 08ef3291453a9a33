//! Kafka's own tool reads every file of a log directory that was left by a clean stop.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::broker::kafka_script;

/// Panics with what the tool complains about.
pub(crate) fn assert_kafka_accepts(log_directory: &Path) {
    assert!(log_directory.join(".kafka_cleanshutdown").exists(), "the mark of a clean stop");
    let mut count = 0;
    for folder in children(log_directory).into_iter().filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let decoder = match name.as_str() {
            "__cluster_metadata-0" => Some("--cluster-metadata-decoder"),
            name if name.starts_with("__consumer_offsets-") => Some("--offsets-decoder"),
            name if name.starts_with("__transaction_state-") => Some("--transaction-log-decoder"),
            _ => None,
        };
        let files = |extensions: &[&str]| {
            let mut files = children(&folder);
            files.retain(|path| {
                let extension = path.extension().unwrap_or_default().to_string_lossy();
                extensions.contains(&extension.as_ref())
            });
            files
        };
        let logs = files(&["log", "snapshot", "checkpoint"]);
        let indexes = files(&["index", "timeindex", "txnindex"]);
        dump(&logs, &[&["--deep-iteration"][..], decoder.as_slice()].concat());
        dump(&indexes, &["--index-sanity-check"]);
        dump(&indexes, &["--verify-index-only"]);
        count += logs.len() + indexes.len();
    }
    println!("{count} files accepted");
}

fn dump(files: &[PathBuf], flags: &[&str]) {
    if files.is_empty() {
        return;
    }
    let files: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
    let mut command = Command::new(kafka_script());
    command.args(["tool", "org.apache.kafka.tools.DumpLogSegments"]);
    command.args(flags).args(["--files", &files.join(",")]).stderr(Stdio::piped());
    let output = command.output().expect("Kafka's tool starts");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {complained}", files.join(" "));
    let lines: Vec<&str> = said.lines().chain(complained.lines()).collect();
    if let Some(first) = lines.iter().position(|line| is_complaint(line)) {
        panic!("Kafka's tool says:\n{}", lines[first..lines.len().min(first + 10)].join("\n"));
    }
}

/// Of a gap it says "OFFSET is followed by OFFSET", and of every segment but a partition's first,
/// Apache Kafka's own as well, that -1 is followed by its first offset.
fn is_complaint(line: &str) -> bool {
    let is_gap = line.contains(" is followed by ") && !line.trim_start().starts_with("-1 ");
    let others = [
        "isvalid: false",
        "Mismatches in",
        "invalid bytes at the end",
        "timestamp mismatch",
        "out of order timestamp",
        "not found in the log",
        "Could not",
        "Exception",
    ];
    is_gap || others.iter().any(|words| line.contains(words))
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    paths.sort();
    paths
}
