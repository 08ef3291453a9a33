//! Messages from threads that are no cores: signals, the side thread.
//!
//! Lives on: the [`Inbox`] on one core; its [`Sender`]s anywhere.
//! Promise: in order per sender; no message is left lying while the core sleeps.
//! Limits: limits::INBOX_MESSAGES_MAX.   Read next: mesh/mod.rs for messages between cores.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;

use super::buffers::Buffer;
use super::kernel::{Descriptor, Doorbell};
use super::op::{Op, check};
use super::operations::submit;
use crate::limits;

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError<M> {
    #[error("the core has not read its earlier messages yet")]
    Full(M),
    #[error("the core is gone")]
    Closed(M),
}

/// An inbox and its first sender; the inbox may be moved to its core.
pub fn channel<M: Send>() -> io::Result<(Sender<M>, Inbox<M>)> {
    let (messages, received) = mpsc::sync_channel(limits::INBOX_MESSAGES_MAX);
    let (doorbell, bell) = Doorbell::new()?;
    Ok((Sender { messages, doorbell: Arc::new(doorbell) }, Inbox { received, bell }))
}

/// Sends to one core from any thread.
pub struct Sender<M> {
    messages: mpsc::SyncSender<M>,
    doorbell: Arc<Doorbell>,
}

impl<M> Sender<M> {
    pub fn send(&self, message: M) -> Result<(), SendError<M>> {
        let sent = self.messages.try_send(message).map_err(|error| match error {
            mpsc::TrySendError::Full(message) => SendError::Full(message),
            mpsc::TrySendError::Disconnected(message) => SendError::Closed(message),
        });
        self.doorbell.ring();
        sent
    }
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Sender<M> {
        Sender { messages: self.messages.clone(), doorbell: self.doorbell.clone() }
    }
}

/// What a core hears from other threads; may be moved until its core listens.
pub struct Inbox<M> {
    received: mpsc::Receiver<M>,
    bell: Descriptor,
}

impl<M> Inbox<M> {
    /// Hands each message to `handle`, as long as the returned future is polled.
    pub async fn serve(self, mut handle: impl FnMut(M)) -> io::Result<()> {
        let listener = Listener::of(self);
        loop {
            handle(listener.next().await?);
        }
    }

    /// The first message, where no other is of interest.
    pub async fn first(self) -> io::Result<M> {
        Listener::of(self).next().await
    }
}

/// An inbox on its core.
struct Listener<M> {
    received: mpsc::Receiver<M>,
    bell: Rc<Descriptor>,
}

impl<M> Listener<M> {
    fn of(inbox: Inbox<M>) -> Listener<M> {
        Listener { received: inbox.received, bell: Rc::new(inbox.bell) }
    }

    async fn next(&self) -> io::Result<M> {
        loop {
            // Rung after each message: what is not seen here rings again.
            if let Ok(message) = self.received.try_recv() {
                return Ok(message);
            }
            let into = Buffer::with_capacity(8);
            let read = Op::Read { file: self.bell.clone(), into, limit: 8, offset: 0 };
            check(submit(read).await.0)?;
        }
    }
}
