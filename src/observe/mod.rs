//! What an operator sees of a running node from outside: metrics for Prometheus.
//!
//! Lives on: one thread that is no core's (`metrics`); cores are asked once for each look.
//! Promise: a core gives its figures in microseconds; all text is written, and all waiting for slow
//! clients is done, on the thread. Off unless `ringlog.metrics.listener` says where to listen: a
//! port that nobody asked for is a surprise, and the second node of a machine would not get it.
//! One plain thread of the standard library, not an asynchronous server: it answers one question at
//! a time, which is what a scraper asks.
//! Read next: figures.rs (what is asked), page.rs (how it reads), http.rs, exposition.rs.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use std::sync::mpsc;
use std::{io, thread};

use nix::sys::socket::{
    self, AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, sockopt,
};
use shards::io::inbox::{self, Inbox, Sender};
use shards::io::spawn;

use crate::broker::Core;
use crate::limits;

mod exposition;
mod figures;
mod http;
pub mod logging;
mod page;
mod process;

use figures::CoreFigures;

/// A question to shard 0: the figures of all cores.
struct Ask {
    answer: mpsc::SyncSender<Vec<CoreFigures>>,
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

/// Listens, and answers until the process ends.
pub fn start(broker: &Rc<Core>, port: Port) -> io::Result<SocketAddr> {
    let listener = port.listen()?;
    let address = listener.local_addr()?;
    let (asks, inbox) = inbox::channel()?;
    drop(spawn(answer(broker.clone(), inbox)));
    thread::Builder::new().name("metrics".into()).spawn(move || serve(&listener, &asks))?;
    Ok(address)
}

/// The core's figures in a few lines, for who looks at what is left of it.
pub fn state(broker: &Rc<Core>) -> String {
    figures::of(broker).summary()
}

/// On shard 0.
async fn answer(broker: Rc<Core>, asks: Inbox<Ask>) {
    let collect = |ask: Ask| {
        let broker = broker.clone();
        drop(spawn(async move {
            let figures = broker.run_on_all(|on| Box::pin(async move { figures::of(&on) })).await;
            // Nobody waits for it any more: it took too long.
            let _unheard = ask.answer.try_send(figures);
        }));
    };
    if let Err(error) = asks.serve(collect).await {
        tracing::error!(%error, "metrics are not answered any more");
    }
}

/// On the thread.
fn serve(listener: &TcpListener, asks: &Sender<Ask>) {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let page =
                    || ask(asks).map(|cores| page::write(&cores, process::read(), process::room));
                // A client that went away or sent no request: nothing to be done for it.
                let _unserved = http::answer(&stream, page);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the metrics cannot be accepted");
                thread::sleep(limits::METRICS_ACCEPT_PAUSE);
            }
        }
    }
}

/// None where the cores do not answer: the node stops, or hangs.
fn ask(asks: &Sender<Ask>) -> Option<Vec<CoreFigures>> {
    let (answer, answered) = mpsc::sync_channel(1);
    asks.send(Ask { answer }).ok()?;
    answered.recv_timeout(limits::METRICS_ANSWER).ok()
}

#[cfg(test)]
mod tests;
