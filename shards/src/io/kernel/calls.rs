//! System calls beside the ring: those that do not block, and rare ones on directories.
//!
//! Lives on: the core that calls.

use std::ffi::CString;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, SockaddrStorage, sockopt};

use super::super::socket::DescriptorUse;
use super::Descriptor;
use crate::io::directory::{Entry, VolumeBytes};
use crate::io::file::OpenOptions;
use crate::io::fixed::Fixed;
use crate::limits;

/// `cachestat(2)`, Linux 6.5.
const CACHESTAT: libc::c_long = 451;

pub(crate) fn monotonic_ns() -> u64 {
    read_clock(libc::CLOCK_MONOTONIC)
}

pub(crate) fn wall_ms() -> i64 {
    (read_clock(libc::CLOCK_REALTIME) / 1_000_000) as i64
}

fn read_clock(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec, which lives here.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(result, 0, "every Linux has this clock");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

pub(crate) fn random(bytes: &mut [u8]) {
    let mut filled = 0;
    while filled < bytes.len() {
        let rest = &mut bytes[filled..];
        // SAFETY: writes at most `rest.len()` bytes into `rest`.
        let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        filled += usize::try_from(got).unwrap_or(0);
    }
}

pub(in crate::io) fn path_text(path: &Path) -> io::Result<Fixed<CString>> {
    CString::new(path.as_os_str().as_bytes()).map(Fixed::new).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{path:?} contains a zero byte"))
    })
}

impl OpenOptions {
    pub(super) fn flags(&self) -> i32 {
        let access = if self.write { libc::O_RDWR } else { libc::O_RDONLY };
        let mut flags = access | libc::O_CLOEXEC;
        for (wanted, flag) in [
            (self.create, libc::O_CREAT),
            (self.create_new, libc::O_CREAT | libc::O_EXCL),
            (self.truncate, libc::O_TRUNC),
            (self.direct, libc::O_DIRECT),
            (self.directory, libc::O_DIRECTORY),
        ] {
            flags |= if wanted { flag } else { 0 };
        }
        flags
    }
}

pub(in crate::io) fn size(file: &Descriptor) -> io::Result<u64> {
    Ok(nix::sys::stat::fstat(&file.0)?.st_size as u64)
}

/// The result of ftruncate(2) as the ring would give it.
pub(super) fn truncate(file: &Descriptor, size: u64) -> i32 {
    match nix::unistd::ftruncate(&file.0, size as i64) {
        Ok(()) => 0,
        Err(error) => -(error as i32),
    }
}

/// Whether all pages of the range are in the page cache.
pub(in crate::io) fn is_resident(file: &Descriptor, offset: u64, length: u64) -> bool {
    if length == 0 {
        return true;
    }
    #[repr(C)]
    struct Range {
        offset: u64,
        length: u64,
    }
    #[repr(C)]
    #[derive(Default)]
    struct Statistics {
        cached: u64,
        dirty: u64,
        writeback: u64,
        evicted: u64,
        recently_evicted: u64,
    }
    let range = Range { offset, length };
    let mut found = Statistics::default();
    // SAFETY: the kernel reads one range and writes one statistics structure, laid out as it does.
    let result = unsafe {
        libc::syscall(CACHESTAT, file.0.as_raw_fd(), &raw const range, &raw mut found, 0)
    };
    if result != 0 {
        return is_resident_by_trial(file, offset, length);
    }
    let page = super::super::PAGE_BYTES as u64;
    let pages = (offset + length - 1) / page - offset / page + 1;
    found.cached >= pages
}

/// Without cachestat: a byte of each page is read, without waiting for the disk.
fn is_resident_by_trial(file: &Descriptor, offset: u64, length: u64) -> bool {
    let page = super::super::PAGE_BYTES as u64;
    let mut position = offset;
    while position < offset + length {
        let mut byte = 0u8;
        let vector = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        // SAFETY: reads at most one byte into `byte`.
        let got = unsafe {
            libc::preadv2(file.raw(), &raw const vector, 1, position as i64, libc::RWF_NOWAIT)
        };
        if got < 1 {
            return false;
        }
        position = (position / page + 1) * page;
    }
    true
}

/// Lets the page cache drop the range; it is advice.
pub(in crate::io) fn forget(file: &Descriptor, offset: u64, length: u64) {
    let (offset, length) = (offset as i64, length as i64);
    // SAFETY: touches no memory of this process.
    unsafe { libc::posix_fadvise(file.raw(), offset, length, libc::POSIX_FADV_DONTNEED) };
}

/// Takes the file's exclusive lock for as long as it is open; false if someone has it.
pub(in crate::io) fn try_lock(file: &Descriptor) -> io::Result<bool> {
    // SAFETY: touches no memory of this process.
    let result = unsafe { libc::flock(file.raw(), libc::LOCK_EX | libc::LOCK_NB) };
    if result == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::EWOULDBLOCK) { Ok(false) } else { Err(error) }
}

/// A socket that has an address, and nobody can connect to yet.
pub(in crate::io) fn bind(address: SocketAddr) -> io::Result<Descriptor> {
    let socket = new_socket(address)?;
    socket::setsockopt(&socket.0, sockopt::ReuseAddr, &true)?;
    socket::bind(socket.raw(), &SockaddrStorage::from(address))?;
    Ok(socket)
}

pub(in crate::io) fn listen(socket: &Descriptor) -> io::Result<()> {
    // SAFETY: touches no memory of this process.
    let result = unsafe { libc::listen(socket.raw(), limits::LISTEN_BACKLOG) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A stream socket. Blocking: a ring operation on it waits inside the kernel.
pub(in crate::io) fn new_socket(address: SocketAddr) -> io::Result<Descriptor> {
    let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let socket = socket::socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    Ok(Descriptor(Arc::new(socket)))
}

pub(in crate::io) fn local_address(socket: &Descriptor) -> io::Result<SocketAddr> {
    to_address(socket::getsockname(socket.raw())?)
}

pub(in crate::io) fn peer_address(socket: &Descriptor) -> io::Result<SocketAddr> {
    to_address(socket::getpeername(socket.raw())?)
}

fn to_address(address: SockaddrStorage) -> io::Result<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::from((v4.ip(), v4.port())));
    let v6 = || address.as_sockaddr_in6().map(|v6| SocketAddr::from((v6.ip(), v6.port())));
    v4.or_else(v6).ok_or_else(|| io::Error::other("an address that is neither IPv4 nor IPv6"))
}

pub(in crate::io) fn descriptor_use(descriptor: &Descriptor) -> DescriptorUse {
    DescriptorUse { used: descriptor.0.as_raw_fd() as u64 + 1, max: descriptors_max() }
}

/// Has the allocator give the pages of what was freed back to the system, wherever they lie. Each
/// thread that allocates meanwhile may wait for its own part of it, some milliseconds.
pub(in crate::io) fn trim_memory() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes the allocator's own locks, and touches free memory alone.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// How many descriptors the process may have.
pub fn descriptors_max() -> u64 {
    let limit = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE);
    limit.map_or(u64::MAX, |(soft, _)| soft)
}

pub(in crate::io) fn set_no_delay(socket: &Descriptor) -> io::Result<()> {
    Ok(socket::setsockopt(&socket.0, sockopt::TcpNoDelay, &true)?)
}

/// Ends both directions; pending operations on the socket complete.
pub(in crate::io) fn shut_down(socket: &Descriptor, how: Shutdown) {
    let how = match how {
        Shutdown::Read => socket::Shutdown::Read,
        Shutdown::Write => socket::Shutdown::Write,
        Shutdown::Both => socket::Shutdown::Both,
    };
    // The peer may have ended it before.
    let _ = socket::shutdown(socket.raw(), how);
}

/// Sends from the page cache until the socket takes no more; bytes sent, which may be 0.
pub(in crate::io) fn send_file(
    socket: &Descriptor,
    file: &Descriptor,
    offset: u64,
    length: usize,
) -> io::Result<SentFile> {
    set_blocking(socket, Blocking::No)?;
    let mut position = offset as i64;
    let end = offset as i64 + length as i64;
    let outcome = loop {
        let left = (end - position) as usize;
        if left == 0 {
            break Ok(SentFileEnd::Done);
        }
        // SAFETY: the kernel reads and writes `position`, which lives here.
        let sent = unsafe { libc::sendfile(socket.raw(), file.raw(), &raw mut position, left) };
        match sent {
            0 => break Ok(SentFileEnd::EndOfFile),
            1.. => {}
            _ => match io::Error::last_os_error() {
                error if error.raw_os_error() == Some(libc::EAGAIN) => break Ok(SentFileEnd::Full),
                error if error.raw_os_error() == Some(libc::EINTR) => {}
                error => break Err(error),
            },
        }
    };
    set_blocking(socket, Blocking::Yes)?;
    let bytes = (position - offset as i64) as usize;
    outcome.map(|end| SentFile { bytes, end })
}

/// What one round of [`send_file`] achieved.
pub(in crate::io) struct SentFile {
    pub(in crate::io) bytes: usize,
    pub(in crate::io) end: SentFileEnd,
}

pub(in crate::io) enum SentFileEnd {
    Done,
    /// The socket takes no more at the moment.
    Full,
    EndOfFile,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Blocking {
    Yes,
    No,
}

/// Ring operations want a blocking socket (they would fail with EAGAIN instead of waiting),
/// sendfile a non-blocking one; nothing is submitted in between.
fn set_blocking(socket: &Descriptor, blocking: Blocking) -> io::Result<()> {
    let mut flag: libc::c_int = (blocking == Blocking::No).into();
    // SAFETY: the kernel reads one integer, which lives here.
    let result = unsafe { libc::ioctl(socket.raw(), libc::FIONBIO, &raw mut flag) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

pub(in crate::io) fn list(directory: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue };
        let Ok(name) = entry.file_name().into_string() else { continue };
        entries.push(Entry { name, is_dir: metadata.is_dir(), size: metadata.len() });
        if entries.len() > limits::DIRECTORY_ENTRIES_MAX {
            return Err(io::Error::other(format!("{directory:?} has too many entries")));
        }
    }
    Ok(entries)
}

pub(in crate::io) fn exists(path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Whether this process may make files in the directory: its rights, and how it is mounted.
pub(in crate::io) fn check_writable(directory: &Path) -> io::Result<()> {
    use nix::unistd::{AccessFlags, eaccess};
    Ok(eaccess(directory, AccessFlags::W_OK | AccessFlags::X_OK)?)
}

/// Has the file system that the directory is in write all that it holds in memory.
pub(in crate::io) fn sync_file_system(directory: &Path) -> io::Result<()> {
    Ok(nix::unistd::syncfs(std::fs::File::open(directory)?)?)
}

pub(in crate::io) fn volume_bytes(directory: &Path) -> io::Result<VolumeBytes> {
    let statistics = nix::sys::statvfs::statvfs(directory)?;
    let fragment_bytes = statistics.fragment_size();
    let writable = match nix::unistd::geteuid().is_root() {
        true => statistics.blocks_free(),
        false => statistics.blocks_available(),
    };
    Ok(VolumeBytes {
        total: statistics.blocks() * fragment_bytes,
        free: statistics.blocks_available() * fragment_bytes,
        writable: writable * fragment_bytes,
    })
}

/// A counter that another thread raises to wake a core.
pub(in crate::io) struct Doorbell(OwnedFd);

impl Doorbell {
    /// The bell and the descriptor that a core reads from.
    pub(in crate::io) fn new() -> io::Result<(Doorbell, Descriptor)> {
        // SAFETY: touches no memory of this process.
        let event = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC) };
        if event < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made; nobody else owns it.
        let event = unsafe { OwnedFd::from_raw_fd(event) };
        let reader = event.try_clone()?;
        Ok((Doorbell(event), Descriptor(Arc::new(reader))))
    }

    /// Wakes the core; callable from any thread and from a signal handler.
    pub(in crate::io) fn ring(&self) {
        // Full means that it has rung long since.
        let _ = nix::unistd::write(&self.0, &1u64.to_ne_bytes());
    }
}
