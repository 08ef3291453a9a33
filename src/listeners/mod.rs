//! From the socket to the handler and back.
//!
//! Lives on: a listener on shard 0, which hands each connection to the least loaded shard; a
//! connection on its shard until it ends.
//! Promise: whatever one peer sends, or does not read, costs it at most its own connection.
//! Read next: acceptor.rs, connection.rs, frame.rs, memory.rs, pipeline.rs, sender.rs.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::config::endpoint::Role;

pub mod acceptor;
pub mod connection;
pub mod frame;
pub mod memory;
pub mod metrics;
pub mod names;
pub mod pipeline;
pub mod sender;
pub mod stopping;

#[cfg(test)]
mod tests;

/// What a handler may ask of the listener that a connection came through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerFacts {
    pub name: String,
    pub role: Role,
}

/// The other end of a connection.
#[derive(Debug)]
pub struct Peer {
    pub address: SocketAddr,
    pub listener: Arc<ListenerFacts>,
    /// Name and version, once the client said so.
    software: RefCell<Option<(String, String)>>,
}

impl Peer {
    pub fn new(address: SocketAddr, listener: Arc<ListenerFacts>) -> Peer {
        Peer { address, listener, software: RefCell::new(None) }
    }

    pub fn note_software(&self, name: &str, version: &str) {
        *self.software.borrow_mut() = Some((name.to_owned(), version.to_owned()));
    }

    pub fn software(&self) -> Option<(String, String)> {
        self.software.borrow().clone()
    }
}
