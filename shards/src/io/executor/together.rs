//! Several simulated cores on one thread.
//!
//! Promise: the order of their turns comes from the seed; time leaps when all sleep.
//! Read next: sim/ring.rs.

use std::io;
use std::pin::Pin;

use super::{CURRENT, ENDED, RingConfig, Shard, try_with_current};
use crate::clock;
use crate::io::{CoreId, kernel};

/// Runs several cores on this thread, in a simulated world: their turns in an order from the seed,
/// time leaping when all sleep. Ends when all roots are done.
pub fn run_together(roots: Vec<Pin<Box<dyn Future<Output = ()>>>>) -> io::Result<()> {
    let mut cores = Vec::new();
    for (index, root) in roots.into_iter().enumerate() {
        let core = CoreId(u16::try_from(index).map_err(io::Error::other)?);
        let shard = Shard::new(RingConfig { core, ..RingConfig::default() })?;
        shard.ring.borrow_mut().use_scheduler();
        cores.push((shard, root));
    }
    while !cores.is_empty() {
        let work = |(shard, _): &(Shard, _)| {
            shard.ring.borrow_mut().next_work(&shard.operations).unwrap_or(u64::MAX)
        };
        let next: Vec<u64> = cores.iter().map(work).collect();
        let earliest = next.iter().copied().min().unwrap_or(u64::MAX);
        assert!(earliest < u64::MAX, "all cores sleep, and nothing will ever wake them");
        kernel::advance(earliest);
        let now = clock::now().as_ns();
        let ready: Vec<usize> = (0..cores.len()).filter(|index| next[*index] <= now).collect();
        let index = ready[(crate::entropy::u64() % ready.len() as u64) as usize];
        let (shard, root) = &mut cores[index];
        CURRENT.set(shard);
        let left = Leave;
        if shard.turn(root.as_mut())?.is_some() {
            shard.end();
            drop(left);
            let (_, ended) = cores.remove(index);
            drop(ended);
        }
    }
    Ok(())
}

/// Takes the thread's current shard away at the end of its turn.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        let id = try_with_current(|shard| shard.ending.get().then_some(shard.id)).flatten();
        ENDED.with(|ended| ended.borrow_mut().extend(id));
        CURRENT.set(std::ptr::null());
    }
}
