//! What a core did last, for the report of an assertion that failed.
//!
//! Lives on: its core, in memory of its thread.
//! Promise: noting costs a few nanoseconds, asks no clock and never allocates.
//! Limits: limits::FLIGHT_EVENTS, of which the oldest is forgotten.

use std::cell::Cell;

use crate::limits;

/// Something that this core began or saw end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Of the core's loop.
    pub turn: u64,
    pub what: &'static str,
    /// What it says depends on `what`: a result, a correlation id.
    pub figure: i64,
}

struct Recorder {
    turn: Cell<u64>,
    noted: Cell<usize>,
    events: [Cell<Event>; limits::FLIGHT_EVENTS],
}

thread_local! {
    static RECORDER: Recorder = const {
        const NOTHING: Event = Event { turn: 0, what: "", figure: 0 };
        Recorder {
            turn: Cell::new(0),
            noted: Cell::new(0),
            events: [const { Cell::new(NOTHING) }; limits::FLIGHT_EVENTS],
        }
    };
}

/// Notes what happens now on this core.
pub fn note(what: &'static str, figure: i64) {
    RECORDER.with(|recorder| {
        let noted = recorder.noted.get();
        let event = Event { turn: recorder.turn.get(), what, figure };
        recorder.events[noted % limits::FLIGHT_EVENTS].set(event);
        recorder.noted.set(noted.wrapping_add(1));
    });
}

/// The core's loop comes round.
pub(crate) fn begin_turn(turn: u64) {
    RECORDER.with(|recorder| recorder.turn.set(turn));
}

/// What was noted last, oldest first, and the turn that it is now.
pub fn last() -> (u64, Vec<Event>) {
    RECORDER.with(|recorder| {
        let noted = recorder.noted.get();
        let first = noted.saturating_sub(limits::FLIGHT_EVENTS);
        let event = |at: usize| recorder.events[at % limits::FLIGHT_EVENTS].get();
        (recorder.turn.get(), (first..noted).map(event).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_events_are_kept_in_order() {
        let noted = limits::FLIGHT_EVENTS as i64 * 2 + 3;
        for figure in 0..noted {
            begin_turn(figure as u64 / 10);
            note("counted", figure);
        }
        let (turn, events) = last();
        assert_eq!(turn, (noted as u64 - 1) / 10);
        let figures: Vec<i64> = events.iter().map(|event| event.figure).collect();
        let expected: Vec<i64> = (noted - limits::FLIGHT_EVENTS as i64..noted).collect();
        assert_eq!(figures, expected);
    }
}
