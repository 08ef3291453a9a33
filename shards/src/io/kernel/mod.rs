//! The operating system: the ring, and the few calls beside it. The seam for the simulated twin:
//! everything else in `io` is the same for both.
//!
//! Lives on: the core that calls.
//! Never: known outside of `io`.
//! Read next: ring.rs, calls.rs.

mod calls;
pub mod probe;
mod ring;
mod seal;

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use nix::sys::socket::SockaddrStorage;
use smallvec::SmallVec;

pub use calls::descriptors_max;
pub(crate) use calls::*;
pub(crate) use ring::RingHandle;
pub(super) use ring::{Event, Ring, Wait};

/// A file, socket or event of this process; closed when the last one of it is dropped, on whatever
/// core that is.
#[derive(Debug)]
pub(super) struct Descriptor(Arc<OwnedFd>);

impl Descriptor {
    /// Takes over what an open or accept gave.
    pub(super) fn from_completion(descriptor: i32) -> Descriptor {
        assert!(descriptor >= 0, "an error is no descriptor");
        // SAFETY: the kernel made this descriptor for the operation whose completion is being
        // handled, and completions are handled once: nobody else owns it.
        Descriptor(Arc::new(unsafe { OwnedFd::from_raw_fd(descriptor) }))
    }

    /// The same for another core. The process has one descriptor more for none of them.
    pub(super) fn share(&self) -> Descriptor {
        Descriptor(self.0.clone())
    }

    /// Whether another core has it too.
    pub(super) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A socket address as the kernel reads it.
pub(super) struct Address(SockaddrStorage);

impl Address {
    pub(super) fn new(address: std::net::SocketAddr) -> Address {
        Address(SockaddrStorage::from(address))
    }
}

/// Pieces of memory as the kernel reads them; pointers into what a `Gather` owns.
pub(super) struct Vectors {
    list: SmallVec<[libc::iovec; 8]>,
    header: libc::msghdr,
}

impl Vectors {
    pub(super) fn set<'a>(&mut self, pieces: impl Iterator<Item = &'a [u8]>) {
        self.list.clear();
        self.list.extend(pieces.map(|piece| libc::iovec {
            iov_base: piece.as_ptr().cast_mut().cast(),
            iov_len: piece.len(),
        }));
    }
}

impl Default for Vectors {
    fn default() -> Vectors {
        // SAFETY: a message header of zeroes is a valid one that names nothing.
        let header = unsafe { std::mem::zeroed() };
        Vectors { list: SmallVec::new(), header }
    }
}
