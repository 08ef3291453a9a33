//! A broker process: any program that is started as `COMMAND FILE` on a properties file.
//!
//! Promise: has its own ports and its own folder, on a disk; both are gone when it is dropped.
//! A test that fails leaves the folder, and says where.
//! Never: signals a process that it did not start.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::calls::{self, Position};
use crate::connection::Connection;
use crate::folder::folder;

/// How brokers are started: the words before the properties file.
#[derive(Clone, Debug)]
pub struct Launch(Vec<String>);

impl Launch {
    /// From RINGLOG_BROKER, else `binary serve --config`.
    pub fn from_environment(binary: &str) -> Launch {
        match std::env::var("RINGLOG_BROKER") {
            Ok(command) => Launch::new(&command),
            Err(_) => Launch::new(&format!("{binary} serve --config")),
        }
    }

    pub fn new(command: &str) -> Launch {
        Launch(command.split_whitespace().map(String::from).collect())
    }

    /// The same, bound to one core with all its threads.
    pub fn on_core(self, core: usize) -> Launch {
        let bound = ["taskset", "--cpu-list", &core.to_string()].map(String::from);
        Launch(bound.into_iter().chain(self.0).collect())
    }

    /// Apache Kafka itself, from its published jars.
    pub fn kafka() -> Launch {
        Launch::new(&format!("{} broker", kafka_script().display()))
    }
}

/// The script that brings and runs Kafka's jars.
pub fn kafka_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kafka/kafka")
}

pub struct Broker {
    launch: Launch,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
    /// Where in its output the last start begins.
    log_start: u64,
    /// How long the last start took until the first request was answered.
    pub start_time: Duration,
}

impl Broker {
    /// Starts on free ports and a new folder; `settings` are lines of the properties file.
    /// So are the words of RINGLOG_SETTINGS, for every broker: "ringlog.shards=4".
    pub fn start(launch: &Launch, settings: &[&str]) -> io::Result<Broker> {
        let folder = folder()?;
        let (port, controller_port) = free_ports()?;
        let mut properties = properties(port, controller_port, &folder.path().join("data"));
        let more = std::env::var("RINGLOG_SETTINGS").unwrap_or_default();
        for line in settings.iter().copied().chain(more.split_whitespace()) {
            properties.push_str(line);
            properties.push('\n');
        }
        fs::write(folder.path().join("server.properties"), properties)?;
        let launch = launch.clone();
        let mut broker =
            Broker { launch, folder, port, child: None, log_start: 0, start_time: Duration::ZERO };
        broker.restart()?;
        Ok(broker)
    }

    /// Starts another program on the same folder, ports and properties.
    pub fn becomes(&mut self, launch: &Launch) -> io::Result<()> {
        self.launch = launch.clone();
        self.restart()
    }

    pub fn restart(&mut self) -> io::Result<()> {
        let began = Instant::now();
        self.spawn()?;
        while !self.answers() {
            if let Some(status) = self.child()?.try_wait()? {
                self.child = None;
                return Err(self.failure(&format!("ended at its start with {status}")));
            }
            if began.elapsed() > START_PATIENCE {
                return Err(self.failure("does not answer"));
            }
            sleep(Duration::from_millis(5));
        }
        self.start_time = began.elapsed();
        Ok(())
    }

    /// Starts it and kills it after `moment`, whether it is ready or not.
    pub fn kill_while_starting(&mut self, moment: Duration) -> io::Result<()> {
        self.with_start_under_way(moment, || ())
    }

    /// Starts it, does something after `moment`, whether it is ready or not, and kills it.
    pub fn with_start_under_way(&mut self, moment: Duration, act: impl FnOnce()) -> io::Result<()> {
        self.spawn()?;
        sleep(moment);
        act();
        // It may have ended by itself.
        self.kill()
    }

    fn spawn(&mut self) -> io::Result<()> {
        assert!(self.child.is_none(), "stop or kill it first");
        self.log_start = self.log_bytes();
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("broker.log"))?;
        let child = Command::new(&self.launch.0[0])
            .args(&self.launch.0[1..])
            .arg(self.folder.path().join("server.properties"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| {
                io::Error::other(format!("cannot start {}: {error}", self.launch.0.join(" ")))
            })?;
        self.child = Some(child);
        Ok(())
    }

    fn answers(&self) -> bool {
        let answer = Connection::open(self.address())
            .and_then(|mut connection| calls::brokers(&mut connection));
        matches!(answer, Ok(count) if count > 0)
    }

    /// SIGKILL, then waits for the end.
    pub fn kill(&mut self) -> io::Result<()> {
        let child = self.child()?;
        child.kill()?;
        child.wait()?;
        self.child = None;
        Ok(())
    }

    /// SIGTERM, then waits for the end.
    pub fn stop(&mut self) -> io::Result<ExitStatus> {
        kill(Pid::from_raw(self.pid()? as i32), Signal::SIGTERM)?;
        let began = Instant::now();
        loop {
            if let Some(status) = self.child()?.try_wait()? {
                self.child = None;
                return Ok(status);
            }
            if began.elapsed() > STOP_PATIENCE {
                return Err(self.failure("does not stop"));
            }
            sleep(Duration::from_millis(20));
        }
    }

    /// How it ended, if it did so by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    pub fn pid(&self) -> io::Result<u32> {
        self.child.as_ref().map(Child::id).ok_or_else(|| io::Error::other("it is not running"))
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Its log directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it has written to its standard output and error since it was started last.
    pub fn log_of_last_start(&self) -> String {
        let log = fs::read(self.folder.path().join("broker.log")).unwrap_or_default();
        let since = log.get(self.log_start as usize..).unwrap_or_default();
        String::from_utf8_lossy(since).into_owned()
    }

    /// How much it has written to its standard output and error.
    pub fn log_bytes(&self) -> u64 {
        fs::metadata(self.folder.path().join("broker.log")).map_or(0, |found| found.len())
    }

    pub fn connect(&self) -> io::Result<Connection> {
        Connection::open(self.address())
    }

    /// Creates the topic and waits until each partition answers. (Metadata may name a leader
    /// before that leader knows of it.)
    pub fn create_topic(&self, topic: &str, partitions: i32) -> io::Result<()> {
        let mut connection = self.connect()?;
        calls::create_topic(&mut connection, topic, partitions)?;
        let began = Instant::now();
        for partition in 0..partitions {
            while calls::offset(&mut connection, topic, partition, Position::Latest).is_err() {
                if began.elapsed() > START_PATIENCE {
                    return Err(self.failure(&format!("does not lead {topic}-{partition}")));
                }
                sleep(Duration::from_millis(10));
            }
        }
        Ok(())
    }

    fn child(&mut self) -> io::Result<&mut Child> {
        self.child.as_mut().ok_or_else(|| io::Error::other("it is not running"))
    }

    fn failure(&self, what: &str) -> io::Error {
        let log = fs::read_to_string(self.folder.path().join("broker.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        io::Error::other(format!("the broker {what}; the end of its log:\n{tail}"))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if self.child.is_some() {
            let _already_gone = self.kill();
        }
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            let _unseen = writeln!(io::stderr(), "kept: {}", self.folder.path().display());
        }
    }
}

fn properties(port: u16, controller_port: u16, data: &Path) -> String {
    let host = Ipv4Addr::LOCALHOST;
    let data = data.display();
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@{host}:{controller_port}\n\
         listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
         log.dirs={data}\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n"
    )
}

/// Two ports below the range that outgoing connections take, so that a client that knocks while
/// the broker is down can neither hold the port nor reach itself.
fn free_ports() -> io::Result<(u16, u16)> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let first = clock.subsec_micros() % u32::from(PORTS.end - PORTS.start);
    let mut free = (0..PORTS.end - PORTS.start)
        .map(|step| PORTS.start + (first as u16 + step) % (PORTS.end - PORTS.start))
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().zip(free.next()).ok_or_else(|| io::Error::other("no free ports"))
}

const PORTS: Range<u16> = 20_000..32_000;
const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
const LOG_LINES_SHOWN: usize = 40;
