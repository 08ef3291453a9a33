//! What a service manager is told: ready, alive, stopping; over its socket, as systemd listens.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The next message, which has to come within a minute.
fn next(manager: &UnixDatagram) -> String {
    let mut message = [0; 256];
    let length = manager.recv(&mut message).expect("the broker tells its service manager");
    String::from_utf8_lossy(&message[..length]).trim().to_owned()
}

#[test]
fn a_service_manager_is_told_of_start_life_and_stop() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let data = folder.path().join("data");
    let mut broker = Command::new(env!("CARGO_BIN_EXE_ringlog"))
        .args(["serve", "--set", "listeners=PLAINTEXT://127.0.0.1:0"])
        .arg("--set")
        .arg(format!("log.dirs={}", data.display()))
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "400000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(next(&manager), "READY=1");
    assert_eq!([next(&manager), next(&manager)], ["WATCHDOG=1", "WATCHDOG=1"]);
    kill(Pid::from_raw(i32::try_from(broker.id()).unwrap()), Signal::SIGTERM).unwrap();
    while next(&manager) != "STOPPING=1" {}
    assert!(broker.wait().unwrap().success());
}
