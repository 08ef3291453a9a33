//! File systems that can not be written, or have no direct I/O. Needs root, and says so without.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::folder::folder;

use crate::session::{Outcome, Session};

/// A file system in memory, gone when this is dropped.
struct Mounted {
    path: PathBuf,
}

impl Mounted {
    /// A ramfs, which refuses O_DIRECT.
    fn ramfs(path: PathBuf) -> Mounted {
        std::fs::create_dir(&path).expect("it is made");
        let status = Command::new("mount").args(["-t", "ramfs", "none"]).arg(&path).status();
        assert!(status.expect("mount is there").success());
        Mounted { path }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a broker that was killed holds its files for another moment.
        let status = Command::new("umount").arg("--lazy").arg(&self.path).status();
        assert!(status.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

fn may_mount() -> bool {
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root {
        let _unseen = writeln!(std::io::stderr(), "skipped: only root may mount file systems");
    }
    is_root
}

/// A start on `directory`, which is mounted to be read only where nobody else sees it.
fn serve_read_only(directory: &Path, options: &[&str]) -> Outcome {
    serve_read_only_with(directory, options, &[])
}

/// The same with more settings.
fn serve_read_only_with(directory: &Path, options: &[&str], more: &[String]) -> Outcome {
    let mut command = Command::new("unshare");
    // The first word is the directory, then how it is mounted, up to a word of two dashes.
    let script = "directory=$1; shift
        mounting=''; while [ $1 != -- ]; do mounting=\"$mounting $1\"; shift; done; shift
        mount $mounting $directory && exec \"$@\"";
    command.args(["--mount", "sh", "-ec", script, "sh"]).arg(directory).args(options).arg("--");
    command.arg(env!("CARGO_BIN_EXE_ringlog")).arg("serve");
    command.args(["--set", "listeners=PLAINTEXT://127.0.0.1:0", "--set"]);
    command.arg(format!("log.dirs={}", directory.display()));
    for setting in more {
        command.args(["--set", setting]);
    }
    Outcome::of(command.stdin(Stdio::null()).output().expect("unshare is there"))
}

#[track_caller]
fn assert_says_what_helps(outcome: Outcome, directory: &Path) {
    let said = outcome.failed(1);
    let error = said.lines().last().expect("a message");
    assert!(error.starts_with(&format!("error: {}", directory.display())), "{said}");
    assert!(error.contains("Read-only file system"), "{said}");
    assert!(error.contains("mount it to be written, or name another directory"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_directory_that_can_not_be_written_is_named_with_what_helps() {
    if !may_mount() {
        return;
    }
    let empty = folder().expect("it is made");
    let new = ["-t", "tmpfs", "-o", "ro", "none"];
    assert_says_what_helps(serve_read_only(empty.path(), &new), empty.path());

    let mut session = Session::start();
    session.run("topic create logs").succeeded();
    session.feed("produce logs -q", b"a line\n").succeeded();
    assert!(session.broker.stop().unwrap().success());
    let data = session.data();
    let path = data.display().to_string();
    assert_says_what_helps(serve_read_only(&data, &["-o", "bind,ro", &path]), &data);
    // Nor is a directory begun beside it that could be written.
    let folder = folder().expect("it is made");
    let new = folder.path().join("new");
    let settings = [
        format!("log.dirs={},{path}", new.display()),
        format!("metadata.log.dir={path}"),
        "controller.quorum.voters=1@localhost:9093".to_owned(),
    ];
    let mounted = ["-o", "bind,ro", &path];
    assert_says_what_helps(serve_read_only_with(&data, &mounted, &settings), &data);
    assert!(!new.exists());
    // Nothing of it was touched.
    session.broker.restart().unwrap();
    assert!(session.broker.log_of_last_start().contains("(stopped cleanly)"));
    assert_eq!(session.lines_of("logs", ""), ["a line"]);
}

#[test]
fn without_direct_io_a_broker_works_and_says_once_what_it_costs() {
    if !may_mount() {
        return;
    }
    let folder = folder().expect("it is made");
    let [first, second] = ["first", "second"].map(|name| Mounted::ramfs(folder.path().join(name)));
    // On a file system that has it.
    let third = folder.path().join("third");
    let [one, two] = [&first, &second].map(|mounted| mounted.path.display().to_string());
    let mut session = Session::start_with_all(&[
        &format!("log.dirs={one},{two},{}", third.display()),
        "ringlog.shards=2",
    ]);
    session.run("topic create logs -p 6 -c segment.bytes=1048576").succeeded();
    let mut lines: Vec<String> =
        (0..6000).map(|number| format!("{number:04}{}", "x".repeat(996))).collect();
    session.feed("produce logs -q", lines.join("\n").as_bytes()).succeeded();
    let told = session.broker.log_of_last_start();
    let warnings: Vec<&str> = told.lines().filter(|line| line.contains("direct I/O")).collect();
    assert_eq!(warnings.len(), 1, "{told}");
    let warning = warnings[0];
    assert!(warning.contains(" WARN ") && warning.contains("no direct I/O"), "{warning}");
    assert!(warning.contains("3 to 10 times the CPU"), "{warning}");
    assert!(warning.contains(&format!("\"{one},{two}\"")), "{warning}");

    // What is not in the segments yet is replayed.
    session.broker.kill().unwrap();
    session.broker.restart().unwrap();
    assert_eq!(session.lines_of("logs", ""), lines);
    session.feed("produce logs -q", b"9999\n").succeeded();
    assert!(session.broker.stop().unwrap().success());
    session.broker.restart().unwrap();
    lines.push("9999".into());
    assert_eq!(session.lines_of("logs", ""), lines);
    assert!(session.broker.stop().unwrap().success());
}
