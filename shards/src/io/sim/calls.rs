//! The twin of the calls beside the ring.

use std::ffi::CString;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::socket::DescriptorUse;
use super::Descriptor;
use super::disk::InodeId;
use super::world::{Object, World, with};
use crate::io::directory::{Entry, VolumeBytes};
use crate::io::fixed::Fixed;

pub(crate) fn monotonic_ns() -> u64 {
    with(|world| world.drift.shown_at(world.now_ns))
}

pub(crate) fn wall_ms() -> i64 {
    with(|world| (world.wall_ns() / 1_000_000) as i64)
}

pub(crate) fn random(bytes: &mut [u8]) {
    with(|world| {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&world.random.next().to_le_bytes()[..chunk.len()]);
        }
    });
}

pub(in crate::io) fn path_text(path: &Path) -> io::Result<Fixed<CString>> {
    CString::new(path.as_os_str().as_bytes()).map(Fixed::new).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{path:?} contains a zero byte"))
    })
}

fn file_of(world: &World, file: &Descriptor) -> io::Result<InodeId> {
    world.file(file.0).ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))
}

fn os_error<T>(result: Result<T, i32>) -> io::Result<T> {
    result.map_err(io::Error::from_raw_os_error)
}

pub(in crate::io) fn size(file: &Descriptor) -> io::Result<u64> {
    with(|world| Ok(world.disk.size(file_of(world, file)?)))
}

pub(in crate::io) fn is_resident(file: &Descriptor, offset: u64, length: u64) -> bool {
    with(|world| {
        world.file(file.0).is_some_and(|inode| world.disk.is_resident(inode, offset, length))
    })
}

pub(in crate::io) fn forget(file: &Descriptor, offset: u64, length: u64) {
    with(|world| {
        if let Some(inode) = world.file(file.0) {
            world.disk.forget(inode, offset, length);
        }
    });
}

pub(in crate::io) fn try_lock(file: &Descriptor) -> io::Result<bool> {
    with(|world| {
        let inode = file_of(world, file)?;
        Ok(world.disk.try_lock(inode, file.0))
    })
}

pub(in crate::io) fn bind(address: SocketAddr) -> io::Result<Descriptor> {
    with(|world| {
        let port = os_error(world.network.bind(address))?;
        Ok(Descriptor(world.add(Object::Listener(port))))
    })
}

pub(in crate::io) fn listen(socket: &Descriptor) -> io::Result<()> {
    with(|world| match *world.object(socket.0) {
        Object::Listener(port) => {
            world.network.listen(port);
            Ok(())
        }
        _ => Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
    })
}

pub(in crate::io) fn new_socket(_address: SocketAddr) -> io::Result<Descriptor> {
    with(|world| Ok(Descriptor(world.add(Object::Unconnected))))
}

pub(in crate::io) fn local_address(socket: &Descriptor) -> io::Result<SocketAddr> {
    with(|world| match *world.object(socket.0) {
        Object::Listener(port) => Ok(world.network.listener_address(port)),
        Object::Endpoint(endpoint) => Ok(world.network.addresses(endpoint).0),
        _ => Err(io::Error::from_raw_os_error(libc::ENOTCONN)),
    })
}

pub(in crate::io) fn peer_address(socket: &Descriptor) -> io::Result<SocketAddr> {
    with(|world| {
        let endpoint = world.endpoint(socket.0);
        let endpoint = endpoint.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOTCONN))?;
        Ok(world.network.addresses(endpoint).1)
    })
}

/// There is one thread, and its memory is not measured.
pub(in crate::io) fn trim_memory() {}

/// So few that files of segments are closed for others all the time. Nothing else is bound by it.
pub fn descriptors_max() -> u64 {
    160
}

/// Numbers are not given out again here, and there is no limit.
pub(in crate::io) fn descriptor_use(_descriptor: &Descriptor) -> DescriptorUse {
    DescriptorUse { used: 0, max: u64::MAX }
}

pub(in crate::io) fn set_no_delay(_socket: &Descriptor) -> io::Result<()> {
    Ok(())
}

pub(in crate::io) fn shut_down(socket: &Descriptor, how: Shutdown) {
    with(|world| {
        if let Some(endpoint) = world.endpoint(socket.0) {
            world.network.shut_down(endpoint, how == Shutdown::Both, world.now_ns);
        }
    });
}

pub(in crate::io) fn send_file(
    socket: &Descriptor,
    file: &Descriptor,
    offset: u64,
    length: usize,
) -> io::Result<SentFile> {
    with(|world| {
        let inode = file_of(world, file)?;
        let mut bytes = vec![0; length];
        let available = world.disk.read(inode, offset, &mut bytes);
        if available == 0 && length > 0 {
            return Ok(SentFile { bytes: 0, end: SentFileEnd::EndOfFile });
        }
        let endpoint = world.endpoint(socket.0);
        let endpoint = endpoint.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOTCONN))?;
        let piece = std::iter::once(&bytes[..available]);
        match world.network.send(endpoint, piece, world.now_ns, &mut world.random) {
            None => Ok(SentFile { bytes: 0, end: SentFileEnd::Full }),
            Some(sent) => {
                let bytes = os_error(sent)?;
                let end = if bytes == length { SentFileEnd::Done } else { SentFileEnd::Full };
                Ok(SentFile { bytes, end })
            }
        }
    })
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

pub(in crate::io) fn list(directory: &Path) -> io::Result<Vec<Entry>> {
    with(|world| os_error(world.disk.list(directory)))
}

pub(in crate::io) fn exists(path: &Path) -> io::Result<bool> {
    with(|world| os_error(world.disk.exists(path)))
}

/// All have the rights; a disk that fails says so.
pub(in crate::io) fn check_writable(directory: &Path) -> io::Result<()> {
    exists(directory).map(drop)
}

pub(in crate::io) fn sync_file_system(directory: &Path) -> io::Result<()> {
    with(|world| {
        let fails = world.errors.is_some_and(|errors| world.random.one_in(errors.one_in));
        os_error(match fails {
            true => Err(libc::EIO),
            false => world.disk.sync_all(directory),
        })
    })
}

pub(in crate::io) fn volume_bytes(_directory: &Path) -> io::Result<VolumeBytes> {
    with(|world| {
        let free = world.disk.free();
        Ok(VolumeBytes { total: free.saturating_add(world.disk.used()), free, writable: free })
    })
}

/// A counter that another task of the world raises.
pub(in crate::io) struct Doorbell(Arc<AtomicU64>);

impl Doorbell {
    pub(in crate::io) fn new() -> io::Result<(Doorbell, Descriptor)> {
        let bell = Arc::new(AtomicU64::new(0));
        let reader = with(|world| Descriptor(world.add(Object::Bell(bell.clone()))));
        Ok((Doorbell(bell), reader))
    }

    pub(in crate::io) fn ring(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
