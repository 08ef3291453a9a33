//! From the socket to the handler and back.
//!
//! Lives on: a listener on shard 0, which hands each connection to the least loaded shard; a
//! connection on its shard until it ends.
//! Promise: whatever one peer sends, or does not read, costs it at most its own connection.
//! Read next: acceptor.rs, connection.rs, frame.rs, memory.rs, ledger.rs, pipeline.rs,
//! sender.rs.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use shards::clock::{self, Instant};

use crate::config::endpoint::Role;
use crate::limits;
use crate::metadata::security::Security;
use crate::quotas::resolve::ClientQuotas;

pub mod acceptor;
pub mod connection;
pub mod frame;
pub mod host_names;
pub mod leavings;
pub mod ledger;
pub mod memory;
pub mod metrics;
pub mod pipeline;
pub mod refusals_told;
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
    quotas: RefCell<Option<Resolved>>,
    /// Not heard before this moment.
    muted_until: Cell<Option<Instant>>,
}

/// The quotas of a client as they were when all quotas were these.
#[derive(Debug)]
struct Resolved {
    security: Arc<Security>,
    client_id: String,
    quotas: Option<Rc<ClientQuotas>>,
}

/// Who a peer is that did not say so. Others come with SASL and TLS.
const ANONYMOUS: &str = "ANONYMOUS";

impl Peer {
    pub fn new(address: SocketAddr, listener: Arc<ListenerFacts>) -> Peer {
        Peer {
            address,
            listener,
            software: RefCell::default(),
            quotas: RefCell::default(),
            muted_until: Cell::default(),
        }
    }

    /// The name of the principal.
    pub fn user(&self) -> &str {
        ANONYMOUS
    }

    /// What holds for the peer under this client id; none if nothing does.
    pub fn quotas(&self, security: &Arc<Security>, client_id: &str) -> Option<Rc<ClientQuotas>> {
        let mut resolved = self.quotas.borrow_mut();
        if let Some(known) = &*resolved
            && Arc::ptr_eq(&known.security, security)
            && known.client_id == client_id
        {
            return known.quotas.clone();
        }
        let quotas = ClientQuotas::of(security, self.user(), client_id);
        let quotas = (!quotas.is_empty()).then(|| Rc::new(quotas));
        let (security, client_id) = (security.clone(), client_id.to_owned());
        *resolved = Some(Resolved { security, client_id, quotas: quotas.clone() });
        quotas
    }

    /// Is not heard for so long from now on.
    pub fn mute(&self, duration: Duration) {
        let until = clock::now() + duration.min(limits::MUTED_MAX);
        self.muted_until.set(self.muted_until.get().max(Some(until)));
    }

    /// Completes once the peer is to be heard.
    pub(crate) async fn heard(&self) {
        while let Some(until) = self.muted_until.get() {
            clock::sleep_until(until).await;
            if self.muted_until.get() == Some(until) {
                self.muted_until.set(None);
            }
        }
    }

    pub fn note_software(&self, name: &str, version: &str) {
        *self.software.borrow_mut() = Some((name.to_owned(), version.to_owned()));
    }

    pub fn software(&self) -> Option<(String, String)> {
        self.software.borrow().clone()
    }
}
