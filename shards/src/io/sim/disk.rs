//! A file system in memory that knows what a crash may lose.
//!
//! Promise: synced data and the names in synced directories survive a crash; of the rest each page
//! survives, or not, or is torn between sectors; name changes of a directory survive in order up to
//! some point.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::world::Random;
use crate::io::PAGE_BYTES;
use crate::io::directory::Entry;
use crate::io::file::OpenOptions;

const SECTOR_BYTES: usize = 512;
const PAGE: u64 = PAGE_BYTES as u64;

pub(super) type InodeId = u64;
pub(super) type DirectoryId = u64;
type Page = [u8; PAGE_BYTES];

const ROOT: DirectoryId = 0;
/// The room of a disk that was not limited.
const UNLIMITED: u64 = 1 << 40;
/// Of one name in a directory, as on ext4 and XFS.
const NAME_BYTES_MAX: usize = 255;

#[derive(Clone)]
pub(super) struct Disk {
    directories: BTreeMap<DirectoryId, Directory>,
    inodes: BTreeMap<InodeId, Inode>,
    next_inode: InodeId,
    capacity: u64,
    failing: BTreeMap<PathBuf, i32>,
    failing_syncs: BTreeMap<PathBuf, i32>,
    hanging: BTreeSet<PathBuf>,
    failing_opens: BTreeMap<PathBuf, i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory(DirectoryId),
    File(InodeId),
}

type Names = BTreeMap<OsString, Node>;

#[derive(Clone, Default)]
struct Directory {
    live: Names,
    durable: Names,
    /// Changes that no sync has made durable, each as a whole.
    unsynced: VecDeque<NameChange>,
    /// How many changes there were, synced or not.
    changes: u64,
}

/// What a sync makes durable: what was there when it was asked for, and nothing younger.
pub(super) enum Scope {
    File { inode: InodeId, number: u64, pages: BTreeMap<u64, Option<Rc<Page>>>, size: u64 },
    Directory { directory: DirectoryId, changes: u64 },
}

/// What names stand for from now on; none: nothing.
type NameChange = Vec<(OsString, Option<Node>)>;

#[derive(Clone, Default)]
struct Inode {
    live: Content,
    durable: Content,
    dirty: BTreeSet<u64>,
    /// How many syncs were asked for,
    syncs: u64,
    /// and which of them, or a synced write after it, made a page durable last.
    durable_by: BTreeMap<u64, u64>,
    /// Pages that have their room on the disk, and no content.
    reserved: BTreeSet<u64>,
    /// Pages that the page cache has dropped.
    evicted: BTreeSet<u64>,
    open: usize,
    lock: Option<i32>,
    made_at: PathBuf,
}

/// Pages by number, and the size; what has no page is zero.
#[derive(Clone, Default)]
struct Content {
    pages: BTreeMap<u64, Rc<Page>>,
    size: u64,
}

impl Disk {
    pub(super) fn new() -> Disk {
        Disk {
            directories: BTreeMap::from([(ROOT, Directory::default())]),
            inodes: BTreeMap::new(),
            next_inode: ROOT + 1,
            capacity: UNLIMITED,
            failing: BTreeMap::new(),
            failing_syncs: BTreeMap::new(),
            hanging: BTreeSet::new(),
            failing_opens: BTreeMap::new(),
        }
    }

    pub(super) fn fail_writes(&mut self, path: PathBuf, code: i32) {
        self.failing.insert(path, code);
    }

    pub(super) fn hang_writes(&mut self, path: PathBuf) {
        self.hanging.insert(path);
    }

    /// Whether a write of the file never completes.
    pub(super) fn hangs(&self, inode: InodeId) -> bool {
        let path = self.inodes.get(&inode).map(|inode| &inode.made_at);
        path.is_some_and(|path| self.hanging.iter().any(|prefix| path.starts_with(prefix)))
    }

    /// Leaves so much room and no more; none: as much as anyone wants.
    pub(super) fn leave_room(&mut self, bytes: Option<u64>) {
        self.capacity = bytes.map_or(UNLIMITED, |bytes| self.used() + bytes);
    }

    pub(super) fn fail_syncs(&mut self, path: PathBuf, code: i32) {
        self.failing_syncs.insert(path, code);
    }

    pub(super) fn fail_opens(&mut self, path: PathBuf, code: i32) {
        self.failing_opens.insert(path, code);
    }

    pub(super) fn crash(&mut self, random: &mut Random) {
        for directory in self.directories.values_mut() {
            directory.crash(random);
        }
        let mut named = BTreeSet::new();
        let mut pending = vec![ROOT];
        while let Some(id) = pending.pop() {
            named.insert(id);
            for node in self.directories[&id].live.values() {
                match node {
                    Node::Directory(inside) => pending.push(*inside),
                    Node::File(inode) => drop(named.insert(*inode)),
                }
            }
        }
        self.directories.retain(|id, _| named.contains(id));
        self.inodes.retain(|id, _| named.contains(id));
        for inode in self.inodes.values_mut() {
            inode.crash(random);
        }
    }

    // ---- names ----

    pub(super) fn open(&mut self, path: &Path, options: &OpenOptions) -> Result<Opened, i32> {
        self.make_given(path);
        check(&self.failing_opens, path)?;
        match self.node(path) {
            Some(_) if options.create_new => Err(libc::EEXIST),
            Some(Node::Directory(_)) if options.write => Err(libc::EISDIR),
            Some(Node::Directory(directory)) => Ok(Opened::Directory(directory)),
            Some(Node::File(_)) if options.directory => Err(libc::ENOTDIR),
            Some(Node::File(inode)) => {
                if options.truncate {
                    self.inode(inode).set_size(0);
                }
                Ok(Opened::File(inode))
            }
            None if !options.create && !options.create_new => Err(libc::ENOENT),
            None => {
                let (parent, name) = self.place(path)?;
                self.check_room(1)?;
                let inode = self.fresh_id();
                let made_at = path.to_path_buf();
                self.inodes.insert(inode, Inode { made_at, ..Inode::default() });
                self.change(parent, vec![(name, Some(Node::File(inode)))]);
                Ok(Opened::File(inode))
            }
        }
    }

    pub(super) fn create_directory(&mut self, path: &Path) -> Result<(), i32> {
        self.make_given(path);
        if self.node(path).is_some() {
            return Err(libc::EEXIST);
        }
        let (parent, name) = self.place(path)?;
        self.check_room(1)?;
        let id = self.fresh_id();
        self.directories.insert(id, Directory::default());
        self.change(parent, vec![(name, Some(Node::Directory(id)))]);
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> Result<(), i32> {
        match self.node(path) {
            None => Err(libc::ENOENT),
            Some(Node::Directory(_)) => Err(libc::EISDIR),
            Some(Node::File(_)) => self.remove(path),
        }
    }

    pub(super) fn remove_directory(&mut self, path: &Path) -> Result<(), i32> {
        match self.node(path) {
            None => Err(libc::ENOENT),
            Some(Node::File(_)) => Err(libc::ENOTDIR),
            Some(Node::Directory(id)) if !self.directories[&id].live.is_empty() => {
                Err(libc::ENOTEMPTY)
            }
            Some(Node::Directory(_)) => self.remove(path),
        }
    }

    fn remove(&mut self, path: &Path) -> Result<(), i32> {
        let (parent, name) = self.place(path)?;
        self.change(parent, vec![(name, None)]);
        Ok(())
    }

    /// Within one directory it survives a crash as a whole or not at all.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), i32> {
        let node = self.node(from).ok_or(libc::ENOENT)?;
        match self.node(to) {
            Some(Node::Directory(id)) if !self.directories[&id].live.is_empty() => {
                return Err(libc::ENOTEMPTY);
            }
            _ => {}
        }
        let (old_parent, old_name) = self.place(from)?;
        let (parent, name) = self.place(to)?;
        if old_parent == parent {
            self.change(parent, vec![(old_name, None), (name, Some(node))]);
        } else {
            self.change(parent, vec![(name, Some(node))]);
            self.change(old_parent, vec![(old_name, None)]);
        }
        Ok(())
    }

    pub(super) fn list(&self, path: &Path) -> Result<Vec<Entry>, i32> {
        let directory = match self.node(path) {
            None if is_given(path) => return Ok(Vec::new()),
            None => return Err(libc::ENOENT),
            Some(Node::File(_)) => return Err(libc::ENOTDIR),
            Some(Node::Directory(id)) => &self.directories[&id],
        };
        let entries = directory.live.iter().filter_map(|(name, node)| {
            let name = name.to_str()?.to_string();
            let (is_dir, size) = match node {
                Node::Directory(_) => (true, 0),
                Node::File(inode) => (false, self.inodes[inode].live.size),
            };
            Some(Entry { name, is_dir, size })
        });
        Ok(entries.collect())
    }

    pub(super) fn exists(&self, path: &Path) -> Result<bool, i32> {
        check_name(path)?;
        Ok(self.node(path).is_some() || is_given(path))
    }

    /// Makes the names in a directory durable.
    pub(super) fn sync_directory(&mut self, directory: DirectoryId) {
        if let Some(directory) = self.directories.get_mut(&directory) {
            directory.unsynced.clear();
            directory.durable = directory.live.clone();
        }
    }

    /// Makes all names and files durable.
    pub(super) fn sync_all(&mut self, path: &Path) -> Result<(), i32> {
        check(&self.failing_opens, path)?;
        let directories: Vec<DirectoryId> = self.directories.keys().copied().collect();
        directories.into_iter().for_each(|directory| self.sync_directory(directory));
        let files: Vec<InodeId> = self.inodes.keys().copied().collect();
        files.into_iter().try_for_each(|file| self.sync(file))
    }

    fn node(&self, path: &Path) -> Option<Node> {
        let mut node = Node::Directory(ROOT);
        for component in path.components() {
            if let Component::Normal(name) = component {
                let Node::Directory(id) = node else { return None };
                node = *self.directories.get(&id)?.live.get(name)?;
            }
        }
        Some(node)
    }

    /// The directory that has or would have the path, and its name there.
    fn place(&self, path: &Path) -> Result<(DirectoryId, OsString), i32> {
        let name = path.file_name().ok_or(libc::EINVAL)?;
        check_name(path)?;
        match path.parent().map(|parent| self.node(parent)) {
            Some(Some(Node::Directory(parent))) => Ok((parent, name.to_owned())),
            Some(Some(Node::File(_))) => Err(libc::ENOTDIR),
            Some(None) | None => Err(libc::ENOENT),
        }
    }

    fn change(&mut self, directory: DirectoryId, change: NameChange) {
        if let Some(directory) = self.directories.get_mut(&directory) {
            apply(&change, &mut directory.live);
            directory.unsynced.push_back(change);
            directory.changes += 1;
        }
    }

    /// Makes the directories on the way that every world has.
    fn make_given(&mut self, path: &Path) {
        let given: Vec<&Path> = path.ancestors().filter(|path| is_given(path)).collect();
        for path in given.into_iter().rev() {
            if self.node(path).is_none()
                && let Ok((parent, name)) = self.place(path)
            {
                let id = self.fresh_id();
                self.directories.insert(id, Directory::default());
                if let Some(parent) = self.directories.get_mut(&parent) {
                    parent.live.insert(name.clone(), Node::Directory(id));
                    parent.durable.insert(name, Node::Directory(id));
                }
            }
        }
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_inode += 1;
        self.next_inode
    }

    // ---- content ----

    pub(super) fn opened(&mut self, inode: InodeId) {
        self.inode(inode).open += 1;
    }

    pub(super) fn closed(&mut self, inode: InodeId, descriptor: i32) {
        // After a crash the file of an open descriptor may be gone.
        let Some(inode) = self.inodes.get_mut(&inode) else { return };
        inode.open = inode.open.saturating_sub(1);
        if inode.lock == Some(descriptor) {
            inode.lock = None;
        }
    }

    pub(super) fn try_lock(&mut self, inode: InodeId, descriptor: i32) -> bool {
        let lock = &mut self.inode(inode).lock;
        *lock.get_or_insert(descriptor) == descriptor
    }

    pub(super) fn size(&self, inode: InodeId) -> u64 {
        self.inodes.get(&inode).map_or(0, |inode| inode.live.size)
    }

    /// Bytes of what has a name or is open.
    pub(super) fn used(&self) -> u64 {
        let names = self.directories.values().flat_map(|directory| directory.live.values());
        let files = names.filter_map(|node| match node {
            Node::File(inode) => Some(*inode),
            Node::Directory(_) => None,
        });
        let named: BTreeSet<InodeId> = files.collect();
        let in_use = self.inodes.iter().filter(|(id, it)| it.open > 0 || named.contains(id));
        in_use.map(|(_, inode)| inode.pages() * PAGE).sum()
    }

    fn check_room(&self, pages: u64) -> Result<(), i32> {
        match self.capacity == UNLIMITED || pages == 0 || self.free() >= pages * PAGE {
            true => Ok(()),
            false => Err(libc::ENOSPC),
        }
    }

    /// Checks that there is room for those of these pages that have none yet.
    fn check_room_for(&self, inode: InodeId, pages: std::ops::Range<u64>) -> Result<(), i32> {
        match self.inodes.get(&inode) {
            Some(inode) if self.capacity != UNLIMITED => self.check_room(inode.missing(pages)),
            _ => Ok(()),
        }
    }

    pub(super) fn free(&self) -> u64 {
        self.capacity.saturating_sub(self.used())
    }

    pub(super) fn read(&mut self, inode: InodeId, offset: u64, into: &mut [u8]) -> usize {
        let inode = self.inode(inode);
        let length = inode.live.size.saturating_sub(offset).min(into.len() as u64) as usize;
        inode.live.read(offset, &mut into[..length]);
        if length > 0 {
            for page in offset / PAGE..=(offset + length as u64 - 1) / PAGE {
                inode.evicted.remove(&page);
            }
        }
        length
    }

    /// Reads without leaving a trace; nothing of what is no file.
    pub(super) fn peek(&self, path: &Path, offset: u64, length: usize) -> Vec<u8> {
        let Some(inode) = self.file_at(path) else { return Vec::new() };
        let length = inode.live.size.saturating_sub(offset).min(length as u64) as usize;
        let mut bytes = vec![0; length];
        inode.live.read(offset, &mut bytes);
        bytes
    }

    /// Calls `each` with the pages of a file that are not zero, and where they begin.
    pub(super) fn for_each_page(&self, path: &Path, mut each: impl FnMut(u64, &[u8])) {
        if let Some(inode) = self.file_at(path) {
            inode.live.pages.iter().for_each(|(page, bytes)| each(page * PAGE, &bytes[..]));
        }
    }

    /// Changes a page behind everyone's back.
    pub(super) fn change_page(&mut self, path: &Path, page: u64, change: impl FnOnce(&mut [u8])) {
        let Some(Node::File(inode)) = self.node(path) else { return };
        let inode = self.inode(inode);
        let bytes = inode.live.pages.entry(page).or_insert_with(|| Rc::new([0; PAGE_BYTES]));
        change(&mut Rc::make_mut(bytes)[..]);
        inode.make_durable(page);
    }

    fn file_at(&self, path: &Path) -> Option<&Inode> {
        match self.node(path) {
            Some(Node::File(inode)) => self.inodes.get(&inode),
            _ => None,
        }
    }

    pub(super) fn write(&mut self, inode: InodeId, offset: u64, bytes: &[u8]) -> Result<(), i32> {
        self.check_writable(inode)?;
        let pages = offset / PAGE..(offset + bytes.len() as u64).div_ceil(PAGE);
        let pages = if bytes.is_empty() { 0..0 } else { pages };
        self.check_room_for(inode, pages.clone())?;
        let inode = self.inode(inode);
        inode.live.write(offset, bytes);
        for page in pages {
            inode.reserved.remove(&page);
            inode.dirty.insert(page);
        }
        Ok(())
    }

    /// Makes a range, and the size if it is needed to reach it, durable.
    pub(super) fn sync_range(&mut self, inode: InodeId, offset: u64, length: u64) {
        let inode = self.inode(inode);
        let pages = offset / PAGE..(offset + length).div_ceil(PAGE);
        for page in pages {
            inode.make_durable(page);
        }
        inode.durable.size = inode.durable.size.max((offset + length).min(inode.live.size));
    }

    pub(super) fn sync(&mut self, inode: InodeId) -> Result<(), i32> {
        if let Some(synced) = self.inodes.get(&inode) {
            check(&self.failing_syncs, &synced.made_at)?;
        }
        let inode = self.inode(inode);
        for page in std::mem::take(&mut inode.dirty) {
            inode.make_durable(page);
        }
        inode.durable.size = inode.live.size;
        Ok(())
    }

    /// What a sync that is asked for now will make durable.
    pub(super) fn scope_of_file(&mut self, id: InodeId) -> Scope {
        let inode = self.inode(id);
        inode.syncs += 1;
        let page = |page: &u64| (*page, inode.live.pages.get(page).cloned());
        let pages = inode.dirty.iter().map(page).collect();
        Scope::File { inode: id, number: inode.syncs, pages, size: inode.live.size }
    }

    pub(super) fn scope_of_directory(&self, directory: DirectoryId) -> Scope {
        let changes = self.directories.get(&directory).map_or(0, |directory| directory.changes);
        Scope::Directory { directory, changes }
    }

    /// A sync is done.
    pub(super) fn sync_scope(&mut self, scope: Scope) -> Result<(), i32> {
        match scope {
            Scope::File { inode, number, pages, size } => {
                if let Some(synced) = self.inodes.get(&inode) {
                    check(&self.failing_syncs, &synced.made_at)?;
                }
                self.inode(inode).sync_pages(number, pages, size);
            }
            Scope::Directory { directory, changes } => {
                if let Some(directory) = self.directories.get_mut(&directory) {
                    directory.sync_until(changes);
                }
            }
        }
        Ok(())
    }

    /// Some pages become durable; the others pass for it.
    pub(super) fn fail_sync(&mut self, inode: InodeId, random: &mut Random) {
        let inode = self.inode(inode);
        for page in std::mem::take(&mut inode.dirty) {
            if random.one_in(2) {
                inode.make_durable(page);
            }
        }
    }

    pub(super) fn allocate(&mut self, id: InodeId, offset: u64, length: u64) -> Result<(), i32> {
        self.check_writable(id)?;
        let pages = offset / PAGE..(offset + length).div_ceil(PAGE);
        self.check_room_for(id, pages.clone())?;
        let inode = self.inode(id);
        let empty = pages.filter(|page| !inode.live.pages.contains_key(page));
        inode.reserved.extend(empty);
        inode.live.size = inode.live.size.max(offset + length);
        Ok(())
    }

    pub(super) fn set_size(&mut self, id: InodeId, size: u64) -> Result<(), i32> {
        self.check_writable(id)?;
        self.inode(id).set_size(size);
        Ok(())
    }

    pub(super) fn is_resident(&self, inode: InodeId, offset: u64, length: u64) -> bool {
        let Some(inode) = self.inodes.get(&inode) else { return false };
        let end = offset + length;
        let evicted = inode.evicted.range(offset / PAGE..end.div_ceil(PAGE)).next();
        length == 0 || (end <= inode.live.size.next_multiple_of(PAGE) && evicted.is_none())
    }

    pub(super) fn forget(&mut self, inode: InodeId, offset: u64, length: u64) {
        let inode = self.inode(inode);
        let pages = offset.div_ceil(PAGE)..(offset + length) / PAGE;
        inode.evicted.extend(pages.filter(|page| !inode.dirty.contains(page)));
    }

    fn inode(&mut self, inode: InodeId) -> &mut Inode {
        self.inodes.entry(inode).or_default()
    }

    fn check_writable(&self, inode: InodeId) -> Result<(), i32> {
        match self.inodes.get(&inode) {
            Some(inode) => check(&self.failing, &inode.made_at),
            None => Ok(()),
        }
    }
}

/// The error that was asked for below one of these paths; code 0 is none.
fn check(failing: &BTreeMap<PathBuf, i32>, path: &Path) -> Result<(), i32> {
    let found = failing.iter().find(|(prefix, code)| **code != 0 && path.starts_with(prefix));
    found.map_or(Ok(()), |(_, code)| Err(*code))
}

fn check_name(path: &Path) -> Result<(), i32> {
    let length = path.file_name().map_or(0, |name| name.len());
    if length > NAME_BYTES_MAX { Err(libc::ENAMETOOLONG) } else { Ok(()) }
}

pub(super) enum Opened {
    File(InodeId),
    Directory(DirectoryId),
}

/// Directories that every world has: what tests make with the real system.
fn is_given(path: &Path) -> bool {
    let temporary = std::env::temp_dir();
    path == Path::new("/") || path == temporary || path.parent() == Some(&temporary)
}

fn apply(change: &NameChange, names: &mut Names) {
    for (name, node) in change {
        match node {
            Some(node) => names.insert(name.clone(), *node),
            None => names.remove(name),
        };
    }
}

impl Directory {
    /// Makes so many of all its changes durable.
    fn sync_until(&mut self, changes: u64) {
        while self.changes - (self.unsynced.len() as u64) < changes {
            let Some(change) = self.unsynced.pop_front() else { break };
            apply(&change, &mut self.durable);
        }
    }

    /// Changes survive in their order, up to some point.
    fn crash(&mut self, random: &mut Random) {
        for change in std::mem::take(&mut self.unsynced) {
            if random.one_in(3) {
                break;
            }
            apply(&change, &mut self.durable);
        }
        self.live = self.durable.clone();
    }
}

impl Inode {
    /// Pages that have room on the disk.
    fn pages(&self) -> u64 {
        (self.live.pages.len() + self.reserved.len()) as u64
    }

    /// How many of these have no room on the disk yet.
    fn missing(&self, pages: std::ops::Range<u64>) -> u64 {
        let has_room =
            |page: &u64| self.live.pages.contains_key(page) || self.reserved.contains(page);
        pages.filter(|page| !has_room(page)).count() as u64
    }

    fn set_size(&mut self, size: u64) {
        self.live.set_size(size);
        self.reserved.split_off(&size.div_ceil(PAGE));
        self.dirty.extend(self.durable.pages.range(size / PAGE..).map(|(page, _)| *page));
    }

    /// What the sync of this number was asked for, where no later one has done more.
    fn sync_pages(&mut self, number: u64, pages: BTreeMap<u64, Option<Rc<Page>>>, size: u64) {
        for (page, then) in pages {
            let is_newer = self.durable_by.get(&page).is_some_and(|by| *by >= number);
            if is_newer || !self.dirty.contains(&page) {
                continue;
            }
            self.durable_by.insert(page, number);
            if then.as_ref().map(Rc::as_ptr) == self.live.pages.get(&page).map(Rc::as_ptr) {
                self.dirty.remove(&page);
            }
            match then {
                Some(bytes) => self.durable.pages.insert(page, bytes),
                None => self.durable.pages.remove(&page),
            };
        }
        self.durable.size = match size == self.live.size {
            true => size,
            false => self.durable.size.max(size.min(self.live.size)),
        };
    }

    fn make_durable(&mut self, page: u64) {
        self.durable_by.insert(page, self.syncs);
        match self.live.pages.get(&page) {
            Some(bytes) => self.durable.pages.insert(page, bytes.clone()),
            None => self.durable.pages.remove(&page),
        };
        self.dirty.remove(&page);
    }

    fn crash(&mut self, random: &mut Random) {
        for page in std::mem::take(&mut self.dirty) {
            match random.below(3) {
                0 => {}
                1 => self.make_durable(page),
                _ => self.tear(page, random),
            }
        }
        if random.one_in(2) {
            self.durable.size = self.live.size;
        }
        let size = self.durable.size;
        self.durable.set_size(size);
        self.live = self.durable.clone();
        self.reserved.split_off(&size.div_ceil(PAGE));
        self.reserved.retain(|page| !self.live.pages.contains_key(page));
        self.evicted.clear();
        self.lock = None;
        self.open = 0;
    }

    /// Some sectors of the page are new, some old.
    fn tear(&mut self, page: u64, random: &mut Random) {
        let mut torn = self.durable.pages.get(&page).map_or([0; PAGE_BYTES], |bytes| **bytes);
        let new = self.live.pages.get(&page).map_or([0; PAGE_BYTES], |bytes| **bytes);
        for (old, new) in torn.chunks_mut(SECTOR_BYTES).zip(new.chunks(SECTOR_BYTES)) {
            if random.one_in(2) {
                old.copy_from_slice(new);
            }
        }
        self.durable.pages.insert(page, Rc::new(torn));
    }
}

impl Content {
    fn read(&self, offset: u64, into: &mut [u8]) {
        for_each_page(offset, into.len(), |page, inside, range| match self.pages.get(&page) {
            Some(bytes) => {
                let length = range.len();
                into[range].copy_from_slice(&bytes[inside..inside + length]);
            }
            None => into[range].fill(0),
        });
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        for_each_page(offset, bytes.len(), |page, inside, range| {
            let target = self.pages.entry(page).or_insert_with(|| Rc::new([0; PAGE_BYTES]));
            let length = range.len();
            Rc::make_mut(target)[inside..inside + length].copy_from_slice(&bytes[range]);
        });
        self.size = self.size.max(offset + bytes.len() as u64);
    }

    fn set_size(&mut self, size: u64) {
        self.size = size;
        self.pages.split_off(&size.div_ceil(PAGE));
        let inside = (size % PAGE) as usize;
        if inside > 0
            && let Some(last) = self.pages.get_mut(&(size / PAGE))
        {
            Rc::make_mut(last)[inside..].fill(0);
        }
    }
}

/// Calls `visit` with each page of a range: its number, where in it, and where in the range.
fn for_each_page(
    offset: u64,
    length: usize,
    mut visit: impl FnMut(u64, usize, std::ops::Range<usize>),
) {
    let mut done = 0;
    while done < length {
        let position = offset + done as u64;
        let inside = (position % PAGE) as usize;
        let part = (PAGE_BYTES - inside).min(length - done);
        visit(position / PAGE, inside, done..done + part);
        done += part;
    }
}
