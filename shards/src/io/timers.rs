//! Who wants to be woken when: an indexed heap.
//!
//! Lives on: one core.
//! Promise: adding, removing and taking the earliest cost log n; a removed timer leaves nothing.
//! Never: reads the clock.
//! Read next: executor.rs, clock.rs.

use std::task::Waker;

use slab::Slab;

use crate::clock::Instant;

/// A timer of a [`Timers`]; stale once it fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: usize,
    sequence: u64,
}

/// Timers by deadline; equal deadlines in order of their making.
pub(super) struct Timers {
    slots: Slab<Timer>,
    /// Slots, as a binary heap by (deadline, sequence).
    heap: Vec<usize>,
    next_sequence: u64,
}

struct Timer {
    deadline: Instant,
    sequence: u64,
    position: usize,
    waker: Waker,
}

impl Timers {
    pub(super) fn new() -> Timers {
        Timers { slots: Slab::new(), heap: Vec::new(), next_sequence: 0 }
    }

    pub(super) fn add(&mut self, deadline: Instant, waker: Waker) -> TimerKey {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let position = self.heap.len();
        let slot = self.slots.insert(Timer { deadline, sequence, position, waker });
        self.heap.push(slot);
        self.sift_up(position);
        TimerKey { slot, sequence }
    }

    /// Renews the waker; false if the timer has fired.
    pub(super) fn renew(&mut self, key: TimerKey, waker: &Waker) -> bool {
        let timer = self.slots.get_mut(key.slot).filter(|timer| timer.sequence == key.sequence);
        timer.map(|timer| timer.waker.clone_from(waker)).is_some()
    }

    pub(super) fn remove(&mut self, key: TimerKey) {
        if self.slots.get(key.slot).is_some_and(|timer| timer.sequence == key.sequence) {
            self.take(key.slot);
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.heap.first().map(|slot| self.slots[*slot].deadline)
    }

    /// Takes the earliest timer that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Waker> {
        let first = *self.heap.first()?;
        (self.slots[first].deadline <= now).then(|| self.take(first).waker)
    }

    fn take(&mut self, slot: usize) -> Timer {
        let timer = self.slots.remove(slot);
        let position = timer.position;
        self.heap.swap_remove(position);
        if let Some(moved) = self.heap.get(position) {
            self.slots[*moved].position = position;
            self.sift_up(position);
            self.sift_down(position);
        }
        timer
    }

    fn rank(&self, position: usize) -> (Instant, u64) {
        let timer = &self.slots[self.heap[position]];
        (timer.deadline, timer.sequence)
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.heap.swap(left, right);
        self.slots[self.heap[left]].position = left;
        self.slots[self.heap[right]].position = right;
    }

    fn sift_up(&mut self, mut position: usize) {
        while position > 0 {
            let parent = (position - 1) / 2;
            if self.rank(parent) <= self.rank(position) {
                return;
            }
            self.swap(parent, position);
            position = parent;
        }
    }

    fn sift_down(&mut self, mut position: usize) {
        loop {
            let left = 2 * position + 1;
            if left >= self.heap.len() {
                return;
            }
            let right = left + 1;
            let right_is_less = right < self.heap.len() && self.rank(right) < self.rank(left);
            let least = if right_is_less { right } else { left };
            if self.rank(position) <= self.rank(least) {
                return;
            }
            self.swap(position, least);
            position = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_in_order_whatever_is_removed_in_between() {
        let mut timers = Timers::new();
        let mut model = std::collections::BTreeMap::new();
        let mut state = 1u64;
        for step in 0..if cfg!(miri) { 60 } else { 2_000u64 } {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let deadline = Instant::from_ns(state >> 54);
            let key = timers.add(deadline, Waker::noop().clone());
            model.insert((deadline, step), key);
            if state.is_multiple_of(3) {
                let victim = *model.keys().nth(model.len() / 2).unwrap();
                timers.remove(model.remove(&victim).unwrap());
            }
        }
        while let Some(((deadline, _), key)) = model.pop_first() {
            assert_eq!(timers.next_deadline(), Some(deadline));
            assert!(timers.renew(key, Waker::noop()));
            let before = Instant::from_ns(deadline.as_ns().wrapping_sub(1));
            assert!(deadline.as_ns() == 0 || timers.pop_due(before).is_none());
            assert!(timers.pop_due(deadline).is_some());
            assert!(!timers.renew(key, Waker::noop()));
            timers.remove(key);
        }
        assert_eq!(timers.next_deadline(), None);
    }
}
