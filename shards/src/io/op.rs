//! What a core can ask of the kernel: a closed list.
//!
//! Lives on: the core's operation table, from asking to completion.
//! Promise: an operation owns everything that the kernel reads or writes for it, on the heap, where
//! it does not move when the table grows: in buffers, or in what is `Fixed`.
//! Read next: operations.rs (the table), kernel/ring.rs (how each becomes a submission).

use std::ffi::CString;
use std::rc::Rc;

use super::buffers::Buffer;
use super::file::OpenOptions;
use super::fixed::Fixed;
use super::gather::Gather;
use super::kernel::{Address, Descriptor};
use super::socket::{ListenerShared, SocketShared};

/// One operation and what it owns.
pub(super) enum Op {
    /// Reads at most `limit` bytes into the spare capacity of `into`.
    Read {
        file: Rc<Descriptor>,
        into: Buffer,
        limit: usize,
        offset: u64,
    },
    Write {
        file: Rc<Descriptor>,
        gather: Fixed<Gather>,
        offset: u64,
        synced: bool,
    },
    Sync {
        file: Rc<Descriptor>,
        metadata: Metadata,
    },
    Allocate {
        file: Rc<Descriptor>,
        offset: u64,
        length: u64,
    },
    SetSize {
        file: Rc<Descriptor>,
        size: u64,
    },
    Open {
        path: Fixed<CString>,
        options: OpenOptions,
    },
    Rename {
        from: Fixed<CString>,
        to: Fixed<CString>,
    },
    RemoveFile {
        path: Fixed<CString>,
    },
    RemoveDirectory {
        path: Fixed<CString>,
    },
    CreateDirectory {
        path: Fixed<CString>,
    },
    /// Goes on until it fails or is cancelled; its results go to the listener.
    AcceptMany {
        listener: Rc<ListenerShared>,
    },
    Connect {
        socket: Rc<Descriptor>,
        address: Fixed<Address>,
    },
    Poll {
        socket: Rc<SocketShared>,
        direction: Direction,
    },
    Recv {
        socket: Rc<SocketShared>,
        into: Buffer,
    },
    Send {
        socket: Rc<SocketShared>,
        gather: Fixed<Gather>,
    },
}

impl Op {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Op::Read { .. } => "read",
            Op::Write { synced: true, .. } => "synced write",
            Op::Write { .. } => "write",
            Op::Sync { .. } => "sync",
            Op::Allocate { .. } => "allocate",
            Op::SetSize { .. } => "set size",
            Op::Open { .. } => "open",
            Op::Rename { .. } => "rename",
            Op::RemoveFile { .. } => "remove file",
            Op::RemoveDirectory { .. } => "remove directory",
            Op::CreateDirectory { .. } => "create directory",
            Op::AcceptMany { .. } => "accept",
            Op::Connect { .. } => "connect",
            Op::Poll { .. } => "poll",
            Op::Recv { .. } => "receive",
            Op::Send { .. } => "send",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metadata {
    /// Only what is needed to find the data again.
    Needed,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// A result of the kernel: a count or descriptor, or an error.
pub(super) fn check(result: i32) -> std::io::Result<u32> {
    u32::try_from(result).map_err(|_| std::io::Error::from_raw_os_error(-result))
}
