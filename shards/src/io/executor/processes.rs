//! Simulated processes of one or more cores each, all on one thread.
//!
//! Promise: the order of turns comes from the seed; time leaps when all cores sleep. A killed
//! process runs not one more line of its own code, save the drops of what it held; what it had
//! asked of the disk happens, or not, or in part; what it had open is closed.
//! Read next: ../sim/ring.rs.

use std::io;
use std::pin::Pin;

use smallvec::SmallVec;

use super::{CURRENT, ENDED, RingConfig, Shard, try_with_current};
use crate::clock;
use crate::io::CoreId;
use crate::io::buffers::{ReturnedLoan, swap_returned_loans};
use crate::io::kernel::{self, Drift};

/// What a core runs.
pub type Root = Pin<Box<dyn Future<Output = ()>>>;

/// Names a process of the simulated world, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u32);

/// What a call of [`Processes::turn`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Taken,
    /// All cores sleep, and nothing will ever wake them; or there are none.
    Asleep,
}

/// All that runs in the simulated world.
#[derive(Default)]
pub struct Processes {
    cores: Vec<Core>,
    paused: Vec<ProcessId>,
    next_id: u32,
}

struct Core {
    process: ProcessId,
    drift: Drift,
    shard: Shard,
    root: Root,
    /// What the core's thread would keep for the mesh.
    returned_loans: Vec<ReturnedLoan>,
}

/// Runs the cores of one process until all are done.
pub fn run_together(roots: Vec<Root>) -> io::Result<()> {
    let mut processes = Processes::default();
    let process = processes.start(roots, Drift::NONE)?;
    while processes.is_running(process) {
        let turn = processes.turn()?;
        assert_eq!(turn, Turn::Taken, "all cores sleep, and nothing will ever wake them");
    }
    Ok(())
}

impl Processes {
    /// Starts a process with a core for each root, whose clocks drift.
    pub fn start(&mut self, roots: Vec<Root>, drift: Drift) -> io::Result<ProcessId> {
        let process = ProcessId(self.next_id);
        self.next_id += 1;
        for (index, root) in roots.into_iter().enumerate() {
            let core = CoreId(u16::try_from(index).map_err(io::Error::other)?);
            let shard = Shard::new(RingConfig { core, ..RingConfig::default() })?;
            shard.ring.borrow_mut().use_scheduler();
            let returned_loans = Vec::new();
            self.cores.push(Core { process, drift, shard, root, returned_loans });
        }
        Ok(process)
    }

    /// Whether a core of the process has not ended.
    pub fn is_running(&self, process: ProcessId) -> bool {
        self.cores.iter().any(|core| core.process == process)
    }

    /// Ends a process at once, as a kill that cannot be caught.
    pub fn kill(&mut self, process: ProcessId) {
        let (killed, left) = std::mem::take(&mut self.cores)
            .into_iter()
            .partition(|core: &Core| core.process == process);
        self.cores = left;
        for core in killed {
            core.kill();
        }
        self.paused.retain(|paused| *paused != process);
        kernel::close_all_of(process);
    }

    /// Stops the process from running, until [`Processes::resume`].
    pub fn pause(&mut self, process: ProcessId) {
        self.paused.push(process);
    }

    pub fn resume(&mut self, process: ProcessId) {
        self.paused.retain(|paused| *paused != process);
    }

    /// One turn of one core, after time has leapt to when there is something to do.
    pub fn turn(&mut self) -> io::Result<Turn> {
        let paused = &self.paused;
        let work = |core: &mut Core| match paused.contains(&core.process) {
            true => u64::MAX,
            false => core.next_work(),
        };
        let next: SmallVec<[u64; 8]> = self.cores.iter_mut().map(work).collect();
        let earliest = next.iter().copied().min().unwrap_or(u64::MAX);
        if earliest == u64::MAX {
            return Ok(Turn::Asleep);
        }
        kernel::advance(earliest);
        let now = clock::now().as_ns();
        let ready: SmallVec<[usize; 8]> =
            (0..next.len()).filter(|index| next[*index] <= now).collect();
        let index = ready[(crate::entropy::u64() % ready.len() as u64) as usize];
        if self.cores[index].turn()? {
            let ended = self.cores.remove(index);
            if !self.is_running(ended.process) {
                kernel::close_all_of(ended.process);
            }
        }
        Ok(Turn::Taken)
    }
}

impl Core {
    fn next_work(&mut self) -> u64 {
        self.shard.ring.borrow_mut().next_work(&self.shard.operations).unwrap_or(u64::MAX)
    }

    /// Whether this was the last turn.
    fn turn(&mut self) -> io::Result<bool> {
        let _presence =
            Presence::of((self.process, self.drift), &self.shard, &mut self.returned_loans);
        // What has woken the core is known when it wakes.
        self.shard.catch_up();
        let done = self.shard.turn(self.root.as_mut())?.is_some();
        if done {
            self.shard.end();
        }
        Ok(done)
    }

    fn kill(self) {
        let Core { process, drift, shard, root, mut returned_loans } = self;
        let _presence = Presence::of((process, drift), &shard, &mut returned_loans);
        shard.ending.set(true);
        drop(root);
        shard.end();
    }
}

/// The time during which the thread is that of one core.
struct Presence<'a> {
    returned_loans: &'a mut Vec<ReturnedLoan>,
}

impl<'a> Presence<'a> {
    fn of(
        (process, drift): (ProcessId, Drift),
        shard: &'a Shard,
        returned_loans: &'a mut Vec<ReturnedLoan>,
    ) -> Presence<'a> {
        assert!(CURRENT.get().is_null(), "one core's turn is inside of another's");
        kernel::set_process(Some(process), drift);
        swap_returned_loans(returned_loans);
        CURRENT.set(shard);
        Presence { returned_loans }
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let id = try_with_current(|shard| shard.ending.get().then_some(shard.id)).flatten();
        ENDED.with(|ended| ended.borrow_mut().extend(id));
        CURRENT.set(std::ptr::null());
        swap_returned_loans(self.returned_loans);
        kernel::set_process(None, Drift::NONE);
    }
}
