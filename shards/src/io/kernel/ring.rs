//! One io_uring: submissions out, completions in.
//!
//! Lives on: the thread that made it; the kernel refuses any other (SINGLE_ISSUER).
//! Promise: an operation pushed is submitted with the next `enter` at the latest; the kernel takes
//! no operation that is not made here.
//! Never: owns what operations work on: that is the table's part.
//! Read next: seal.rs, probe.rs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use io_uring::squeue::{Entry, Flags};
use io_uring::types::{CancelBuilder, Fd, FsyncFlags, SubmitArgs, Timespec};
use io_uring::{EnterFlags, IoUring, opcode};

use super::{Address, Descriptor, probe, seal};
use crate::clock::{self, Instant};
use crate::io::executor::RingConfig;
use crate::io::op::{Direction, Metadata, Op};
use crate::io::operations::{OpKey, Operations};
use crate::io::{CoreId, PAGE_BYTES};
use crate::limits;

/// Set in the names of completions that belong to no operation of the table.
const OWN: u64 = 1 << 63;
/// A wake that arrived, a cancellation's own answer: nothing to do.
const NAME_NOTHING: u64 = OWN;
/// A wake that could not be delivered; the low bits name the core.
const NAME_WAKE_FAILED: u64 = OWN | 1 << 62;

/// How long `enter` may sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::io) enum Wait {
    No,
    Until(Instant),
    Forever,
}

/// What a completion says.
#[derive(Clone, Copy, Debug)]
pub(in crate::io) enum Event {
    Completed { key: OpKey, result: i32, more: bool },
    WakeFailed(CoreId),
    Nothing,
}

/// Another core's ring, as the target of wakes. Keeps the descriptor's number from being reused.
#[derive(Clone, Debug)]
pub(crate) struct RingHandle(Arc<OwnedFd>);

/// This core's ring.
pub(in crate::io) struct Ring {
    uring: IoUring,
    handle: RingHandle,
    enter_flags: EnterFlags,
    truncates: bool,
    /// What did not fit into the submission queue.
    backlog: VecDeque<Entry>,
    /// Answers to what was done without the kernel's queue.
    done: VecDeque<Event>,
}

impl Ring {
    pub(in crate::io) fn new(config: RingConfig) -> io::Result<Ring> {
        let uring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_taskrun_flag()
            .setup_submit_all()
            .setup_r_disabled()
            .setup_clamp()
            .setup_cqsize(config.entries.saturating_mul(4))
            .build(config.entries)
            .map_err(probe::explain_setup_error)?;
        let supported = probe::check_opcodes(&uring.submitter())?;
        let truncates = supported.is_supported(opcode::Ftruncate::CODE);
        seal::seal(&uring.submitter(), truncates)?;
        let iowait = uring.params().is_feature_no_iowait();
        let enter_flags = if iowait { EnterFlags::NO_IOWAIT } else { EnterFlags::empty() };
        // SAFETY: `dup` of a descriptor that is open; the new one has no other owner.
        let duplicate = unsafe { OwnedFd::from_raw_fd(duplicate_of(uring.as_raw_fd())?) };
        Ok(Ring {
            uring,
            handle: RingHandle(Arc::new(duplicate)),
            enter_flags,
            truncates,
            backlog: VecDeque::new(),
            done: VecDeque::new(),
        })
    }

    pub(in crate::io) fn handle(&self) -> RingHandle {
        self.handle.clone()
    }

    /// Queues an operation. The caller keeps `op` and all that it owns until the completion of
    /// `key`.
    pub(in crate::io) fn push(&mut self, key: OpKey, op: &mut Op) {
        if let Op::SetSize { file, size } = op
            && !self.truncates
        {
            let result = super::calls::truncate(file, *size);
            self.done.push_back(Event::Completed { key, result, more: false });
            return;
        }
        self.queue(entry(op).user_data(name(key)));
    }

    /// Asks the kernel to end an operation early; it completes all the same.
    pub(in crate::io) fn cancel(&mut self, key: OpKey) {
        self.queue(opcode::AsyncCancel::new(name(key)).build().user_data(NAME_NOTHING));
    }

    pub(in crate::io) fn cancel_all(&mut self) {
        let all = opcode::AsyncCancel2::new(CancelBuilder::any());
        self.queue(all.build().user_data(NAME_NOTHING));
    }

    /// Wakes another core's ring.
    pub(in crate::io) fn wake(&mut self, target: &RingHandle, core: CoreId) {
        let target = Fd(target.0.as_raw_fd());
        let message = opcode::MsgRingData::new(target, 0, NAME_NOTHING, None).build();
        let message = message.flags(Flags::SKIP_SUCCESS);
        self.queue(message.user_data(NAME_WAKE_FAILED | u64::from(core.0)));
    }

    /// Submits what is queued, lets the kernel finish what it can, and sleeps as told.
    pub(in crate::io) fn enter(
        &mut self,
        wait: Wait,
        _operations: &RefCell<Operations>,
    ) -> io::Result<()> {
        self.refill();
        let wait = if self.has_events() { Wait::No } else { wait };
        let submission = self.uring.submission();
        let to_submit = submission.len() as u32;
        let idle = to_submit == 0 && !submission.taskrun() && !submission.cq_overflow();
        drop(submission);
        if idle && wait == Wait::No {
            return Ok(());
        }
        let mut flags = self.enter_flags | EnterFlags::GETEVENTS | EnterFlags::EXT_ARG;
        let mut want = 1;
        let mut timespec = Timespec::new();
        let mut args = SubmitArgs::new();
        match wait {
            Wait::No => want = 0,
            Wait::Forever => {}
            Wait::Until(deadline) => {
                timespec = Timespec::from(deadline.since(clock::now()));
                args = args.timespec(&timespec);
            }
        }
        flags.set(EnterFlags::EXT_ARG, true);
        // SAFETY: all queued entries point into operations that their table keeps until their
        // completion; `args` and `timespec` outlive the call.
        let entered =
            unsafe { self.uring.submitter().enter(to_submit, want, flags.bits(), Some(&args)) };
        let _ = &timespec;
        match entered {
            Ok(_) => Ok(()),
            // Time is up, a signal came, or completions must be taken first: the next turn goes on.
            Err(error) => match error.raw_os_error() {
                Some(libc::ETIME | libc::EINTR | libc::EBUSY | libc::EAGAIN) => Ok(()),
                _ => Err(error),
            },
        }
    }

    pub(in crate::io) fn has_events(&mut self) -> bool {
        !self.done.is_empty() || !self.uring.completion().is_empty()
    }

    pub(in crate::io) fn next_event(&mut self) -> Option<Event> {
        if let Some(event) = self.done.pop_front() {
            return Some(event);
        }
        let completion = self.uring.completion().next()?;
        let (name, result) = (completion.user_data(), completion.result());
        if name & OWN == 0 {
            let more = io_uring::cqueue::more(completion.flags());
            return Some(Event::Completed { key: key(name), result, more });
        }
        if name & NAME_WAKE_FAILED == NAME_WAKE_FAILED && result < 0 {
            return Some(Event::WakeFailed(CoreId(name as u16)));
        }
        Some(Event::Nothing)
    }

    fn queue(&mut self, entry: Entry) {
        if !self.backlog.is_empty() {
            self.backlog.push_back(entry);
            return;
        }
        if self.uring.submission().is_full() {
            // Should the kernel refuse, the next `enter` tries again and reports.
            let _ = self.uring.submit();
        }
        // SAFETY: see `push`: whoever queues keeps what the entry points to.
        let pushed = unsafe { self.uring.submission().push(&entry) };
        if pushed.is_err() {
            self.backlog.push_back(entry);
        }
    }

    fn refill(&mut self) {
        while let Some(entry) = self.backlog.pop_front() {
            // SAFETY: see `push`.
            if unsafe { self.uring.submission().push(&entry) }.is_err() {
                self.backlog.push_front(entry);
                return;
            }
        }
    }
}

fn duplicate_of(descriptor: i32) -> io::Result<i32> {
    // SAFETY: F_DUPFD_CLOEXEC makes a new descriptor and touches no memory.
    let duplicate = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 0) };
    if duplicate < 0 { Err(io::Error::last_os_error()) } else { Ok(duplicate) }
}

fn name(key: OpKey) -> u64 {
    u64::from(key.generation) << 32 | u64::from(key.index)
}

fn key(name: u64) -> OpKey {
    OpKey { index: name as u32, generation: (name >> 32) as u32 & limits::OP_GENERATION_MASK }
}

fn fd(descriptor: &Descriptor) -> Fd {
    Fd(descriptor.raw())
}

/// The submission for an operation: pointers go to what `op` owns on the heap.
fn entry(op: &mut Op) -> Entry {
    match op {
        Op::Read { file, into, limit, offset } => {
            let spare = into.spare_capacity();
            let length = spare.len().min(*limit) as u32;
            opcode::Read::new(fd(file), spare.as_mut_ptr(), length).offset(*offset).build()
        }
        Op::Write { file, gather, offset, synced } => {
            gather.refresh_vectors();
            let list = &gather.vectors.list;
            let flags = if *synced { libc::RWF_DSYNC } else { 0 };
            opcode::Writev::new(fd(file), list.as_ptr(), list.len() as u32)
                .offset(*offset)
                .rw_flags(flags)
                .build()
        }
        Op::Sync { file, metadata } => {
            let flags = match metadata {
                Metadata::Needed => FsyncFlags::DATASYNC,
                Metadata::All => FsyncFlags::empty(),
            };
            opcode::Fsync::new(fd(file)).flags(flags).build()
        }
        Op::Allocate { file, offset, length } => {
            opcode::Fallocate::new(fd(file), *length).offset(*offset).build()
        }
        Op::SetSize { file, size } => opcode::Ftruncate::new(fd(file), *size).build(),
        Op::Open { .. }
        | Op::Rename { .. }
        | Op::RemoveFile { .. }
        | Op::RemoveDirectory { .. }
        | Op::CreateDirectory { .. } => path_entry(op),
        Op::AcceptMany { .. }
        | Op::Connect { .. }
        | Op::Poll { .. }
        | Op::Recv { .. }
        | Op::Send { .. } => socket_entry(op),
    }
}

fn path_entry(op: &Op) -> Entry {
    let here = Fd(libc::AT_FDCWD);
    match op {
        Op::Open { path, options } => {
            opcode::OpenAt::new(here, path.as_ptr()).flags(options.flags()).mode(0o644).build()
        }
        Op::Rename { from, to } => {
            opcode::RenameAt::new(here, from.as_ptr(), here, to.as_ptr()).build()
        }
        Op::RemoveFile { path } => opcode::UnlinkAt::new(here, path.as_ptr()).build(),
        Op::RemoveDirectory { path } => {
            opcode::UnlinkAt::new(here, path.as_ptr()).flags(libc::AT_REMOVEDIR).build()
        }
        Op::CreateDirectory { path } => {
            opcode::MkDirAt::new(here, path.as_ptr()).mode(0o755).build()
        }
        _ => unreachable!("only operations on paths come here"),
    }
}

fn socket_entry(op: &mut Op) -> Entry {
    match op {
        Op::AcceptMany { listener } => {
            opcode::AcceptMulti::new(fd(listener.descriptor())).flags(libc::SOCK_CLOEXEC).build()
        }
        Op::Connect { socket, address } => {
            let Address(storage) = &**address;
            let pointer: *const libc::sockaddr = (&raw const *storage).cast();
            opcode::Connect::new(fd(socket), pointer, length_of(storage)).build()
        }
        Op::Poll { socket, direction } => {
            let events = match direction {
                Direction::In => libc::POLLIN,
                Direction::Out => libc::POLLOUT,
            };
            opcode::PollAdd::new(fd(socket.descriptor()), events as u32).build()
        }
        Op::Recv { socket, into } => {
            let spare = into.spare_capacity();
            let length = u32::try_from(spare.len()).unwrap_or(u32::MAX);
            opcode::Recv::new(fd(socket.descriptor()), spare.as_mut_ptr(), length).build()
        }
        Op::Send { socket, gather } => {
            gather.refresh_vectors();
            let vectors = &mut gather.vectors;
            vectors.header.msg_iov = vectors.list.as_mut_ptr();
            vectors.header.msg_iovlen = vectors.list.len();
            let flags = libc::MSG_NOSIGNAL | libc::MSG_WAITALL;
            opcode::SendMsg::new(fd(socket.descriptor()), &raw const vectors.header)
                .flags(flags as u32)
                .build()
        }
        _ => unreachable!("only operations on sockets come here"),
    }
}

fn length_of(address: &nix::sys::socket::SockaddrStorage) -> libc::socklen_t {
    use nix::sys::socket::SockaddrLike;
    address.len()
}

const _: () = assert!(PAGE_BYTES == 4096, "direct I/O is aligned to the page");

#[cfg(test)]
mod tests {
    use io_uring::Probe;

    use super::*;

    /// What the kernel says of an entry.
    fn result_of(ring: &mut Ring, entry: Entry) -> i32 {
        ring.queue(entry.user_data(7));
        ring.enter(Wait::Forever, &RefCell::new(Operations::new())).unwrap();
        match ring.next_event() {
            Some(Event::Completed { result, .. }) => result,
            other => panic!("no completion: {other:?}"),
        }
    }

    #[test]
    fn the_kernel_refuses_what_is_not_in_use() {
        let mut ring = Ring::new(RingConfig::default()).unwrap();
        let poll = || opcode::PollAdd::new(Fd(-1), libc::POLLIN as u32).build();
        assert_eq!(result_of(&mut ring, poll()), -libc::EBADF, "it is taken");
        let refused = [
            opcode::Nop::new().build(),
            opcode::Socket::new(libc::AF_PACKET, libc::SOCK_RAW, 0).build(),
            opcode::Close::new(Fd(0)).build(),
            poll().flags(Flags::IO_LINK),
        ];
        for entry in refused {
            let shown = format!("{entry:?}");
            assert_eq!(result_of(&mut ring, entry), -libc::EACCES, "{shown}");
        }
        let registered = ring.uring.submitter().register_probe(&mut Probe::new());
        assert_eq!(registered.unwrap_err().raw_os_error(), Some(libc::EACCES));
    }
}
