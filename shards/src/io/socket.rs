//! TCP: listeners and connections.
//!
//! Lives on: one core each; an [`Accepted`] connection may be handed to another core first.
//! Promise: bytes received for a receive that was dropped come out of the next one; a send that was
//! dropped half-way makes the later ones fail instead of mixing two messages.
//! Never: holds memory for a connection that is idle (wait with [`Socket::readable`]).
//! Limits: limits::ACCEPTED_WAITING_MAX, limits::LISTEN_BACKLOG.   Read next: op.rs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;

use super::buffers::{Buffer, Slice};
use super::executor;
use super::file::File;
use super::fixed::Fixed;
use super::gather::Gather;
use super::kernel::{self, Address, Descriptor, SentFileEnd};
use super::op::{Direction, Op, check};
use super::operations::{OpKey, submit};
use crate::clock;
use crate::limits;
use crate::sync::Notify;

/// Accepts connections.
pub struct Listener {
    shared: Rc<ListenerShared>,
}

/// The part of a listener that its accept operation reports to.
pub(super) struct ListenerShared {
    descriptor: Descriptor,
    waiting: RefCell<VecDeque<io::Result<Accepted>>>,
    arrived: Notify,
    armed: Cell<Option<OpKey>>,
    trouble: Cell<Trouble>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// Out of descriptors or memory; told the caller; pausing before the next try.
    Pausing,
}

/// A new connection that belongs to no core yet.
#[derive(Debug)]
pub struct Accepted {
    descriptor: Descriptor,
    peer: SocketAddr,
}

impl Accepted {
    pub fn peer_addr(&self) -> SocketAddr {
        self.peer
    }

    /// How many descriptors the process had open when it got this one.
    pub fn descriptors(&self) -> DescriptorUse {
        kernel::descriptor_use(&self.descriptor)
    }
}

/// Descriptors of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptorUse {
    /// At the least: the system gives out the lowest number that is free.
    pub used: u64,
    pub max: u64,
}

impl Listener {
    /// Listens; port 0 picks a free one.
    pub fn bind(address: SocketAddr) -> io::Result<Listener> {
        let listener = Listener::reserve(address)?;
        listener.listen()?;
        Ok(listener)
    }

    /// Takes the address, so that no one else can listen there; clients are refused until it
    /// listens.
    pub fn reserve(address: SocketAddr) -> io::Result<Listener> {
        let shared = ListenerShared {
            descriptor: kernel::bind(address)?,
            waiting: RefCell::default(),
            arrived: Notify::new(),
            armed: Cell::new(None),
            trouble: Cell::new(Trouble::None),
        };
        Ok(Listener { shared: Rc::new(shared) })
    }

    pub fn listen(&self) -> io::Result<()> {
        kernel::listen(&self.shared.descriptor)
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        kernel::local_address(&self.shared.descriptor)
    }

    /// The next connection. Without descriptors or memory left the error is told once; the listener
    /// goes on trying by itself, so the caller just accepts again.
    pub async fn accept(&self) -> io::Result<Accepted> {
        loop {
            let next = self.shared.waiting.borrow_mut().pop_front();
            if let Some(next) = next {
                return next;
            }
            if self.shared.armed.get().is_none() {
                if self.shared.trouble.get() == Trouble::Pausing {
                    clock::sleep(limits::ACCEPT_PAUSE).await;
                }
                self.arm();
            }
            self.shared.arrived.notified().await;
        }
    }

    fn arm(&self) {
        let op = Op::AcceptMany { listener: self.shared.clone() };
        let key = executor::with_current(|shard| shard.submit(op));
        self.shared.armed.set(Some(key));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.disarm();
    }
}

impl ListenerShared {
    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn disarm(&self) {
        if let Some(key) = self.armed.take() {
            executor::try_with_current(|shard| shard.cancel(key));
        }
    }

    /// Takes a result of the accept operation; without `more` the operation is over.
    pub(super) fn arrived(&self, result: i32, more: bool) {
        if !more {
            self.armed.set(None);
        }
        match check(result) {
            Ok(_) => {
                self.trouble.set(Trouble::None);
                let descriptor = Descriptor::from_completion(result);
                // Without a peer it was reset before we looked: as if it had never come.
                if let Ok(peer) = kernel::peer_address(&descriptor) {
                    self.waiting.borrow_mut().push_back(Ok(Accepted { descriptor, peer }));
                }
            }
            Err(error) => self.note(error),
        }
        if self.waiting.borrow().len() >= limits::ACCEPTED_WAITING_MAX {
            self.disarm();
        }
        self.arrived.notify_one();
    }

    fn note(&self, error: io::Error) {
        let temporary = [libc::ECANCELED, libc::ECONNABORTED, libc::EINTR, libc::EAGAIN];
        let exhausted = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
        let code = error.raw_os_error().unwrap_or(0);
        if temporary.contains(&code) {
            return;
        }
        let known =
            exhausted.contains(&code) && self.trouble.replace(Trouble::Pausing) == Trouble::Pausing;
        if !known {
            self.waiting.borrow_mut().push_back(Err(error));
        }
    }
}

/// A connection; a clone is another handle on it. One task receives, one sends.
#[derive(Clone)]
pub struct Socket {
    shared: Rc<SocketShared>,
}

/// The part of a socket that its operations report to.
pub(super) struct SocketShared {
    descriptor: Descriptor,
    peer: SocketAddr,
    /// What came for a receive that was dropped.
    kept: RefCell<VecDeque<Kept>>,
    /// A dropped receive that the kernel has not ended yet.
    orphan: Cell<bool>,
    orphan_ended: Notify,
    receiving: Cell<bool>,
    sending: Cell<Sending>,
}

enum Kept {
    /// A buffer's filled part from a position on.
    Bytes(Buffer, usize),
    Error(io::Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Idle,
    Busy,
    /// A send was dropped half-way.
    Broken,
}

impl Socket {
    /// Takes an accepted connection to this core.
    pub fn from_accepted(accepted: Accepted) -> Socket {
        let Accepted { descriptor, peer } = accepted;
        // Without it small answers wait for acknowledgements: slower, not wrong.
        let _ = kernel::set_no_delay(&descriptor);
        let shared = SocketShared {
            descriptor,
            peer,
            kept: RefCell::default(),
            orphan: Cell::new(false),
            orphan_ended: Notify::new(),
            receiving: Cell::new(false),
            sending: Cell::new(Sending::Idle),
        };
        Socket { shared: Rc::new(shared) }
    }

    pub async fn connect(address: SocketAddr) -> io::Result<Socket> {
        let socket = Rc::new(kernel::new_socket(address)?);
        let address_text = Fixed::new(Address::new(address));
        let (result, op) = submit(Op::Connect { socket, address: address_text }).await;
        check(result)?;
        let Op::Connect { socket, .. } = op else { unreachable!("it was a connect") };
        let descriptor = Rc::into_inner(socket).expect("only the operation had it");
        Ok(Socket::from_accepted(Accepted { descriptor, peer: address }))
    }

    pub fn peer_addr(&self) -> SocketAddr {
        self.shared.peer
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        kernel::local_address(&self.shared.descriptor)
    }

    /// Waits until a receive would not wait (bytes, end or error); holds no buffer meanwhile.
    pub async fn readable(&self) -> io::Result<()> {
        self.shared.await_orphan().await;
        if !self.shared.kept.borrow().is_empty() {
            return Ok(());
        }
        self.poll(Direction::In).await
    }

    /// Receives once into the spare capacity of `into`; 0 means that the peer closed. Should this
    /// be dropped, what `into` held before is gone, and what arrives comes out of the next receive.
    pub async fn recv(&self, mut into: Buffer) -> (io::Result<usize>, Buffer) {
        assert!(into.remaining() > 0, "a receive needs room");
        let _receiving = self.shared.start_receiving();
        self.shared.await_orphan().await;
        if let Some(result) = self.shared.take_kept(&mut into) {
            return (result, into);
        }
        let (result, op) = submit(Op::Recv { socket: self.shared.clone(), into }).await;
        let Op::Recv { mut into, .. } = op else { unreachable!("it was a receive") };
        let result = check(result).map(|got| got as usize);
        if let Ok(got) = result {
            into.advance(got);
        }
        (result, into)
    }

    /// Sends all of `data`. What is large waits for a turn that is not spent.
    pub async fn send_all(&self, data: Vec<Slice>) -> io::Result<()> {
        let sending = self.shared.start_sending()?;
        let mut gather = Fixed::new(Gather::new(data));
        while gather.remaining() > 0 {
            if gather.remaining() >= limits::SEND_SMALL_BYTES {
                executor::wait_for_fresh_turn().await;
                executor::note_work(gather.remaining());
            }
            let (result, op) = submit(Op::Send { socket: self.shared.clone(), gather }).await;
            let sent = check(result)? as usize;
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            let Op::Send { gather: rest, .. } = op else { unreachable!("it was a send") };
            gather = rest;
            gather.advance(sent);
        }
        sending.finish();
        Ok(())
    }

    /// Sends a range of a file from the page cache, into which it is brought where it is not there.
    /// Holds no memory while the peer takes its time, and little of any turn.
    pub async fn send_file(&self, file: &File, offset: u64, length: u64) -> io::Result<()> {
        let sending = self.shared.start_sending()?;
        let (mut offset, end) = (offset, offset + length);
        while offset < end {
            let part = (end - offset).min(limits::SEND_FILE_ROUND_BYTES_MAX) as usize;
            file.bring_in(offset, part as u64).await?;
            executor::wait_for_fresh_turn().await;
            let descriptor = &self.shared.descriptor;
            let sent = kernel::send_file(descriptor, file.descriptor(), offset, part)?;
            executor::note_work(sent.bytes);
            offset += sent.bytes as u64;
            match sent.end {
                SentFileEnd::EndOfFile => return Err(io::ErrorKind::UnexpectedEof.into()),
                SentFileEnd::Full => self.poll(Direction::Out).await?,
                SentFileEnd::Done if offset < end => executor::yield_now().await,
                SentFileEnd::Done => {}
            }
        }
        sending.finish();
        Ok(())
    }

    /// Ends both directions: what waits on this socket completes, with 0 or an error.
    pub fn shutdown(&self) {
        kernel::shut_down(&self.shared.descriptor, Shutdown::Both);
    }

    /// Tells the peer that nothing more will be sent.
    pub fn shutdown_send(&self) {
        kernel::shut_down(&self.shared.descriptor, Shutdown::Write);
    }

    async fn poll(&self, direction: Direction) -> io::Result<()> {
        let socket = self.shared.clone();
        check(submit(Op::Poll { socket, direction }).await.0).map(drop)
    }
}

impl SocketShared {
    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// A receive was dropped while the kernel works on it.
    pub(super) fn expect_orphan(&self) {
        self.orphan.set(true);
    }

    /// Keeps the outcome of a dropped receive for the next one.
    pub(super) fn keep_received(&self, result: i32, mut buffer: Buffer) {
        self.orphan.set(false);
        match check(result) {
            Ok(0) => {}
            Ok(got) => {
                let start = buffer.len();
                buffer.advance(got as usize);
                self.kept.borrow_mut().push_back(Kept::Bytes(buffer, start));
            }
            Err(error) if error.raw_os_error() == Some(libc::ECANCELED) => {}
            Err(error) => self.kept.borrow_mut().push_back(Kept::Error(error)),
        }
        self.orphan_ended.notify_all();
    }

    async fn await_orphan(&self) {
        while self.orphan.get() {
            self.orphan_ended.notified().await;
        }
    }

    fn take_kept(&self, into: &mut Buffer) -> Option<io::Result<usize>> {
        let mut all = self.kept.borrow_mut();
        let (buffer, start) = match all.pop_front()? {
            Kept::Error(error) => return Some(Err(error)),
            Kept::Bytes(buffer, start) => (buffer, start),
        };
        let taken = into.remaining().min(buffer.len() - start);
        into.extend_from_slice(&buffer[start..start + taken]);
        if start + taken < buffer.len() {
            all.push_front(Kept::Bytes(buffer, start + taken));
        }
        Some(Ok(taken))
    }

    fn start_receiving(&self) -> Receiving<'_> {
        assert!(!self.receiving.replace(true), "two tasks receive from one socket");
        Receiving { socket: self }
    }

    fn start_sending(&self) -> io::Result<SendGuard<'_>> {
        match self.sending.replace(Sending::Busy) {
            Sending::Idle => Ok(SendGuard { socket: self, after: Sending::Broken }),
            Sending::Busy => panic!("two tasks send on one socket"),
            Sending::Broken => {
                self.sending.set(Sending::Broken);
                let text = "an earlier message on this connection was not sent in full";
                Err(io::Error::new(io::ErrorKind::BrokenPipe, text))
            }
        }
    }
}

struct Receiving<'a> {
    socket: &'a SocketShared,
}

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        self.socket.receiving.set(false);
    }
}

struct SendGuard<'a> {
    socket: &'a SocketShared,
    after: Sending,
}

impl SendGuard<'_> {
    fn finish(mut self) {
        self.after = Sending::Idle;
    }
}

impl Drop for SendGuard<'_> {
    fn drop(&mut self) {
        self.socket.sending.set(self.after);
    }
}
