//! What an operator sees of a running node from outside, over HTTP: metrics for Prometheus, whether
//! it is well, what it is, what its stop would interrupt.
//!
//! Lives on: a few threads that are no core's (`metrics`); cores are asked once for each look.
//! Promise: a core gives its figures in microseconds; all text is written, and all waiting for slow
//! clients is done, on the threads. Nothing here changes state. Off unless
//! `ringlog.metrics.listener` says where to listen: a port that nobody asked for is a surprise, and
//! the second node of a machine would not get it.
//! Plain threads of the standard library, not an asynchronous server: each answers one question at
//! a time, which is what a scraper and a load balancer ask.
//! Read next: figures.rs (what is asked), page.rs (how it reads), http.rs, exposition.rs.

use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Instant;
use std::{io, thread};

use nix::sys::socket::{
    self, AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, sockopt,
};
use shards::io::inbox::{self, Inbox, Sender};
use shards::io::spawn;

use crate::broker::Core;
use crate::config::BrokerConfig;
use crate::controller::log::QuorumInfo;
use crate::limits;
use crate::metadata::Image;

mod can_stop;
mod exposition;
mod figures;
mod http;
mod json_lines;
pub mod logging;
mod named;
mod node_page;
mod page;
mod process;

use figures::CoreFigures;
use http::Reply;

/// Where there is something to read.
const PAGES: &[&str] = &["/metrics", "/healthz", "/readyz", "/v1/node", "/v1/can-stop"];

/// How far a node has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Log directories are locked and read.
    Directories,
    /// Journals are replayed.
    Journals,
    /// The metadata log is read, and partitions are opened.
    Metadata,
    /// Clients are served.
    Ready,
    /// Everything is written to segments.
    Stopping,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Phase::Directories => "reading directories",
            Phase::Journals => "replaying journals",
            Phase::Metadata => "opening partitions",
            Phase::Ready => "ready",
            Phase::Stopping => "stopping",
        }
    }
}

/// A question to shard 0.
enum Ask {
    /// The figures of all cores.
    Cores(mpsc::SyncSender<Vec<CoreFigures>>),
    Cluster(mpsc::SyncSender<Cluster>),
}

/// The cluster's metadata, as the node knows it.
struct Cluster {
    image: Arc<Image>,
    /// None before the metadata log is read.
    quorum: Option<QuorumInfo>,
}

/// An address that this process alone has; nobody can connect to it yet.
pub struct Port {
    socket: OwnedFd,
    address: SocketAddr,
}

impl Port {
    /// Takes the first address of `host`, IPv4 before IPv6.
    pub fn reserve(host: &str, port: u16) -> io::Result<Port> {
        let mut addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        let address = addresses.first().copied();
        let address = address.ok_or_else(|| io::Error::other("the host has no address"))?;
        let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
        let kind = (SockType::Stream, SockFlag::SOCK_CLOEXEC);
        let socket = socket::socket(family, kind.0, kind.1, None)?;
        socket::setsockopt(&socket, sockopt::ReuseAddr, &true)?;
        socket::bind(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
        Ok(Port { socket, address })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn listen(self) -> io::Result<TcpListener> {
        socket::listen(&self.socket, Backlog::new(limits::METRICS_BACKLOG)?)?;
        Ok(TcpListener::from(self.socket))
    }
}

/// Answers from the first moments of a node until its process ends.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

/// What the threads look at.
struct Shared {
    config: Arc<BrokerConfig>,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Clone)]
struct State {
    phase: Phase,
    /// None until shard 0 can be asked.
    asks: Option<Sender<Ask>>,
}

impl Server {
    pub fn start(port: Port, config: Arc<BrokerConfig>) -> io::Result<Server> {
        let listener = port.listen()?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State { phase: Phase::Directories, asks: None });
        let shared = Arc::new(Shared { config, began: Instant::now(), state });
        for _ in 0..limits::METRICS_THREADS {
            let (listener, shared) = (listener.try_clone()?, shared.clone());
            thread::Builder::new()
                .name("metrics".into())
                .spawn(move || serve(&listener, &shared))?;
        }
        Ok(Server { shared, address })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says from now on that the node has come so far.
    pub fn enter(&self, phase: Phase) {
        self.shared.with_state(|state| state.phase = phase);
    }

    /// From now on this core, shard 0, answers what only cores know.
    pub fn attach(&self, broker: &Rc<Core>) -> io::Result<()> {
        let (asks, inbox) = inbox::channel()?;
        drop(spawn(answer(broker.clone(), inbox)));
        self.shared.with_state(|state| state.asks = Some(asks));
        Ok(())
    }
}

/// The core's figures in a few lines, for who looks at what is left of it.
pub fn state(broker: &Rc<Core>) -> String {
    figures::of(broker).summary()
}

/// On shard 0.
async fn answer(broker: Rc<Core>, asks: Inbox<Ask>) {
    // Nobody waits for an answer any more if it took too long.
    let collect = |ask: Ask| match ask {
        Ask::Cores(answer) => {
            let broker = broker.clone();
            drop(spawn(async move {
                let cores = broker.run_on_all(|on| Box::pin(async move { figures::of(&on) }));
                let _unheard = answer.try_send(cores.await);
            }));
        }
        Ask::Cluster(answer) => {
            let quorum = broker.first_core().metadata_log().map(|log| log.describe());
            let _unheard = answer.try_send(Cluster { image: broker.image(), quorum });
        }
    };
    if let Err(error) = asks.serve(collect).await {
        tracing::error!(%error, "metrics are not answered any more");
    }
}

/// On each of the threads.
fn serve(listener: &TcpListener, shared: &Shared) {
    loop {
        match listener.accept() {
            // A client that went away or sent no request: nothing to be done for it.
            Ok((stream, _)) => drop(shared.answer(&stream)),
            Err(error) => {
                tracing::warn!(%error, "a connection to the metrics cannot be accepted");
                thread::sleep(limits::METRICS_ACCEPT_PAUSE);
            }
        }
    }
}

impl Shared {
    fn with_state<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        // Two plain values: a thread that panicked has not left them half changed.
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer(&self, stream: &TcpStream) -> io::Result<()> {
        http::answer(stream, PAGES, |path| self.page(path))
    }

    fn page(&self, path: &str) -> Option<Reply> {
        let State { phase, asks } = self.with_state(|state| state.clone());
        let cores = || ask(asks.as_ref()?, Ask::Cores);
        let cluster = || ask(asks.as_ref()?, Ask::Cluster);
        let silent = |phase| Reply::health(false, silence(phase));
        Some(match path {
            "/metrics" => match cores() {
                Some(cores) => Reply::metrics(page::write(&cores, process::read(), process::room)),
                None => silent(phase),
            },
            // A node that starts is alive: whoever would restart it makes it begin anew.
            "/healthz" if asks.is_none() => Reply::health(true, phase.name()),
            "/healthz" => match cores() {
                Some(_) => Reply::health(true, phase.name()),
                None => silent(Phase::Ready),
            },
            "/readyz" if phase != Phase::Ready => silent(phase),
            "/readyz" => match cores() {
                Some(_) => Reply::health(true, phase.name()),
                None => silent(Phase::Ready),
            },
            "/v1/node" => {
                let (cores, cluster) = (cores(), cluster());
                let facts = node_page::Facts {
                    config: &self.config,
                    phase,
                    up: self.began.elapsed(),
                    cores: cores.as_deref(),
                    cluster: cluster.as_ref(),
                };
                Reply::json(&node_page::write(&facts, process::room))
            }
            // Before the metadata is read there is nothing to judge by.
            "/v1/can-stop" => match cluster().filter(|cluster| cluster.quorum.is_some()) {
                Some(Cluster { image, quorum }) => {
                    let outage = can_stop::outage(&image, &self.config, quorum.as_ref());
                    Reply::json(&outage.json())
                }
                None => silent(phase),
            },
            _ => return None,
        })
    }
}

/// Why there is nothing to say.
fn silence(phase: Phase) -> &'static str {
    if phase == Phase::Ready { "the cores do not answer" } else { phase.name() }
}

/// None where the cores do not answer: the node stops, or hangs.
fn ask<T>(asks: &Sender<Ask>, question: fn(mpsc::SyncSender<T>) -> Ask) -> Option<T> {
    let (answer, answered) = mpsc::sync_channel(1);
    asks.send(question(answer)).ok()?;
    answered.recv_timeout(limits::METRICS_ANSWER).ok()
}

#[cfg(test)]
mod tests;
