//! All that is simulated, and the dice.
//!
//! Promise: iteration orders are those of ordered maps: nothing depends on addresses or hashing.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::disk::{DirectoryId, Disk, InodeId};
use super::drift::Drift;
use super::network::{EndpointId, Network, Outage, PortId};
use super::slots::Slots;
use crate::io::executor::ProcessId;

/// 2026-01-01, in nanoseconds since 1970: where simulated wall clocks start.
const WALL_START_NS: u64 = 1_767_225_600_000_000_000;

/// Those before are taken in every process.
const FIRST_DESCRIPTOR: usize = 3;

/// Makes this thread's world anew from a seed.
pub fn start(seed: u64) {
    WORLD.with(|world| *world.borrow_mut() = World::new(seed));
}

/// Cuts the power between two runs: what was not synced is lost, or not, as the dice say.
pub fn crash() {
    with(|world| {
        let World { disk, random, .. } = world;
        disk.crash(random);
    });
}

/// Says which process runs, and owns what is opened from now on; and how its clock goes.
pub(in crate::io) fn set_process(process: Option<ProcessId>, drift: Drift) {
    with(|world| {
        world.process = process;
        world.drift = drift;
        world.turns += 1;
    });
}

/// Closes what an ended process left open.
pub(in crate::io) fn close_all_of(process: ProcessId) {
    with(|world| {
        let owned = world.objects.iter().filter(|(_, open)| open.owner == Some(process));
        for descriptor in owned.map(|(descriptor, _)| descriptor).collect::<Vec<usize>>() {
            world.close(descriptor as i32);
        }
    });
}

/// A number that two runs share if, and nearly only if, the same happened in them at the same time.
pub fn fingerprint() -> u64 {
    with(|world| world.fingerprint)
}

/// How many turns all cores have taken.
pub fn turns() -> u64 {
    with(|world| world.turns / 2)
}

/// From now on writes to files below `path` fail with this error code; 0 ends it.
pub fn fail_writes(path: &Path, code: i32) {
    with(|world| world.disk.fail_writes(path.to_path_buf(), code));
}

/// From now on syncs of files below `path` fail with this error code; 0 ends it.
pub fn fail_syncs(path: &Path, code: i32) {
    with(|world| world.disk.fail_syncs(path.to_path_buf(), code));
}

/// From now on writes and syncs of files below `path` never complete.
pub fn hang_writes(path: &Path) {
    with(|world| world.disk.hang_writes(path.to_path_buf()));
}

/// The disk has room for so many more bytes; none: for all that anyone writes.
pub fn leave_room(bytes: Option<u64>) {
    with(|world| world.disk.leave_room(bytes));
}

/// Bytes of a file as they are at the moment; fewer where it ends, none where there is no file.
pub fn peek(path: &Path, offset: u64, length: usize) -> Vec<u8> {
    with(|world| world.disk.peek(path, offset, length))
}

/// Calls `each` with the pages of a file that were written, and where they begin.
pub fn for_each_page(path: &Path, each: impl FnMut(u64, &[u8])) {
    with(|world| world.disk.for_each_page(path, each));
}

/// The names in a directory, with the sizes of files.
pub fn entries_of(path: &Path) -> Vec<(String, Option<u64>)> {
    let entries = with(|world| world.disk.list(path).unwrap_or_default()).into_iter();
    entries.map(|entry| (entry.name, (!entry.is_dir).then_some(entry.size))).collect()
}

/// What a failing device fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    ReadsWritesAndSyncs,
    /// Those of their own; a write that is synced with it works.
    Syncs,
}

/// One in so many operations on files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errors {
    pub failing: Failing,
    pub one_in: u64,
}

/// From now on these operations on files fail; none: no more.
pub fn set_errors(errors: Option<Errors>) {
    with(|world| world.errors = errors);
}

/// Changes a page of a file, as a device may that goes wrong: nobody is told.
pub fn change_page(path: &Path, page: u64, change: impl FnOnce(&mut [u8])) {
    with(|world| world.disk.change_page(path, page, change));
}

/// A disk as it once was.
pub struct SavedDisk(Disk);

pub fn save_disk() -> SavedDisk {
    with(|world| SavedDisk(world.disk.clone()))
}

/// Brings the disk back; nothing may be open that was not then.
pub fn restore_disk(saved: &SavedDisk) {
    with(|world| world.disk = saved.0.clone());
}

/// From now on opening a file or directory below `path` fails with this error code; 0 ends it.
pub fn fail_opens(path: &Path, code: i32) {
    with(|world| world.disk.fail_opens(path.to_path_buf(), code));
}

/// How slow the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// The longest that an operation on a file takes.
    pub file_ns_max: u64,
    /// The longest that bytes are on their way.
    pub network_ns_max: u64,
}

impl Weather {
    pub const CALM: Weather = Weather { file_ns_max: 200_000, network_ns_max: 200_000 };
}

/// From now on the world is as slow as this.
pub fn set_weather(weather: Weather) {
    with(|world| {
        world.weather = weather;
        world.network.set_delay(weather.network_ns_max);
    });
}

/// Resets connections: each, or one in so many.
pub fn cut_connections(one_in: u64) {
    with(|world| {
        let World { network, random, .. } = world;
        network.cut(|| random.one_in(one_in));
    });
}

/// Begins an outage of the network: of all, or of one connection in so many.
pub fn begin_outage(outage: Outage, one_in: u64) {
    with(|world| {
        let World { network, random, .. } = world;
        network.begin_outage(outage, || random.one_in(one_in));
    });
}

/// The network is whole again.
pub fn end_outage() {
    with(|world| world.network.end_outage());
}

/// Takes away what has connected, of one connection in so many, without a word to the other end.
pub fn vanish(one_in: u64) {
    with(|world| {
        let World { network, random, .. } = world;
        network.vanish(|| random.one_in(one_in));
    });
}

/// How many connections are open to what has vanished.
pub fn half_open() -> usize {
    with(|world| world.network.half_open())
}

/// Sets the wall clock, forward or back; the steady clock knows nothing of it.
pub fn jump_clock(seconds: i64) {
    with(|world| world.wall_shift_ns += seconds * 1_000_000_000);
}

/// Lets time pass, at least to `time_ns`.
pub(in crate::io) fn advance(time_ns: u64) {
    with(|world| world.now_ns = world.now_ns.max(time_ns));
}

pub(in crate::io) fn time() -> u64 {
    with(|world| world.now_ns)
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new(0));
}

pub(super) fn with<R>(f: impl FnOnce(&mut World) -> R) -> R {
    WORLD.with(|world| f(&mut world.borrow_mut()))
}

/// For drops, which may come when the thread's world is gone.
pub(super) fn try_with(f: impl FnOnce(&mut World)) {
    let _ = WORLD.try_with(|world| f(&mut world.borrow_mut()));
}

pub(super) struct World {
    pub(super) now_ns: u64,
    pub(super) random: Random,
    pub(super) disk: Disk,
    pub(super) network: Network,
    pub(super) weather: Weather,
    pub(super) errors: Option<Errors>,
    /// Of the clocks of the process that runs.
    pub(super) drift: Drift,
    wall_shift_ns: i64,
    objects: Slots<Open>,
    process: Option<ProcessId>,
    turns: u64,
    fingerprint: u64,
}

/// What a descriptor stands for, and whose it is.
struct Open {
    object: Object,
    owner: Option<ProcessId>,
}

/// What a descriptor names.
#[derive(Clone)]
pub(super) enum Object {
    File {
        inode: InodeId,
        writable: bool,
    },
    Directory(DirectoryId),
    Listener(PortId),
    Endpoint(EndpointId),
    Unconnected,
    /// Rings of a bell that were not heard yet.
    Bell(Arc<AtomicU64>),
}

impl World {
    fn new(seed: u64) -> World {
        World {
            now_ns: 1_000_000_000,
            random: Random(seed ^ 0x5851_f42d_4c95_7f2d),
            disk: Disk::new(),
            network: Network::new(),
            weather: Weather::CALM,
            errors: None,
            drift: Drift::NONE,
            wall_shift_ns: 0,
            objects: Slots::from(FIRST_DESCRIPTOR),
            process: None,
            turns: 0,
            fingerprint: 0,
        }
    }

    pub(super) fn wall_ns(&self) -> u64 {
        (WALL_START_NS + self.drift.shown_at(self.now_ns)).saturating_add_signed(self.wall_shift_ns)
    }

    pub(super) fn add(&mut self, object: Object) -> i32 {
        if let Object::File { inode, .. } = object {
            self.disk.opened(inode);
        }
        let owner = self.process;
        self.objects.add(Open { object, owner }) as i32
    }

    /// Makes what happens part of the fingerprint.
    pub(super) fn note(&mut self, what: u64) {
        let mixed = self.fingerprint ^ what.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.now_ns;
        self.fingerprint = mixed.rotate_left(23).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }

    pub(super) fn object(&self, descriptor: i32) -> &Object {
        let open = self.objects.get(descriptor as usize);
        &open.expect("what is used is open").object
    }

    pub(super) fn replace(&mut self, descriptor: i32, object: Object) {
        if let Some(open) = self.objects.get_mut(descriptor as usize) {
            open.object = object;
        }
    }

    /// The file behind a descriptor; none for what is no file.
    pub(super) fn file(&self, descriptor: i32) -> Option<InodeId> {
        match self.object(descriptor) {
            Object::File { inode, .. } => Some(*inode),
            _ => None,
        }
    }

    pub(super) fn endpoint(&self, descriptor: i32) -> Option<EndpointId> {
        match self.object(descriptor) {
            Object::Endpoint(endpoint) => Some(*endpoint),
            _ => None,
        }
    }

    pub(super) fn close(&mut self, descriptor: i32) {
        match self.objects.remove(descriptor as usize).map(|open| open.object) {
            Some(Object::File { inode, .. }) => self.disk.closed(inode, descriptor),
            Some(Object::Listener(port)) => self.network.close_listener(port),
            Some(Object::Endpoint(endpoint)) => self.network.close(endpoint),
            Some(Object::Directory(_) | Object::Unconnected | Object::Bell(_)) | None => {}
        }
    }

    /// Takes the rings of a bell; none if it has not rung.
    pub(super) fn heard(bell: &AtomicU64) -> Option<u64> {
        Some(bell.swap(0, Ordering::AcqRel)).filter(|rings| *rings > 0)
    }
}

/// The dice (splitmix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(super) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}
