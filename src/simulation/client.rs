//! A client's connection: requests go out in order, answers come in order, or the connection ends.
//!
//! Lives on: the clients' core. Promise: a request that is neither answered nor its connection
//! closed while the node runs through is a violation.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::io::simulation::ProcessId;
use shards::io::{Buffer, Slice, Socket, spawn};
use shards::sync::{Notify, oneshot};

use super::scene::Scene;
use crate::protocol::{Call, Message, Reader, RequestHeader, ResponseHeader, Writer};

/// Longer than the node takes for anything while no fault holds it up.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECT_PAUSE_MS: u64 = 100;
const RECEIVE_BYTES: usize = 64 << 10;
const FRAME_BYTES_MAX: usize = 256 << 20;

/// No answer came, and none will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

/// Closed when dropped.
pub(super) struct Connection {
    shared: Rc<Shared>,
}

struct Shared {
    scene: Rc<Scene>,
    socket: Socket,
    /// The life of the node that this is a connection to.
    node: Option<ProcessId>,
    /// How often connections had been cut before.
    cuts: u64,
    sent: Cell<i32>,
    outbox: RefCell<VecDeque<Slice>>,
    filled: Notify,
    waiting: RefCell<VecDeque<(i32, oneshot::Sender<Vec<u8>>)>>,
    closed: Cell<bool>,
}

impl Connection {
    /// Connects, as soon as a node listens; none if the phase ends before.
    pub(super) async fn open(scene: &Rc<Scene>) -> Option<Connection> {
        let phase = scene.phase.get();
        while scene.phase.get() == phase {
            if let Ok(connection) = Connection::try_open(scene).await {
                return Some(connection);
            }
            scene.pause(CONNECT_PAUSE_MS).await;
        }
        None
    }

    pub(super) async fn try_open(scene: &Rc<Scene>) -> Result<Connection, Lost> {
        let address = SocketAddr::from(([127, 0, 0, 1], 9092));
        let cuts = scene.counts.borrow().connection_cuts;
        let socket = Socket::connect(address).await.map_err(|_| Lost)?;
        let shared = Rc::new(Shared {
            scene: scene.clone(),
            socket,
            node: scene.node.get(),
            cuts,
            sent: Cell::new(0),
            outbox: RefCell::default(),
            filled: Notify::new(),
            waiting: RefCell::default(),
            closed: Cell::new(false),
        });
        drop(spawn(shared.clone().send()));
        drop(spawn(shared.clone().receive()));
        Ok(Connection { shared })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.shared.closed.get()
    }

    /// Sends a request in its newest version; the future gives the answer.
    pub(super) fn call<M: Call>(
        &self,
        request: &M,
    ) -> impl Future<Output = Result<M::Response, Lost>> + use<M> {
        self.call_as(request, *M::VERSIONS.end())
    }

    /// The same in another version.
    pub(super) fn call_as<M: Call>(
        &self,
        request: &M,
        version: i16,
    ) -> impl Future<Output = Result<M::Response, Lost>> + use<M> {
        let answer = self.shared.enqueue(request, version);
        let shared = self.shared.clone();
        async move {
            let frame = match clock::timeout(PATIENCE, answer).await {
                Ok(Ok(frame)) => frame,
                Ok(Err(_)) => return Err(Lost),
                Err(_) => {
                    shared.miss(M::NAME);
                    return Err(Lost);
                }
            };
            match decode::<M>(&frame, version) {
                Ok(response) => Ok(response),
                Err(error) => {
                    shared.scene.violated(format!("the answer to {}: {error}", M::NAME));
                    Err(Lost)
                }
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.close();
    }
}

fn decode<M: Call>(frame: &[u8], version: i16) -> Result<M::Response, String> {
    let mut reader = Reader::new(frame);
    ResponseHeader::decode(&mut reader, M::API, version).map_err(|error| error.to_string())?;
    let response = M::Response::decode(&mut reader, version).map_err(|error| error.to_string())?;
    reader.finish().map_err(|error| error.to_string())?;
    Ok(response)
}

impl Shared {
    fn enqueue<M: Call>(&self, request: &M, version: i16) -> oneshot::Receiver<Vec<u8>> {
        let (sender, answer) = oneshot::channel();
        if self.closed.get() {
            return answer;
        }
        self.scene.count(|counts| counts.requests += 1);
        let correlation_id = self.sent.get() + 1;
        self.sent.set(correlation_id);
        let client_id = Some("simulation".into());
        let header = RequestHeader { api: M::API, version, correlation_id, client_id };
        let mut writer = Writer::new();
        writer.i32(0);
        header.encode(&mut writer).expect("the header of a request can be written");
        request.encode(&mut writer, version).expect("the workload's requests can be written");
        let length = i32::try_from(writer.len() - 4).expect("requests of the workload are small");
        writer.set_i32_at(0, length);
        self.waiting.borrow_mut().push_back((correlation_id, sender));
        self.outbox.borrow_mut().push_back(Slice::from(writer.into_vec()));
        self.filled.notify_one();
        self.scene.requested.notify_all();
        answer
    }

    async fn send(self: Rc<Self>) {
        while !self.closed.get() {
            let frames: Vec<Slice> = self.outbox.borrow_mut().drain(..).collect();
            if frames.is_empty() {
                self.filled.notified().await;
            } else if self.socket.send_all(frames).await.is_err() {
                // What has arrived may still be answered.
                return;
            }
        }
    }

    async fn receive(self: Rc<Self>) {
        let mut bytes: Vec<u8> = Vec::new();
        let mut into = Buffer::with_capacity(RECEIVE_BYTES);
        loop {
            into.clear();
            let (received, buffer) = self.socket.recv(into).await;
            into = buffer;
            if self.closed.get() {
                break;
            }
            if !received.is_ok_and(|count| count > 0) {
                let was_cut = self.scene.counts.borrow().connection_cuts != self.cuts;
                if self.scene.serves(self.node) && !was_cut {
                    self.scene.violated("a connection was closed that nothing was wrong with");
                }
                break;
            }
            bytes.extend_from_slice(into.as_slice());
            while let Some(frame) = take_frame(&mut bytes) {
                if let Err(broken) = self.answer(frame) {
                    self.scene.violated(broken);
                }
            }
        }
        self.close();
    }

    fn answer(&self, frame: Vec<u8>) -> Result<(), String> {
        let correlation_id = frame.first_chunk().map(|id| i32::from_be_bytes(*id));
        let Some((expected, waiting)) = self.waiting.borrow_mut().pop_front() else {
            return Err("an answer to no request".into());
        };
        if correlation_id != Some(expected) {
            return Err(format!("answer {correlation_id:?} came instead of {expected}"));
        }
        // Who asked may have given up.
        let _unheard = waiting.send(frame);
        Ok(())
    }

    /// No answer within the time given.
    fn miss(&self, name: &str) {
        let ran_through = self.node.is_some() && self.node == self.scene.node.get();
        if ran_through && !self.closed.get() {
            let patience = PATIENCE.as_secs();
            self.scene.violated(format!("{name} is not answered within {patience} s"));
        }
        self.close();
    }

    fn close(&self) {
        if !self.closed.replace(true) {
            self.socket.shutdown();
            self.waiting.borrow_mut().clear();
            self.filled.notify_one();
        }
    }
}

/// Takes a whole frame off the front.
fn take_frame(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    assert!(length <= FRAME_BYTES_MAX, "an answer of {length} bytes");
    if bytes.len() < 4 + length {
        return None;
    }
    let frame = bytes[4..4 + length].to_vec();
    bytes.drain(..4 + length);
    Some(frame)
}
