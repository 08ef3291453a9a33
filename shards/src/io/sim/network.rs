//! Connections in memory: bytes take time, arrive in parts, and ends go away.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use super::slots::Slots;
use super::world::{Random, Weather};

/// What one direction of a connection holds before its sender waits.
const WINDOW_BYTES: usize = 128 * 1024;

/// In place of a peer that has vanished: no end has this number.
const NOBODY: EndpointId = usize::MAX;

pub(super) type EndpointId = usize;
pub(super) type PortId = u64;

pub(super) struct Network {
    listeners: BTreeMap<PortId, Listener>,
    endpoints: Slots<Endpoint>,
    next_id: u64,
    next_port: u16,
    delay_ns_max: u64,
    /// Counts whatever may end a wait of an operation, but for time.
    changes: u64,
    /// Nobody reaches anybody, and no connection is made.
    is_parted: bool,
}

/// What does not come through for a while. Bytes wait, and arrive afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// All of the network.
    Everything,
    /// Of some connections, what goes to the side that listens.
    ToListeners,
    /// Of some connections, what comes from it.
    FromListeners,
}

struct Listener {
    address: SocketAddr,
    /// Whether anyone can connect to it already.
    is_open: bool,
    waiting: VecDeque<EndpointId>,
}

struct Endpoint {
    local: SocketAddr,
    peer_address: SocketAddr,
    peer: EndpointId,
    incoming: VecDeque<Segment>,
    incoming_bytes: usize,
    /// The peer sends no more, and when that is known.
    finished_at: Option<u64>,
    reset: bool,
    shut: bool,
    shut_send: bool,
    /// Nothing arrives until the outage is over.
    is_cut_off: bool,
    /// The peer's machine is gone without a word; so many bytes were sent to it since.
    sent_into_nothing: Option<usize>,
}

struct Segment {
    arrives_at: u64,
    bytes: Vec<u8>,
    /// So many of them were received.
    taken: usize,
}

impl Network {
    pub(super) fn new() -> Network {
        Network {
            listeners: BTreeMap::new(),
            endpoints: Slots::from(0),
            next_id: 1,
            next_port: 40_000,
            delay_ns_max: Weather::CALM.network_ns_max,
            changes: 0,
            is_parted: false,
        }
    }

    /// As long as this stays, what waits for the network waits on, until something arrives.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn set_delay(&mut self, ns_max: u64) {
        self.delay_ns_max = ns_max;
    }

    /// Resets the connections that are chosen.
    pub(super) fn cut(&mut self, mut is_chosen: impl FnMut() -> bool) {
        let mut pairs = self.pairs();
        pairs.retain(|_| is_chosen());
        self.changes += 1;
        for endpoint in pairs.into_iter().flatten() {
            if let Some(endpoint) = self.endpoints.get_mut(endpoint) {
                endpoint.reset = true;
                endpoint.is_cut_off = false;
                endpoint.incoming.clear();
                endpoint.incoming_bytes = 0;
            }
        }
    }

    /// Begins an outage, which `is_chosen` connections have.
    pub(super) fn begin_outage(&mut self, outage: Outage, mut is_chosen: impl FnMut() -> bool) {
        self.is_parted = outage == Outage::Everything;
        for [connecting, listening] in self.pairs() {
            let (cut_off_connecting, cut_off_listening) = match outage {
                Outage::Everything => (true, true),
                Outage::ToListeners => (false, is_chosen()),
                Outage::FromListeners => (is_chosen(), false),
            };
            for (id, is_cut_off) in
                [(connecting, cut_off_connecting), (listening, cut_off_listening)]
            {
                if let Some(endpoint) = self.endpoints.get_mut(id) {
                    endpoint.is_cut_off |= is_cut_off;
                }
            }
        }
    }

    /// What was held up comes through.
    pub(super) fn end_outage(&mut self) {
        self.is_parted = false;
        for endpoint in self.endpoints.iter_mut() {
            endpoint.is_cut_off = false;
        }
        self.changes += 1;
    }

    /// Of the connections that are chosen the machine that connected is gone, and nobody tells the
    /// other one.
    pub(super) fn vanish(&mut self, mut is_chosen: impl FnMut() -> bool) {
        self.changes += 1;
        for [connecting, listening] in self.pairs() {
            if !is_chosen() {
                continue;
            }
            if let Some(left) = self.endpoints.get_mut(listening) {
                left.peer = NOBODY;
                left.sent_into_nothing = Some(0);
            }
            if let Some(gone) = self.endpoints.get_mut(connecting) {
                gone.peer = NOBODY;
                gone.reset = true;
                gone.is_cut_off = false;
                gone.incoming.clear();
                gone.incoming_bytes = 0;
            }
        }
    }

    /// How many connections are open whose other end has vanished.
    pub(super) fn half_open(&self) -> usize {
        self.endpoints.iter().filter(|(_, end)| end.sent_into_nothing.is_some()).count()
    }

    /// The ends of each connection that has both: the one that connected first.
    fn pairs(&self) -> Vec<[EndpointId; 2]> {
        let pairs = self.endpoints.iter().filter(|(id, end)| *id < end.peer && end.peer != NOBODY);
        pairs.map(|(id, end)| [id, end.peer]).collect()
    }

    pub(super) fn bind(&mut self, mut address: SocketAddr) -> Result<PortId, i32> {
        if address.port() == 0 {
            address.set_port(self.free_port());
        }
        if self.listeners.values().any(|listener| listener.address == address) {
            return Err(libc::EADDRINUSE);
        }
        let id = self.fresh_id();
        let listener = Listener { address, is_open: false, waiting: VecDeque::new() };
        self.listeners.insert(id, listener);
        Ok(id)
    }

    pub(super) fn listen(&mut self, port: PortId) {
        if let Some(listener) = self.listeners.get_mut(&port) {
            listener.is_open = true;
        }
    }

    pub(super) fn listener_address(&self, port: PortId) -> SocketAddr {
        self.listeners[&port].address
    }

    pub(super) fn close_listener(&mut self, port: PortId) {
        self.changes += 1;
        if let Some(listener) = self.listeners.remove(&port) {
            for endpoint in listener.waiting {
                self.close(endpoint);
            }
        }
    }

    /// Connects; none while nobody is reached.
    pub(super) fn connect(&mut self, to: SocketAddr) -> Option<Result<EndpointId, i32>> {
        if self.is_parted {
            return None;
        }
        let made = self.listener_at(to).map(|port| self.connect_to(port, to));
        Some(made.ok_or(libc::ECONNREFUSED))
    }

    fn listener_at(&self, address: SocketAddr) -> Option<PortId> {
        let is_there = |it: &Listener| it.is_open && it.address == address;
        let listener = self.listeners.iter().find(|(_, listener)| is_there(listener));
        listener.map(|(port, _)| *port)
    }

    fn connect_to(&mut self, port: PortId, to: SocketAddr) -> EndpointId {
        let from = SocketAddr::new(to.ip(), self.free_port());
        let client = self.endpoints.next();
        let server = client + 1;
        self.endpoints.add(Endpoint::new(from, to, server));
        self.endpoints.add(Endpoint::new(to, from, client));
        if let Some(listener) = self.listeners.get_mut(&port) {
            listener.waiting.push_back(server);
        }
        self.changes += 1;
        client
    }

    pub(super) fn accept(&mut self, port: PortId) -> Option<EndpointId> {
        self.listeners.get_mut(&port)?.waiting.pop_front()
    }

    pub(super) fn addresses(&self, endpoint: EndpointId) -> (SocketAddr, SocketAddr) {
        let endpoint = self.endpoint(endpoint);
        (endpoint.local, endpoint.peer_address)
    }

    /// Sends what fits of the pieces; none if nothing does for now.
    pub(super) fn send<'a>(
        &mut self,
        from: EndpointId,
        pieces: impl Iterator<Item = &'a [u8]>,
        now_ns: u64,
        random: &mut Random,
    ) -> Option<Result<usize, i32>> {
        let sender = self.endpoint(from);
        if sender.reset || sender.shut || sender.shut_send {
            return Some(Err(if sender.reset { libc::ECONNRESET } else { libc::EPIPE }));
        }
        let (peer, into_nothing) = (sender.peer, sender.sent_into_nothing);
        if let Some(sent) = into_nothing {
            return self.send_into_nothing(from, sent, pieces).map(Ok);
        }
        let Some(peer) = self.endpoints.get_mut(peer).filter(|peer| !peer.shut) else {
            return Some(Err(libc::EPIPE));
        };
        let window = WINDOW_BYTES.saturating_sub(peer.incoming_bytes);
        if window == 0 {
            return None;
        }
        let limit =
            if random.one_in(4) { 1 + random.below(window as u64) as usize } else { window };
        let mut bytes = Vec::new();
        for piece in pieces {
            let part = piece.len().min(limit - bytes.len());
            bytes.extend_from_slice(&piece[..part]);
        }
        let sent = bytes.len();
        let earliest = peer.incoming.back().map_or(0, |segment| segment.arrives_at);
        let arrives_at = (now_ns + random.below(self.delay_ns_max)).max(earliest);
        peer.incoming_bytes += sent;
        peer.incoming.push_back(Segment { arrives_at, bytes, taken: 0 });
        self.changes += 1;
        Some(Ok(sent))
    }

    /// What fits is taken, and nobody ever has it.
    fn send_into_nothing<'a>(
        &mut self,
        from: EndpointId,
        sent: usize,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> Option<usize> {
        let bytes: usize = pieces.map(<[u8]>::len).sum();
        let taken = bytes.min(WINDOW_BYTES - sent);
        if taken == 0 {
            return None;
        }
        self.endpoints.get_mut(from)?.sent_into_nothing = Some(sent + taken);
        Some(taken)
    }

    /// Receives what has arrived, perhaps not all; none if that is nothing yet.
    pub(super) fn receive(
        &mut self,
        at: EndpointId,
        into: &mut [u8],
        now_ns: u64,
        random: &mut Random,
    ) -> Option<Result<usize, i32>> {
        if let Err(code) = self.readable(at, now_ns)? {
            return Some(Err(code));
        }
        let endpoint = self.endpoints.get_mut(at)?;
        let room = into.len() as u64;
        let limit = if random.one_in(3) { 1 + random.below(room) } else { room } as usize;
        let mut got = 0;
        while got < limit {
            let Some(segment) = endpoint.incoming.front_mut() else { break };
            if segment.arrives_at > now_ns {
                break;
            }
            let left = &segment.bytes[segment.taken..];
            let part = left.len().min(limit - got);
            into[got..got + part].copy_from_slice(&left[..part]);
            segment.taken += part;
            got += part;
            if segment.taken == segment.bytes.len() {
                endpoint.incoming.pop_front();
            }
        }
        endpoint.incoming_bytes -= got;
        self.changes += 1;
        Some(Ok(got))
    }

    /// Whether a receive would not wait: bytes, an end, or an error.
    pub(super) fn readable(&self, at: EndpointId, now_ns: u64) -> Option<Result<(), i32>> {
        let endpoint = self.endpoint(at);
        if endpoint.reset {
            return Some(Err(libc::ECONNRESET));
        }
        if endpoint.is_cut_off && !endpoint.shut {
            return None;
        }
        match endpoint.incoming.front() {
            Some(segment) if segment.arrives_at <= now_ns => Some(Ok(())),
            Some(_) if !endpoint.shut => None,
            _ if endpoint.shut => Some(Ok(())),
            _ => endpoint.finished_at.filter(|at| *at <= now_ns).map(|_| Ok(())),
        }
    }

    pub(super) fn writable(&self, at: EndpointId) -> bool {
        let endpoint = self.endpoint(at);
        let is_full = match endpoint.sent_into_nothing {
            Some(sent) => sent == WINDOW_BYTES,
            None => {
                let peer = self.endpoints.get(endpoint.peer);
                peer.is_some_and(|peer| peer.incoming_bytes >= WINDOW_BYTES)
            }
        };
        endpoint.reset || endpoint.shut || !is_full
    }

    /// When the next bytes or the end arrive, if they are on their way.
    pub(super) fn next_arrival(&self, at: EndpointId) -> Option<u64> {
        let endpoint = self.endpoints.get(at).filter(|endpoint| !endpoint.is_cut_off)?;
        let first = endpoint.incoming.front().map(|segment| segment.arrives_at);
        first.or(endpoint.finished_at)
    }

    pub(super) fn shut_down(&mut self, at: EndpointId, both: bool, now_ns: u64) {
        let Some(endpoint) = self.endpoints.get_mut(at) else { return };
        endpoint.shut_send = true;
        endpoint.shut |= both;
        let peer = endpoint.peer;
        self.changes += 1;
        self.finish(peer, now_ns);
    }

    pub(super) fn close(&mut self, at: EndpointId) {
        let Some(endpoint) = self.endpoints.remove(at) else { return };
        self.changes += 1;
        if endpoint.incoming_bytes > 0 {
            if let Some(peer) = self.endpoints.get_mut(endpoint.peer) {
                peer.reset = true;
            }
        } else {
            self.finish(endpoint.peer, 0);
        }
    }

    fn finish(&mut self, at: EndpointId, now_ns: u64) {
        if let Some(endpoint) = self.endpoints.get_mut(at) {
            let last = endpoint.incoming.back().map_or(now_ns, |segment| segment.arrives_at);
            endpoint.finished_at.get_or_insert(last);
        }
    }

    fn endpoint(&self, at: EndpointId) -> &Endpoint {
        self.endpoints.get(at).expect("a socket that is open has its end")
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn free_port(&mut self) -> u16 {
        self.next_port = self.next_port.checked_add(1).unwrap_or(40_000);
        self.next_port
    }
}

impl Endpoint {
    fn new(local: SocketAddr, peer_address: SocketAddr, peer: EndpointId) -> Endpoint {
        Endpoint {
            local,
            peer_address,
            peer,
            incoming: VecDeque::new(),
            incoming_bytes: 0,
            finished_at: None,
            reset: false,
            shut: false,
            shut_send: false,
            is_cut_off: false,
            sent_into_nothing: None,
        }
    }
}
