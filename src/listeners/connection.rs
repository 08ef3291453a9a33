//! One connection: receives frames, starts their requests, sends their answers.
//!
//! Lives on: the shard it was given to; one task, which ends with the connection.
//! Promise: answers go out in the order of the requests; whatever goes wrong ends this connection
//! and its work only. A Produce that arrived before the peer closed is still appended.
//! A client above its quota is not heard for a while: what it sends stays where it is, and that it
//! leaves is still noticed if it sent nothing.
//! Never: holds a buffer while nothing arrives; reads ahead more than limits::PIPELINE_*.
//! Read next: frame.rs, memory.rs, pipeline.rs, sender.rs.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use shards::clock::{self, Instant};
use shards::io::{Buffer, Slice, Socket};
use shards::mutation::Mutation;
use shards::sync::first_of;

use super::Peer;
use super::frame::{FrameError, Frames};
use super::memory::{LargeFrame, ReceiveBuffer, Reserved};
use super::metrics::{ConnectionMetrics, count};
use super::pipeline::{Pace, Pipeline};
use super::sender::{self, SendError};
use crate::broker::Core;
use crate::handlers::{Refusal, Request, Response};
use crate::limits;
use crate::protocol::DecodeError;
use crate::protocol::codec::DecodeCause;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    #[error("the peer closed it")]
    ByPeer,
    #[error("nothing arrived for too long (connections.max.idle.ms)")]
    Idle,
    #[error("a request of {bytes} bytes so far took longer than a peer that sends would need")]
    SlowFrame { bytes: usize },
    #[error(
        "others wait for the memory of a large request, of which {bytes} bytes came so far and the \
         next ones took longer than they do from a quick peer"
    )]
    InTheWay { bytes: usize },
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Send(#[from] SendError),
    #[error("the node stops")]
    Stopping,
    #[error("receiving failed: {0}")]
    Receive(io::Error),
}

impl Closed {
    /// Names what the log tells of once in a while, of each address.
    fn kind(&self) -> &'static str {
        match self {
            Closed::ByPeer => "by peer",
            Closed::Idle => "idle",
            Closed::SlowFrame { .. } => "slow frame",
            Closed::InTheWay { .. } => "in the way",
            Closed::Frame(_) => "frame",
            Closed::Refused(refusal) => refusal.kind(),
            Closed::Send(_) => "send",
            Closed::Stopping => "stopping",
            Closed::Receive(_) => "receive",
        }
    }
}

/// Serves `socket` until it ends, and says why it did.
pub async fn serve(broker: Rc<Core>, socket: Socket, peer: Peer) -> Closed {
    let metrics = &broker.metrics.connections;
    count(&metrics.opened, 1);
    metrics.open.set(metrics.open.get() + 1);
    let network = &broker.config.network;
    let frame_bytes_max = i32::try_from(network.request_bytes_max).unwrap_or(i32::MAX);
    let connection = Connection {
        idle_max: network.connection_idle_ms_max.map(Duration::from_millis),
        broker: broker.clone(),
        socket,
        peer: Rc::new(peer),
        pipeline: RefCell::default(),
        sending: Cell::new(false),
        changed: Cell::new(false),
        receive_buffer: broker.request_memory.receive_buffer(),
        frame_received_for: Cell::default(),
    };
    let closed = connection.run(frame_bytes_max).await;
    connection.socket.shutdown();
    metrics.open.set(metrics.open.get() - 1);
    broker.stopping.note_end();
    broker.leavings.note_end(&broker);
    count_end(metrics, &closed);
    tell_end(&broker, &connection.peer, &closed);
    closed
}

struct Connection {
    broker: Rc<Core>,
    socket: Socket,
    peer: Rc<Peer>,
    idle_max: Option<Duration>,
    pipeline: RefCell<Pipeline<Result<Response, Refusal>>>,
    /// Answers are on their way that left the pipeline.
    sending: Cell<bool>,
    /// One half of the connection did something that the other may wait for.
    changed: Cell<bool>,
    receive_buffer: ReceiveBuffer,
    /// How long the rest of the frame at the front was waited for.
    frame_received_for: Cell<Duration>,
}

impl Connection {
    async fn run(&self, frame_bytes_max: i32) -> Closed {
        let mut answering = pin!(self.answer());
        let closed = {
            let mut receiving = pin!(self.receive(frame_bytes_max));
            let mut stopping = pin!(self.broker.stopping.begun());
            std::future::poll_fn(|context| {
                loop {
                    self.changed.set(false);
                    self.pipeline.borrow_mut().advance(context);
                    if let Poll::Ready(closed) = answering.as_mut().poll(context) {
                        return Poll::Ready(closed);
                    }
                    if let Poll::Ready(closed) = receiving.as_mut().poll(context) {
                        return Poll::Ready(closed);
                    }
                    if stopping.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Closed::Stopping);
                    }
                    if !self.changed.get() {
                        return Poll::Pending;
                    }
                }
            })
            .await
        };
        if matches!(closed, Closed::ByPeer | Closed::Stopping) {
            let drained = std::future::poll_fn(|context| {
                self.pipeline.borrow_mut().advance(context);
                if self.may_be_dropped() {
                    return Poll::Ready(());
                }
                let ended = answering.as_mut().poll(context).is_ready();
                if ended || self.may_be_dropped() { Poll::Ready(()) } else { Poll::Pending }
            });
            // Out of time: what is still at work is dropped like that of any closed connection.
            let _ = clock::timeout(limits::DRAIN_AFTER_CLOSE, drained).await;
        }
        if matches!(closed, Closed::Stopping) {
            let _ = clock::timeout(limits::LINGER_AT_STOP, self.linger()).await;
        }
        closed
    }

    /// Lets the peer read the last answers and leave. A socket that is closed while it holds bytes
    /// that nobody received resets its connection, and the peer loses what it has not read yet.
    async fn linger(&self) {
        self.socket.shutdown_send();
        // No buffer is held by peers that send nothing.
        while self.socket.readable().await.is_ok() {
            let buffer = Buffer::with_capacity(limits::RECEIVE_BYTES_MIN);
            match self.socket.recv(buffer).await {
                (Ok(got), _) if got > 0 => {}
                _ => return,
            }
        }
    }

    /// Whether nothing is at work that a client which left would want done.
    fn may_be_dropped(&self) -> bool {
        let pipeline = self.pipeline.borrow();
        pipeline.is_empty() && !self.sending.get() || pipeline.pace() == Pace::Alone
    }

    async fn receive(&self, frame_bytes_max: i32) -> Closed {
        let mut frames = Frames::new(frame_bytes_max);
        let mut reserved = None;
        loop {
            match frames.next_frame() {
                Ok(Some(frame)) => {
                    self.frame_received_for.set(Duration::ZERO);
                    self.start(frame, reserved.take()).await;
                }
                Ok(None) => {
                    self.make_room(&frames, &mut reserved).await;
                    if let Err(closed) = self.fill(&mut frames, reserved.as_ref()).await {
                        return closed;
                    }
                }
                Err(error) => return self.after_answers(error.into()).await,
            }
        }
    }

    /// Reserves what the next buffer of a large frame holds of it.
    async fn make_room(&self, frames: &Frames, reserved: &mut Option<LargeFrame>) {
        let Some(begun) = frames.large_frame() else { return };
        if reserved.is_none() {
            self.peer.heard().await;
        }
        let memory = &self.broker.request_memory;
        reserved
            .get_or_insert_with(|| memory.begin(begun.frame_bytes))
            .grow(begun.buffer_bytes)
            .await;
    }

    /// Receives once.
    async fn fill(&self, frames: &mut Frames, reserved: Option<&LargeFrame>) -> Result<(), Closed> {
        if frames.is_empty() {
            if !self.broker.request_memory.is_short_of_buffers() {
                let received = self.socket.recv(self.buffer(frames, reserved)?);
                let held = limits::RECEIVE_BUFFER_HELD.min(self.idle_max.unwrap_or(Duration::MAX));
                // If not: the receive is dropped and its buffer with it; no byte is lost by that.
                if let Ok((result, buffer)) = clock::timeout(held, received).await {
                    return self.received(frames, result, buffer);
                }
            }
            self.receive_buffer.hold(0);
            self.wait_idle().await?;
            let (result, buffer) = self.socket.recv(self.buffer(frames, reserved)?).await;
            return self.received(frames, result, buffer);
        }
        self.fill_frame(frames, reserved).await
    }

    /// The next receive buffer, counted; what a large frame has reserved is counted there.
    fn buffer(
        &self,
        frames: &mut Frames,
        reserved: Option<&LargeFrame>,
    ) -> Result<Buffer, FrameError> {
        if self.broker.request_memory.is_short_of_buffers() {
            frames.expect_little();
        }
        let buffer = frames.buffer()?;
        let bytes = if reserved.is_some() { 0 } else { buffer.capacity() };
        self.receive_buffer.hold(bytes);
        Ok(buffer)
    }

    /// Receives more of a frame that has begun. What the peer has for it grows with what it sends,
    /// and does not run while nothing is received because the broker is busy.
    async fn fill_frame(
        &self,
        frames: &mut Frames,
        reserved: Option<&LargeFrame>,
    ) -> Result<(), Closed> {
        let bytes = frames.len();
        let allowed = limits::frame_time(bytes).saturating_sub(self.frame_received_for.get());
        let idle_max = self.idle_max.unwrap_or(Duration::MAX);
        let since = clock::now();
        let receiving = self.socket.recv(self.buffer(frames, reserved)?);
        let received = async { Some(receiving.await) };
        let given_up = async {
            match reserved {
                Some(reserved) => reserved.given_up().await,
                None => std::future::pending().await,
            }
            None
        };
        match clock::timeout(allowed.min(idle_max), first_of(received, given_up)).await {
            Ok(None) => Err(Closed::InTheWay { bytes }),
            Ok(Some((result, buffer))) => {
                self.frame_received_for.set(self.frame_received_for.get() + since.elapsed());
                self.received(frames, result, buffer)
            }
            Err(clock::Elapsed) if allowed < idle_max => Err(Closed::SlowFrame { bytes }),
            Err(clock::Elapsed) => Err(Closed::Idle),
        }
    }

    fn received(
        &self,
        frames: &mut Frames,
        result: io::Result<usize>,
        buffer: Buffer,
    ) -> Result<(), Closed> {
        match result {
            Ok(0) => Err(Closed::ByPeer),
            Ok(got) => {
                count(&self.broker.metrics.connections.bytes_received, got as u64);
                frames.received(buffer, got);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(Closed::ByPeer),
            Err(error) => Err(Closed::Receive(error)),
        }
    }

    /// Waits, without a buffer, until something arrives.
    async fn wait_idle(&self) -> Result<(), Closed> {
        let Some(idle_max) = self.idle_max else {
            return self.socket.readable().await.map_err(Closed::Receive);
        };
        loop {
            let since: Instant = clock::now();
            match clock::timeout(idle_max, self.socket.readable()).await {
                Ok(result) => return result.map_err(Closed::Receive),
                Err(clock::Elapsed) if Mutation::IdleKept.is_planted() => {}
                Err(clock::Elapsed) if self.pipeline.borrow().is_empty() => {
                    debug_assert!(since.elapsed() >= idle_max);
                    return Err(Closed::Idle);
                }
                // The peer waits for an answer.
                Err(clock::Elapsed) => {}
            }
        }
    }

    /// Starts the request of a frame when its turn has come.
    async fn start(&self, frame: Slice, reserved: Option<LargeFrame>) {
        let bytes = frame.len();
        let mut reserved = reserved.inspect(LargeFrame::arrived).map(Reserved::Large);
        let parsed = Request::parse(&self.broker, &self.peer, frame);
        // What cannot be read is answered in its turn, so that earlier requests still are.
        let pace = parsed.as_ref().map_or(Pace::Alone, Request::pace);
        std::future::poll_fn(|_| match self.pipeline.borrow().admits(pace, bytes) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        // What holds memory that others may wait for is let through, and charged.
        if reserved.is_none() {
            self.peer.heard().await;
        }
        let is_small = bytes <= limits::FRAME_COPIED_BYTES_MAX;
        if reserved.is_none() && !(pace == Pace::Alone && is_small) {
            reserved = Some(self.broker.request_memory.reserve(bytes).await);
        }
        let mut work = Some(match parsed {
            Ok(request) => request.work(reserved),
            Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
        });
        std::future::poll_fn(|context| {
            if let Some(work) = work.take() {
                self.pipeline.borrow_mut().start(pace, bytes, work, context);
                self.changed.set(true);
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Waits until all that is at work is answered, and the answers are sent.
    async fn after_answers(&self, closed: Closed) -> Closed {
        std::future::poll_fn(|_| match self.pipeline.borrow().is_empty() && !self.sending.get() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        closed
    }

    /// Sends what is due, in order, for as long as the connection lives.
    async fn answer(&self) -> Closed {
        loop {
            let due = self.due().await;
            let mut answers = Vec::with_capacity(due.len());
            let mut refused = None;
            for outcome in due {
                match outcome {
                    Ok(answer) => answers.push(answer),
                    Err(refusal) => {
                        refused = Some(refusal);
                        break;
                    }
                }
            }
            let metrics = &self.broker.metrics.connections;
            self.sending.set(true);
            let sent = sender::send(&self.socket, answers, metrics).await;
            self.sending.set(false);
            self.changed.set(true);
            match (sent, refused) {
                (Err(error), _) => return error.into(),
                (Ok(()), Some(refusal)) => return refusal.into(),
                (Ok(()), None) => {}
            }
        }
    }

    /// The next answers; waits for one. `run` drives the pipeline.
    async fn due(&self) -> Vec<Result<Response, Refusal>> {
        let mut due = Vec::new();
        std::future::poll_fn(|_| {
            self.pipeline.borrow_mut().take_due(&mut due);
            if due.is_empty() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.changed.set(true);
        due
    }
}

fn count_end(metrics: &ConnectionMetrics, closed: &Closed) {
    let counter = match closed {
        Closed::ByPeer => &metrics.closed_by_peer,
        Closed::Idle => &metrics.closed_idle,
        Closed::SlowFrame { .. } | Closed::InTheWay { .. } => &metrics.closed_slow_frame,
        Closed::Frame(_) => &metrics.closed_malformed,
        Closed::Refused(refusal) => match refusal {
            Refusal::Malformed(DecodeError { cause: DecodeCause::UnknownApiKey(_), .. })
            | Refusal::UnsupportedVersion { .. }
            | Refusal::NotServed { .. } => &metrics.closed_unsupported,
            Refusal::Malformed(_) | Refusal::TooManyNames { .. } => &metrics.closed_malformed,
            Refusal::Unencodable(_) | Refusal::Unacknowledged { .. } | Refusal::Stopping => {
                &metrics.closed_other
            }
        },
        Closed::Send(SendError::NotReading) => &metrics.closed_not_reading,
        Closed::Send(SendError::Gone) => &metrics.closed_by_peer,
        Closed::Stopping => &metrics.closed_other,
        Closed::Send(SendError::Io(_)) | Closed::Receive(_) => &metrics.failed,
    };
    count(counter, 1);
}

fn tell_end(broker: &Core, peer: &Peer, closed: &Closed) {
    match closed {
        Closed::ByPeer | Closed::Idle | Closed::Stopping | Closed::Send(SendError::Gone) => {
            tracing::debug!(peer = %peer.address, reason = %closed, "connection closed");
        }
        _ => {
            let mut told = broker.refusals_told.borrow_mut();
            let Some(untold) = told.tell(peer.address.ip(), closed.kind(), clock::now()) else {
                tracing::debug!(peer = %peer.address, reason = %closed, "connection closed");
                return;
            };
            tracing::info!(
                peer = %peer.address, listener = %peer.listener.name, reason = %closed,
                same_before = untold, "connection closed"
            );
        }
    }
}

#[cfg(test)]
mod tests;
