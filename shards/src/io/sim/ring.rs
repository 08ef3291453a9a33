//! The twin of a ring: operations complete in any order, after some time.
//!
//! Promise: time passes only here: a little with each turn, and to the next event when the core
//! sleeps. In a simulation of several cores, the scheduler makes the leaps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::disk::{InodeId, Opened, Scope};
use super::world::{Errors, Failing, Object, World, with};
use crate::clock::Instant;
use crate::io::CoreId;
use crate::io::executor::RingConfig;
use crate::io::op::{Direction, Metadata, Op};
use crate::io::operations::{OpKey, Operations};
use crate::mutation::Mutation;

const TURN_NS_MAX: u64 = 2_000;
const SOCKET_LATENCY_NS_MAX: u64 = 5_000;
const SHORT_READ_ONE_IN: u64 = 16;

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

/// Another core's ring, as the target of wakes.
#[derive(Clone, Debug)]
pub(crate) struct RingHandle(Arc<AtomicBool>);

/// Who lets time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clockwork {
    Own,
    Scheduler,
}

pub(in crate::io) struct Ring {
    woken: RingHandle,
    clockwork: Clockwork,
    /// How long the core sleeps, for the scheduler: in the world's time, whatever its clock shows.
    sleep: Wait,
    in_flight: Vec<InFlight>,
    done: VecDeque<Event>,
    /// Operations in flight that wait for a bell.
    bells: usize,
    looked: Look,
}

struct InFlight {
    key: OpKey,
    ready_at: u64,
    /// When what it waits for arrives, as far as that is known.
    arrives_at: Option<u64>,
    cancelled: bool,
    /// What it waits to hear.
    bell: Option<Arc<AtomicU64>>,
    /// What it makes durable.
    scope: Option<Scope>,
}

/// What became of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Waits,
    Done,
    /// It goes on.
    More,
}

/// What the last look at all that is in flight found: nothing changes before one of these does.
#[derive(Clone, Copy)]
struct Look {
    network_changes: u64,
    /// The next moment at which something may be done; none: only a change helps.
    next_at: Option<u64>,
    /// Something was asked for, or called off, since.
    is_stale: bool,
}

impl Ring {
    pub(in crate::io) fn new(_config: RingConfig) -> io::Result<Ring> {
        Ok(Ring {
            woken: RingHandle(Arc::default()),
            clockwork: Clockwork::Own,
            sleep: Wait::No,
            in_flight: Vec::new(),
            done: VecDeque::new(),
            bells: 0,
            looked: Look { network_changes: 0, next_at: None, is_stale: true },
        })
    }

    pub(in crate::io) fn handle(&self) -> RingHandle {
        self.woken.clone()
    }

    pub(in crate::io) fn push(&mut self, key: OpKey, op: &mut Op) {
        let (ready_at, bell, scope) = with(|world| {
            let latency = match op {
                Op::Poll { .. } | Op::Recv { .. } | Op::Send { .. } => SOCKET_LATENCY_NS_MAX,
                _ => world.weather.file_ns_max,
            };
            let time = world.random.below(latency);
            let hangs = match op {
                Op::Write { file, .. } | Op::Sync { file, .. } => {
                    world.file(file.0).is_some_and(|inode| world.disk.hangs(inode))
                }
                _ => false,
            };
            let ready_at = if hangs { u64::MAX } else { world.now_ns + time };
            (ready_at, bell_of(op, world), scope_of(op, world))
        });
        self.bells += usize::from(bell.is_some());
        let (arrives_at, cancelled) = (None, false);
        self.in_flight.push(InFlight { key, ready_at, arrives_at, cancelled, bell, scope });
        self.looked.is_stale = true;
    }

    pub(in crate::io) fn cancel(&mut self, key: OpKey) {
        for operation in &mut self.in_flight {
            operation.cancelled |= operation.key == key;
        }
        self.looked.is_stale = true;
        self.done.push_back(Event::Nothing);
    }

    pub(in crate::io) fn cancel_all(&mut self) {
        for operation in &mut self.in_flight {
            operation.cancelled = true;
        }
        self.looked.is_stale = true;
    }

    pub(in crate::io) fn wake(&mut self, target: &RingHandle, core: CoreId) {
        let is_lost = with(|world| world.random.one_in(16));
        if is_lost && Mutation::WakeLost.is_planted() {
            return;
        }
        if is_lost {
            self.done.push_back(Event::WakeFailed(core));
        } else {
            target.0.store(true, Ordering::Relaxed);
        }
    }

    pub(in crate::io) fn enter(
        &mut self,
        wait: Wait,
        operations: &RefCell<Operations>,
    ) -> io::Result<()> {
        let wait = with(|world| {
            world.now_ns += 1 + world.random.below(TURN_NS_MAX);
            match wait {
                Wait::Until(shown) => {
                    Wait::Until(Instant::from_ns(world.drift.time_of(shown.as_ns())))
                }
                other => other,
            }
        });
        self.sleep = wait;
        let mut operations = operations.borrow_mut();
        loop {
            let next = self.progress(&mut operations);
            let woken = self.woken.0.swap(false, Ordering::Relaxed);
            let deadline = match wait {
                Wait::No => None,
                Wait::Forever => Some(u64::MAX),
                Wait::Until(deadline) => Some(deadline.as_ns()),
            };
            let now = super::time();
            let Some(deadline) = deadline.filter(|at| *at > now && !woken && self.done.is_empty())
            else {
                self.sleep = Wait::No;
                return Ok(());
            };
            if self.clockwork == Clockwork::Scheduler {
                return Ok(());
            }
            let next = next.map_or(deadline, |next| next.min(deadline));
            assert!(next < u64::MAX, "this core sleeps, and nothing will ever wake it");
            super::advance(next);
        }
    }

    pub(in crate::io) fn has_events(&mut self) -> bool {
        !self.done.is_empty()
    }

    pub(in crate::io) fn next_event(&mut self) -> Option<Event> {
        self.done.pop_front()
    }

    /// Leaves time to a scheduler of several cores.
    pub(in crate::io) fn use_scheduler(&mut self) {
        self.clockwork = Clockwork::Scheduler;
    }

    /// Completes what can be at this moment.
    pub(in crate::io) fn catch_up(&mut self, operations: &RefCell<Operations>) {
        self.progress(&mut operations.borrow_mut());
    }

    /// For the scheduler: when this core has something to do; none if only others can wake it.
    pub(in crate::io) fn next_work(&mut self, operations: &RefCell<Operations>) -> Option<u64> {
        let next = self.progress(&mut operations.borrow_mut());
        let busy = !self.done.is_empty() || self.woken.0.load(Ordering::Relaxed);
        match self.sleep {
            _ if busy => Some(0),
            Wait::No => Some(0),
            Wait::Forever => next,
            Wait::Until(deadline) => {
                Some(next.map_or(deadline.as_ns(), |n| n.min(deadline.as_ns())))
            }
        }
    }

    /// Completes what can be; the next moment at which more may be.
    fn progress(&mut self, operations: &mut Operations) -> Option<u64> {
        with(|world| {
            let changes = world.network.changes();
            let is_due = self.looked.next_at.is_some_and(|at| at <= world.now_ns);
            let is_other = self.looked.network_changes != changes || self.rings();
            if is_due || is_other || self.looked.is_stale {
                self.look(world, operations);
            }
            self.looked.next_at
        })
    }

    fn look(&mut self, world: &mut World, operations: &mut Operations) {
        let mut index = self.in_flight.len();
        let start = if index > 0 { world.random.below(index as u64) as usize } else { 0 };
        self.in_flight.rotate_left(start);
        let mut is_stale = false;
        while index > 0 {
            index -= 1;
            // Where one connection came, another one may wait.
            is_stale |= self.attempt(index, world, operations) == Attempt::More;
        }
        let next = self.in_flight.iter().filter_map(|operation| operation.next_at(world.now_ns));
        let next_at = next.min();
        self.looked = Look { network_changes: world.network.changes(), next_at, is_stale };
    }

    /// Whether a bell that is waited for has rung.
    fn rings(&self) -> bool {
        if self.bells == 0 {
            return false;
        }
        let mut bells = self.in_flight.iter().filter_map(|operation| operation.bell.as_ref());
        bells.any(|bell| bell.load(Ordering::Relaxed) > 0)
    }

    fn attempt(&mut self, index: usize, world: &mut World, operations: &mut Operations) -> Attempt {
        let InFlight { key, ready_at, cancelled, .. } = self.in_flight[index];
        if ready_at > world.now_ns && !cancelled {
            return Attempt::Waits;
        }
        let op = operations.get_mut(key).expect("the table keeps what is in flight");
        // A cancellation may come too late.
        let too_late = !cancelled || (ready_at <= world.now_ns && world.random.one_in(2));
        let scope = self.in_flight[index].scope.take();
        let result = if too_late { carry_out(op, scope, world) } else { abort(op, world) };
        let result = result.or(cancelled.then_some(-libc::ECANCELED));
        let Some(result) = result else {
            self.in_flight[index].arrives_at = arrival(op, world);
            return Attempt::Waits;
        };
        let more = matches!(op, Op::AcceptMany { .. }) && result >= 0 && !cancelled;
        world.note(u64::from(key.index) << 32 ^ u64::from(key.generation) ^ (result as u64) << 8);
        self.done.push_back(Event::Completed { key, result, more });
        if more {
            return Attempt::More;
        }
        let done = self.in_flight.swap_remove(index);
        self.bells -= usize::from(done.bell.is_some());
        Attempt::Done
    }
}

impl InFlight {
    /// When time alone may bring it on.
    fn next_at(&self, now_ns: u64) -> Option<u64> {
        match self.ready_at > now_ns {
            true => Some(self.ready_at),
            false => self.arrives_at.filter(|at| *at > now_ns),
        }
    }
}

/// Whether the device fails an operation. What was to be written is there, or not, or in part; what
/// was to be synced counts as synced from now on, whether the device has it or not; but names whose
/// directory was to be synced may still be lost.
fn fails(op: &mut Op, world: &mut World) -> bool {
    let Some(Errors { failing, one_in }) = world.errors else { return false };
    let file = match (&*op, failing) {
        (Op::Sync { file, .. }, _) => file,
        (Op::Read { file, .. } | Op::Write { file, .. }, Failing::ReadsWritesAndSyncs) => file,
        _ => return false,
    };
    let object = world.object(file.0).clone();
    if !matches!(object, Object::File { .. } | Object::Directory(_)) || !world.random.one_in(one_in)
    {
        return false;
    }
    match (op, object) {
        (op @ Op::Write { .. }, _) => drop(abort(op, world)),
        (Op::Sync { .. }, Object::File { inode, .. }) => {
            world.disk.fail_sync(inode, &mut world.random);
        }
        _ => {}
    }
    true
}

/// The bell whose ring an operation waits for.
fn bell_of(op: &Op, world: &World) -> Option<Arc<AtomicU64>> {
    let Op::Read { file, .. } = op else { return None };
    match world.object(file.0) {
        Object::Bell(bell) => Some(bell.clone()),
        _ => None,
    }
}

/// A sync covers what was written and named before it was asked for.
fn scope_of(op: &Op, world: &mut World) -> Option<Scope> {
    let Op::Sync { file, .. } = op else { return None };
    match *world.object(file.0) {
        Object::File { inode, .. } => Some(world.disk.scope_of_file(inode)),
        Object::Directory(directory) => Some(world.disk.scope_of_directory(directory)),
        _ => None,
    }
}

/// When what an operation waits for arrives, if it is on its way.
fn arrival(op: &Op, world: &World) -> Option<u64> {
    let (Op::Recv { socket, .. } | Op::Poll { socket, direction: Direction::In }) = op else {
        return None;
    };
    let endpoint = world.endpoint(socket.descriptor().0)?;
    world.network.next_arrival(endpoint)
}

/// Carries an operation out; none if it has to wait.
fn carry_out(op: &mut Op, scope: Option<Scope>, world: &mut World) -> Option<i32> {
    if fails(op, world) {
        return Some(-libc::EIO);
    }
    Some(match op {
        Op::Read { file, into, limit, offset } => {
            if let Object::Bell(bell) = world.object(file.0) {
                return World::heard(bell).map(|_| 8);
            }
            let spare = into.spare_capacity();
            let mut length = spare.len().min(*limit);
            // A read may be short, at a page: a direct one is nowhere else.
            let pages = (length / crate::io::PAGE_BYTES) as u64;
            if pages > 1 && world.random.one_in(SHORT_READ_ONE_IN) {
                length = (1 + world.random.below(pages)) as usize * crate::io::PAGE_BYTES;
            }
            let inode = world.file(file.0)?;
            world.disk.read(inode, *offset, &mut spare[..length]) as i32
        }
        Op::Write { .. } => write(op, world, usize::MAX),
        // No test of ours needs a data sync to lose other metadata than a full one.
        Op::Sync { metadata: Metadata::Needed | Metadata::All, .. } => match scope {
            Some(scope) => code(world.disk.sync_scope(scope)),
            None => -libc::EINVAL,
        },
        Op::Allocate { file, offset, length } => match world.file(file.0) {
            Some(inode) => code(world.disk.allocate(inode, *offset, *length)),
            None => -libc::EBADF,
        },
        Op::SetSize { file, size } => match world.file(file.0) {
            Some(inode) => code(world.disk.set_size(inode, *size)),
            None => -libc::EBADF,
        },
        Op::Open { path, options } => {
            let path = path_of(path);
            match world.disk.open(path, options) {
                Ok(Opened::File(inode)) => {
                    world.add(Object::File { inode, writable: options.write })
                }
                Ok(Opened::Directory(directory)) => world.add(Object::Directory(directory)),
                Err(error) => -error,
            }
        }
        Op::Rename { from, to } => code(world.disk.rename(path_of(from), path_of(to))),
        Op::RemoveFile { path } => code(world.disk.remove_file(path_of(path))),
        Op::RemoveDirectory { path } => code(world.disk.remove_directory(path_of(path))),
        Op::CreateDirectory { path } => code(world.disk.create_directory(path_of(path))),
        Op::AcceptMany { .. }
        | Op::Connect { .. }
        | Op::Poll { .. }
        | Op::Recv { .. }
        | Op::Send { .. } => return carry_out_on_socket(op, world),
    })
}

fn carry_out_on_socket(op: &mut Op, world: &mut World) -> Option<i32> {
    let World { now_ns, .. } = *world;
    Some(match op {
        Op::AcceptMany { listener } => {
            let Object::Listener(port) = *world.object(listener.descriptor().0) else {
                return Some(-libc::EBADF);
            };
            let endpoint = world.network.accept(port)?;
            world.add(Object::Endpoint(endpoint))
        }
        Op::Connect { socket, address } => match world.network.connect(address.0)? {
            Ok(endpoint) => {
                world.replace(socket.0, Object::Endpoint(endpoint));
                0
            }
            Err(error) => -error,
        },
        Op::Poll { socket, direction } => {
            let endpoint = world.endpoint(socket.descriptor().0)?;
            let ready = match direction {
                Direction::In => world.network.readable(endpoint, now_ns).is_some(),
                Direction::Out => world.network.writable(endpoint),
            };
            return ready.then_some(1);
        }
        Op::Recv { socket, into } => {
            let endpoint = world.endpoint(socket.descriptor().0)?;
            let spare = into.spare_capacity();
            count(world.network.receive(endpoint, spare, now_ns, &mut world.random)?)
        }
        Op::Send { socket, gather } => {
            let endpoint = world.endpoint(socket.descriptor().0)?;
            let pieces = gather.next_pieces();
            count(world.network.send(endpoint, pieces, now_ns, &mut world.random)?)
        }
        _ => unreachable!("only operations on sockets come here"),
    })
}

/// What a cancelled operation leaves behind: a write may have happened in part; one that was to be
/// synced may be in the device's cache as a whole, for a crash to tear anywhere.
fn abort(op: &mut Op, world: &mut World) -> Option<i32> {
    if let Op::Write { gather, synced, .. } = op {
        *synced &= world.random.one_in(2);
        let part = match *synced {
            true => world.random.below(gather.remaining() as u64 + 1) as usize,
            false => gather.remaining(),
        };
        write(op, world, part);
    }
    None
}

fn write(op: &mut Op, world: &mut World, limit: usize) -> i32 {
    let Op::Write { file, gather, offset, synced } = op else { unreachable!("it is a write") };
    let Object::File { inode, writable: true } = *world.object(file.0) else {
        return -libc::EBADF;
    };
    // A write may be short, at a page.
    let short = world.random.one_in(8) && limit == usize::MAX;
    let pages = 1 + world.random.below(8) as usize;
    let limit = if short { pages * crate::io::PAGE_BYTES } else { limit };
    let mut written = 0;
    for piece in gather.next_pieces() {
        let part = piece.len().min(limit - written);
        let position = *offset + written as u64;
        if let Err(error) = world.disk.write(inode, position, &piece[..part]) {
            return if written > 0 { written as i32 } else { -error };
        }
        written += part;
    }
    if *synced && limit != 0 {
        sync_written(world, inode, *offset, written);
    }
    written as i32
}

fn sync_written(world: &mut World, inode: InodeId, offset: u64, written: usize) {
    world.disk.sync_range(inode, offset, written as u64);
}

fn path_of(path: &std::ffi::CStr) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(path.to_bytes()))
}

fn code(result: Result<(), i32>) -> i32 {
    result.map_or_else(|error| -error, |()| 0)
}

fn count(result: Result<usize, i32>) -> i32 {
    result.map_or_else(|error| -error, |count| count as i32)
}
