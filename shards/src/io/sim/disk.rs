//! A file system in memory that knows what a crash may lose.
//!
//! Promise: synced data and the names in synced directories survive a crash; of the rest each page
//! survives, or not, or is torn between sectors; name changes of a directory survive in order up to
//! some point.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::world::Random;
use crate::io::PAGE_BYTES;
use crate::io::directory::Entry;
use crate::io::file::OpenOptions;

const SECTOR_BYTES: usize = 512;
const PAGE: u64 = PAGE_BYTES as u64;

pub(super) type InodeId = u64;
type Page = [u8; PAGE_BYTES];

pub(super) struct Disk {
    names: BTreeMap<PathBuf, Node>,
    durable_names: BTreeMap<PathBuf, Node>,
    /// Changes of names that no sync of their directory has made durable.
    unsynced_names: Vec<NameChange>,
    inodes: BTreeMap<InodeId, Inode>,
    next_inode: InodeId,
    capacity: u64,
    failing: BTreeMap<PathBuf, i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory,
    File(InodeId),
}

/// One change of names, made as a whole.
struct NameChange {
    directory: PathBuf,
    remove: Option<PathBuf>,
    insert: Option<(PathBuf, Node)>,
}

#[derive(Default)]
struct Inode {
    live: Content,
    durable: Content,
    dirty: BTreeSet<u64>,
    /// Pages that the page cache has dropped.
    evicted: BTreeSet<u64>,
    open: usize,
    lock: Option<i32>,
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
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
            inodes: BTreeMap::new(),
            next_inode: 1,
            capacity: 1 << 40,
            failing: BTreeMap::new(),
        }
    }

    pub(super) fn fail_writes(&mut self, path: PathBuf, code: i32) {
        self.failing.insert(path, code);
    }

    pub(super) fn limit(&mut self, bytes: u64) {
        self.capacity = bytes;
    }

    pub(super) fn crash(&mut self, random: &mut Random) {
        let mut cut = BTreeSet::new();
        for change in std::mem::take(&mut self.unsynced_names) {
            if cut.contains(&change.directory) || random.one_in(3) {
                cut.insert(change.directory);
            } else {
                change.apply(&mut self.durable_names);
            }
        }
        self.names = self.durable_names.clone();
        let named: BTreeSet<InodeId> = self.names.values().filter_map(Node::file).collect();
        self.inodes.retain(|id, _| named.contains(id));
        for inode in self.inodes.values_mut() {
            inode.crash(random);
        }
    }

    // ---- names ----

    pub(super) fn open(&mut self, path: &Path, options: &OpenOptions) -> Result<Opened, i32> {
        match self.node(path) {
            Some(_) if options.create_new => Err(libc::EEXIST),
            Some(Node::Directory) if options.write => Err(libc::EISDIR),
            Some(Node::Directory) => Ok(Opened::Directory),
            Some(Node::File(_)) if options.directory => Err(libc::ENOTDIR),
            Some(Node::File(inode)) => {
                if options.truncate {
                    self.inode(inode).set_size(0);
                }
                Ok(Opened::File(inode))
            }
            None if !options.create && !options.create_new => Err(libc::ENOENT),
            None => {
                self.check_parent(path)?;
                let inode = self.next_inode;
                self.next_inode += 1;
                self.inodes.insert(inode, Inode::default());
                self.change(path, None, Some(Node::File(inode)));
                Ok(Opened::File(inode))
            }
        }
    }

    pub(super) fn create_directory(&mut self, path: &Path) -> Result<(), i32> {
        if self.node(path).is_some() {
            return Err(libc::EEXIST);
        }
        self.check_parent(path)?;
        self.change(path, None, Some(Node::Directory));
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> Result<(), i32> {
        match self.node(path) {
            None => Err(libc::ENOENT),
            Some(Node::Directory) => Err(libc::EISDIR),
            Some(Node::File(_)) => {
                self.change(path, Some(path), None);
                Ok(())
            }
        }
    }

    pub(super) fn remove_directory(&mut self, path: &Path) -> Result<(), i32> {
        match self.node(path) {
            None => Err(libc::ENOENT),
            Some(Node::File(_)) => Err(libc::ENOTDIR),
            Some(Node::Directory) if !self.list(path)?.is_empty() => Err(libc::ENOTEMPTY),
            Some(Node::Directory) => {
                self.change(path, Some(path), None);
                Ok(())
            }
        }
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), i32> {
        let node = self.node(from).ok_or(libc::ENOENT)?;
        self.check_parent(to)?;
        let inside: Vec<PathBuf> = match node {
            Node::File(_) => Vec::new(),
            Node::Directory => self.names.keys().filter(|p| p.starts_with(from)).cloned().collect(),
        };
        self.change(to, Some(from), Some(node));
        for path in inside.iter().filter(|path| *path != from) {
            let moved = to.join(path.strip_prefix(from).expect("it starts with it"));
            let node = self.names[path];
            self.change(&moved, Some(path), Some(node));
        }
        Ok(())
    }

    pub(super) fn list(&self, directory: &Path) -> Result<Vec<Entry>, i32> {
        match self.node(directory) {
            None => return Err(libc::ENOENT),
            Some(Node::File(_)) => return Err(libc::ENOTDIR),
            Some(Node::Directory) => {}
        }
        let below = self.names.iter().filter(|(path, _)| path.parent() == Some(directory));
        let entries = below.filter_map(|(path, node)| {
            let name = path.file_name()?.to_str()?.to_string();
            let size = node.file().map_or(0, |inode| self.inodes[&inode].live.size);
            Some(Entry { name, is_dir: *node == Node::Directory, size })
        });
        Ok(entries.collect())
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.node(path).is_some()
    }

    /// Makes the names in a directory durable.
    pub(super) fn sync_directory(&mut self, directory: &Path) {
        for change in std::mem::take(&mut self.unsynced_names) {
            if change.directory == directory {
                change.apply(&mut self.durable_names);
            } else {
                self.unsynced_names.push(change);
            }
        }
    }

    fn node(&self, path: &Path) -> Option<Node> {
        self.names.get(path).copied().or_else(|| is_given(path).then_some(Node::Directory))
    }

    fn check_parent(&self, path: &Path) -> Result<(), i32> {
        match path.parent().map(|parent| self.node(parent)) {
            None | Some(Some(Node::Directory)) => Ok(()),
            Some(Some(Node::File(_))) => Err(libc::ENOTDIR),
            Some(None) => Err(libc::ENOENT),
        }
    }

    fn change(&mut self, path: &Path, remove: Option<&Path>, insert: Option<Node>) {
        let change = NameChange {
            directory: path.parent().unwrap_or(Path::new("/")).to_path_buf(),
            remove: remove.map(Path::to_path_buf),
            insert: insert.map(|node| (path.to_path_buf(), node)),
        };
        change.apply(&mut self.names);
        self.unsynced_names.push(change);
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

    pub(super) fn used(&self) -> u64 {
        self.inodes.values().map(|inode| inode.live.pages.len() as u64 * PAGE).sum()
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

    pub(super) fn write(&mut self, inode: InodeId, offset: u64, bytes: &[u8]) -> Result<(), i32> {
        self.check_writable(inode)?;
        if self.free() < bytes.len() as u64 {
            return Err(libc::ENOSPC);
        }
        let inode = self.inode(inode);
        inode.live.write(offset, bytes);
        if !bytes.is_empty() {
            inode.dirty.extend(offset / PAGE..=(offset + bytes.len() as u64 - 1) / PAGE);
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

    pub(super) fn sync(&mut self, inode: InodeId) {
        let inode = self.inode(inode);
        inode.durable = inode.live.clone();
        inode.dirty.clear();
    }

    pub(super) fn allocate(&mut self, id: InodeId, offset: u64, length: u64) -> Result<(), i32> {
        self.check_writable(id)?;
        if self.free() < length {
            return Err(libc::ENOSPC);
        }
        let inode = self.inode(id);
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
        let paths = self.names.iter().filter(|(_, node)| node.file() == Some(inode));
        for (path, _) in paths {
            let failing = self.failing.iter().find(|(prefix, _)| path.starts_with(prefix));
            if let Some((_, code)) = failing.filter(|(_, code)| **code != 0) {
                return Err(*code);
            }
        }
        Ok(())
    }
}

pub(super) enum Opened {
    File(InodeId),
    Directory,
}

/// Directories that every world has: the root, and what tests make with the real system.
fn is_given(path: &Path) -> bool {
    let temporary = std::env::temp_dir();
    path == Path::new("/") || path == temporary || path.parent() == Some(&temporary)
}

impl Node {
    fn file(&self) -> Option<InodeId> {
        match self {
            Node::File(inode) => Some(*inode),
            Node::Directory => None,
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        if let Some(path) = &self.remove {
            names.remove(path);
        }
        if let Some((path, node)) = &self.insert {
            names.insert(path.clone(), *node);
        }
    }
}

impl Inode {
    fn set_size(&mut self, size: u64) {
        self.live.set_size(size);
        self.dirty.extend(self.durable.pages.range(size / PAGE..).map(|(page, _)| *page));
    }

    fn make_durable(&mut self, page: u64) {
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
