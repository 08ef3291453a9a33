//! Who holds how much of the memory for large requests, who waits for more, and who is in the way.
//!
//! Lives on: each core, inside memory.rs. Decides only: asks no clock and wakes nobody.
//! Promise: what was given out can always come back: some frame can have its rest, and after it the
//! next, until all are whole. A frame that fits into what is free passes those that do not, until
//! one of them has waited for long. While memory is short, a frame that does not fill what it was
//! given in time is given up, the oldest first.
//! Never: gives up a frame that has arrived, or that waits itself.
//! Limits: limits::FRAME_STEP_TIME, limits::FRAME_PASSED.   Read next: memory.rs.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use shards::clock::Instant;

use crate::limits::{FRAME_PASSED, FRAME_STEP_TIME};

/// A frame in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FrameId(u64);

/// See the module.
pub struct Ledger {
    bytes_max: usize,
    bytes_free: usize,
    frames: BTreeMap<FrameId, Frame>,
    /// Those that wait, in order of asking.
    line: VecDeque<FrameId>,
    ids: u64,
}

struct Frame {
    /// What it may come to hold.
    bytes: usize,
    held: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Until it may hold so much.
    Waits {
        wanted: usize,
        since: Instant,
    },
    /// Into the memory it has since this moment.
    ComesIn {
        since: Instant,
    },
    Arrived,
    /// Its memory is about to come back.
    GivenUp,
}

/// Whether somebody further to the front of the line waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ahead {
    Nobody,
    Somebody,
    /// And for so long that nobody new may begin.
    SomebodyForLong,
}

impl Ledger {
    pub fn new(bytes_max: usize) -> Ledger {
        Ledger {
            bytes_max,
            bytes_free: bytes_max,
            frames: BTreeMap::new(),
            line: VecDeque::new(),
            ids: 0,
        }
    }

    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    pub fn bytes_free(&self) -> usize {
        self.bytes_free
    }

    /// A frame of `bytes`, which holds nothing yet. One larger than everything may have everything.
    pub fn begin(&mut self, bytes: usize, now: Instant) -> FrameId {
        self.ids += 1;
        let bytes = bytes.min(self.bytes_max);
        let state = State::ComesIn { since: now };
        self.frames.insert(FrameId(self.ids), Frame { bytes, held: 0, state });
        FrameId(self.ids)
    }

    /// Joins the line for memory of `bytes` in all; `serve` then says whether it is there.
    pub fn ask(&mut self, id: FrameId, bytes: usize, now: Instant) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        let wanted = bytes.min(frame.bytes);
        if wanted > frame.held && matches!(frame.state, State::ComesIn { .. }) {
            frame.state = State::Waits { wanted, since: now };
            self.line.push_back(id);
        }
    }

    /// Gives out what can be given; returns who waits no more.
    pub fn serve(&mut self, now: Instant) -> Vec<FrameId> {
        let mut served = Vec::new();
        let mut ahead = Ahead::Nobody;
        let mut place = 0;
        while let Some(&id) = self.line.get(place) {
            let Some((wanted, since)) = self.wanted(id) else { break };
            if self.may_have(id, wanted, ahead) {
                self.line.remove(place);
                self.give(id, wanted, now);
                served.push(id);
                continue;
            }
            place += 1;
            if now.since(since) >= FRAME_PASSED {
                ahead = Ahead::SomebodyForLong;
            } else if ahead == Ahead::Nobody {
                ahead = Ahead::Somebody;
            }
        }
        served
    }

    /// Gives up frames that are in the way of those that wait; says which, and when to look again.
    pub fn give_up(&mut self, now: Instant) -> (Vec<FrameId>, Duration) {
        let mut given_up = Vec::new();
        while self.is_short() {
            let coming_in = self.frames.iter_mut().filter_map(|(id, frame)| match frame.state {
                State::ComesIn { since } if frame.held > 0 => Some((since, id, frame)),
                _ => None,
            });
            let Some((since, id, frame)) = coming_in.min_by_key(|(since, id, _)| (*since, **id))
            else {
                break;
            };
            let left = FRAME_STEP_TIME.saturating_sub(now.since(since));
            if !left.is_zero() {
                return (given_up, left);
            }
            frame.state = State::GivenUp;
            given_up.push(*id);
        }
        (given_up, FRAME_STEP_TIME)
    }

    /// All of the frame has arrived.
    pub fn arrived(&mut self, id: FrameId) {
        if let Some(frame) = self.frames.get_mut(&id) {
            frame.state = State::Arrived;
        }
    }

    /// The frame gives back all it has; `serve` then.
    pub fn end(&mut self, id: FrameId) {
        let Some(frame) = self.frames.remove(&id) else { return };
        self.bytes_free += frame.held;
        if matches!(frame.state, State::Waits { .. }) {
            self.line.retain(|other| *other != id);
        }
        assert!(self.bytes_free <= self.bytes_max, "more came back than was given out");
    }

    pub fn held(&self, id: FrameId) -> usize {
        self.frames.get(&id).map_or(0, |frame| frame.held)
    }

    pub fn waits(&self, id: FrameId) -> bool {
        self.wanted(id).is_some()
    }

    pub fn is_given_up(&self, id: FrameId) -> bool {
        self.frames.get(&id).is_some_and(|frame| frame.state == State::GivenUp)
    }

    fn wanted(&self, id: FrameId) -> Option<(usize, Instant)> {
        match self.frames.get(&id)?.state {
            State::Waits { wanted, since } => Some((wanted, since)),
            _ => None,
        }
    }

    fn may_have(&self, id: FrameId, wanted: usize, ahead: Ahead) -> bool {
        let Some(frame) = self.frames.get(&id) else { return false };
        if wanted - frame.held > self.bytes_free {
            return false;
        }
        match ahead {
            Ahead::Nobody => self.is_safe(id, wanted),
            // Those that hold something are in the way of others until they have their rest.
            _ if frame.held > 0 => self.is_safe(id, wanted),
            Ahead::Somebody => frame.bytes <= self.bytes_free,
            Ahead::SomebodyForLong => false,
        }
    }

    fn give(&mut self, id: FrameId, wanted: usize, now: Instant) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        self.bytes_free -= wanted - frame.held;
        frame.held = wanted;
        frame.state = State::ComesIn { since: now };
    }

    /// Whether all frames could have their rest, one after the other, if this one held so much.
    fn is_safe(&self, id: FrameId, wanted: usize) -> bool {
        let Some(frame) = self.frames.get(&id) else { return false };
        if frame.bytes - frame.held <= self.bytes_free {
            // It can end first, and then everything is as it was.
            return true;
        }
        // (rest, held) of those that are not whole.
        let mut parts = Vec::new();
        let mut free = self.bytes_free;
        for (other, frame) in &self.frames {
            let ends = matches!(frame.state, State::Arrived | State::GivenUp);
            let held = if *other == id { wanted } else { frame.held };
            if ends || held == frame.bytes {
                free += held;
            } else if held > 0 {
                parts.push((frame.bytes - held, held));
            }
        }
        let Some(left) = free.checked_sub(wanted - self.held(id)) else { return false };
        can_all_end(left, parts)
    }

    /// Whether those that wait need more than what is free or about to be.
    fn is_short(&self) -> bool {
        let Some(&first) = self.line.front() else { return false };
        let given_up = self.frames.values().filter(|frame| frame.state == State::GivenUp);
        let free = self.bytes_free + given_up.map(|frame| frame.held).sum::<usize>();
        let wants = |id: &FrameId| self.wanted(*id).map_or(0, |(bytes, _)| bytes - self.held(*id));
        self.line.iter().map(wants).sum::<usize>() > free
            || self.wanted(first).is_some_and(|(wanted, _)| !self.is_safe(first, wanted))
    }
}

/// Whether all can have their rest if each gives back what it has once it is whole.
fn can_all_end(mut free: usize, mut parts: Vec<(usize, usize)>) -> bool {
    parts.sort_unstable();
    parts.into_iter().all(|(rest, held)| {
        let fits = rest <= free;
        free += held;
        fits
    })
}

#[cfg(test)]
mod tests;
