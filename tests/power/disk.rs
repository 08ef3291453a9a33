//! A disk that loses power: one file on a FUSE file system of our own, for a loop device.
//!
//! Writes stay in memory, sector by sector, until a flush; a cut keeps any part of what was not
//! flushed, block by block, as a drive may, and fails every request from then on.
//! Promise: what a flush answered outlives each cut; nothing else need.
//! Read next: volume.rs, which puts a file system on it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, UNIX_EPOCH};

use fuser::{
    BackgroundSession, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen,
    ReplyWrite, Request, WriteFlags,
};
use support::load::random::Random;

const SECTOR_BYTES: usize = 512;
const NAME: &str = "disk";
const INODE: INodeNo = INodeNo(2);
/// A broker at rest writes nothing.
const CUT_PATIENCE: Duration = Duration::from_millis(300);
const TTL: Duration = Duration::from_secs(1);

type Sector = [u8; SECTOR_BYTES];

/// The disk. Unmounted when dropped; nothing may use its file then.
pub(crate) struct Disk {
    platter: Arc<Platter>,
    file: PathBuf,
    _session: BackgroundSession,
}

/// What a cut kept and lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) sectors_kept: usize,
    pub(crate) sectors_lost: usize,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} unflushed sectors kept, {} lost", self.sectors_kept, self.sectors_lost)
    }
}

struct Platter {
    bytes: u64,
    /// What a cut keeps or loses as a whole.
    sectors_per_block: u64,
    state: Mutex<State>,
    written: Condvar,
}

struct State {
    flushed: File,
    unflushed: HashMap<u64, Sector>,
    has_power: bool,
}

impl Disk {
    /// A new disk of `bytes`, mounted in `folder`. A cut tears no block of it.
    pub(crate) fn new(folder: &Path, bytes: u64, block_bytes: usize) -> io::Result<Disk> {
        let flushed =
            File::options().read(true).write(true).create_new(true).open(folder.join("platter"))?;
        flushed.set_len(bytes)?;
        let state = Mutex::new(State { flushed, unflushed: HashMap::new(), has_power: true });
        let sectors_per_block = (block_bytes / SECTOR_BYTES) as u64;
        let written = Condvar::new();
        let platter = Arc::new(Platter { bytes, sectors_per_block, state, written });
        let mount = folder.join("fuse");
        std::fs::create_dir(&mount)?;
        let session =
            fuser::spawn_mount(View(Arc::clone(&platter)), &mount, &fuser::Config::default())?;
        Ok(Disk { platter, file: mount.join(NAME), _session: session })
    }

    /// The disk as one file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// From here on every request fails. Of what was not flushed, an arbitrary part is kept. Waits
    /// for a moment at which something is not flushed, as long as that may come.
    pub(crate) fn cut_power(&self, random: &mut Random) -> Cut {
        let wanted = 1 << random.below(9);
        let began = Instant::now();
        let mut state = self.platter.state();
        while state.unflushed.len() < wanted && began.elapsed() < CUT_PATIENCE {
            state = self.platter.written.wait_timeout(state, CUT_PATIENCE).expect("no panic").0;
        }
        state.has_power = false;
        let mut unflushed: Vec<(u64, Sector)> = state.unflushed.drain().collect();
        let total = unflushed.len();
        // In an order that the seed alone decides.
        unflushed.sort_unstable_by_key(|(sector, _)| *sector);
        // All, none, or some of it: each is what some drive does.
        let kept_of_four = random.below(5);
        let (mut block, mut is_kept) = (None, false);
        unflushed.retain(|(sector, _)| {
            let its = Some(sector / self.platter.sectors_per_block);
            if block != its {
                (block, is_kept) = (its, random.below(4) < kept_of_four);
            }
            is_kept
        });
        let sectors_kept = unflushed.len();
        for (sector, bytes) in unflushed {
            state.store(sector, &bytes).expect("the platter's own file takes writes");
        }
        Cut { sectors_kept, sectors_lost: total - sectors_kept }
    }

    pub(crate) fn restore_power(&self) {
        self.platter.state().has_power = true;
    }
}

impl Platter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no request panicked")
    }

    /// The state, while there is power.
    fn powered(&self) -> Result<MutexGuard<'_, State>, Errno> {
        let state = self.state();
        if state.has_power { Ok(state) } else { Err(Errno::EIO) }
    }

    fn attributes(&self) -> FileAttr {
        FileAttr {
            ino: INODE,
            size: self.bytes,
            blocks: self.bytes / SECTOR_BYTES as u64,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: FileType::RegularFile,
            perm: 0o600,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            flags: 0,
            blksize: SECTOR_BYTES as u32,
        }
    }
}

impl State {
    fn store(&self, sector: u64, bytes: &Sector) -> io::Result<()> {
        self.flushed.write_all_at(bytes, sector * SECTOR_BYTES as u64)
    }

    fn flush(&mut self) -> io::Result<()> {
        for (sector, bytes) in std::mem::take(&mut self.unflushed) {
            self.store(sector, &bytes)?;
        }
        Ok(())
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.flushed.read_exact_at(bytes, offset)?;
        let first = offset / SECTOR_BYTES as u64;
        for (sector, part) in (first..).zip(bytes.chunks_mut(SECTOR_BYTES)) {
            if let Some(newer) = self.unflushed.get(&sector) {
                part.copy_from_slice(&newer[..part.len()]);
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let first = offset / SECTOR_BYTES as u64;
        for (sector, part) in (first..).zip(bytes.chunks_exact(SECTOR_BYTES)) {
            let part = *part.first_chunk().expect("a chunk is a sector");
            self.unflushed.insert(sector, part);
        }
    }
}

/// What the kernel sees: a folder with one file.
struct View(Arc<Platter>);

impl View {
    /// Whole sectors within the disk, as a block device asks for them.
    fn check(&self, offset: u64, bytes: usize) -> Result<(), Errno> {
        let is_aligned = (offset | bytes as u64).is_multiple_of(SECTOR_BYTES as u64);
        let is_inside = offset + bytes as u64 <= self.0.bytes;
        if is_aligned && is_inside { Ok(()) } else { Err(Errno::EINVAL) }
    }

    fn read_sectors(&self, offset: u64, bytes: usize) -> Result<Vec<u8>, Errno> {
        self.check(offset, bytes)?;
        let mut read = vec![0; bytes];
        self.0.powered()?.read(offset, &mut read).map_err(|_| Errno::EIO)?;
        Ok(read)
    }

    fn write_sectors(&self, offset: u64, data: &[u8]) -> Result<u32, Errno> {
        self.check(offset, data.len())?;
        self.0.powered()?.write(offset, data);
        self.0.written.notify_all();
        Ok(data.len() as u32)
    }
}

impl Filesystem for View {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match name.to_str() {
            Some(NAME) => reply.entry(&TTL, &self.0.attributes(), Generation(0)),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let mut attributes = self.0.attributes();
        if inode == INodeNo::ROOT {
            attributes = FileAttr { ino: inode, kind: FileType::Directory, ..attributes };
        }
        reply.attr(&TTL, &attributes);
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // Past the page cache: it would still show what a cut has lost.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.read_sectors(offset, bytes as usize) {
            Ok(read) => reply.data(&read),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.write_sectors(offset, data) {
            Ok(written) => reply.written(written),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // Of a closed descriptor; says nothing of the platter.
        reply.ok();
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let flushed = self.0.powered().and_then(|mut state| state.flush().map_err(|_| Errno::EIO));
        match flushed {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }
}
