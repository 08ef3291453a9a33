//! Calls beyond the credits, on one thread.

use crate::io::CoreId;
use crate::mesh::Lane;
use crate::mesh::links::{Ends, Incoming, Links};

/// Sending a message and not waiting for its answer loses nothing, however many are in line.
#[test]
fn calls_whose_answer_nobody_wants_arrive_all_the_same() {
    let mut ends = Ends::with_credits(2, 1);
    let there = Links::new(ends.pop().unwrap());
    let here = Links::new(ends.pop().unwrap());
    for number in 0..5 {
        drop(here.call(CoreId(1), Lane::Prompt, number));
    }
    let mut served = Vec::new();
    for _turn in 0..5 {
        let mut slots = Vec::new();
        there.receive(|incoming| {
            if let Incoming::Request { slot, message, .. } = incoming {
                served.push(message);
                slots.push(slot);
            }
        });
        slots.into_iter().for_each(|slot| there.reply(CoreId(0), slot, 0));
        here.receive(|_| ());
    }
    assert_eq!(served, [0, 1, 2, 3, 4]);
}
