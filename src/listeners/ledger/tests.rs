use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Instant {
    Instant::from_ns(seconds * 1_000_000_000)
}

const STEP_SECONDS: u64 = FRAME_STEP_TIME.as_secs();
const PASSED_SECONDS: u64 = FRAME_PASSED.as_secs();

/// A frame of `bytes` that asks for `wanted` of them.
fn ask(ledger: &mut Ledger, bytes: usize, wanted: usize, now: u64) -> FrameId {
    let id = ledger.begin(bytes, at(now));
    ledger.ask(id, wanted, at(now));
    ledger.serve(at(now));
    id
}

fn grow(ledger: &mut Ledger, id: FrameId, wanted: usize, now: u64) -> bool {
    ledger.ask(id, wanted, at(now));
    ledger.serve(at(now));
    !ledger.waits(id)
}

#[test]
fn promises_hold_nothing() {
    let mut ledger = Ledger::new(400);
    let slow: Vec<FrameId> = (0..8).map(|_| ask(&mut ledger, 100, 1, 0)).collect();
    assert!(slow.iter().all(|id| ledger.held(*id) == 1));
    let quick = ask(&mut ledger, 300, 300, 1);
    assert_eq!((ledger.held(quick), ledger.bytes_free()), (300, 92));
}

#[test]
fn no_two_frames_keep_each_other_from_their_rest() {
    let mut ledger = Ledger::new(100);
    let one = ask(&mut ledger, 80, 40, 0);
    let other = ask(&mut ledger, 80, 20, 0);
    assert_eq!((ledger.held(one), ledger.held(other)), (40, 20));
    // 40 are free, and the first one needs them.
    assert!(!grow(&mut ledger, other, 40, 0));
    assert!(grow(&mut ledger, one, 80, 0));
    ledger.arrived(one);
    ledger.end(one);
    assert_eq!(ledger.serve(at(1)), [other]);
    assert!(grow(&mut ledger, other, 80, 1));
}

#[test]
fn what_fits_passes_what_does_not_for_a_while() {
    let mut ledger = Ledger::new(100);
    let whole = ask(&mut ledger, 60, 60, 0);
    ledger.arrived(whole);
    let large = ask(&mut ledger, 100, 50, 0);
    let small = ask(&mut ledger, 30, 10, PASSED_SECONDS - 1);
    assert_eq!((ledger.held(large), ledger.held(small)), (0, 10));
    ledger.end(small);
    let late = ask(&mut ledger, 30, 10, PASSED_SECONDS);
    assert_eq!(ledger.held(late), 0);
    ledger.end(whole);
    assert_eq!(ledger.serve(at(PASSED_SECONDS)), [large, late]);
}

#[test]
fn what_is_larger_than_everything_may_have_everything() {
    let mut ledger = Ledger::new(100);
    let id = ask(&mut ledger, 1000, 60, 0);
    assert!(grow(&mut ledger, id, 120, 0));
    assert_eq!(ledger.held(id), 100);
    // No more is to be had, nor waited for.
    assert!(grow(&mut ledger, id, 240, 0));
    ledger.end(id);
    assert_eq!(ledger.bytes_free(), 100);
}

#[test]
fn slow_frames_are_given_up_when_others_wait_and_no_more_than_needed() {
    let mut ledger = Ledger::new(100);
    let old = ask(&mut ledger, 50, 50, 0);
    let young = ask(&mut ledger, 50, 50, 1);
    assert_eq!(ledger.give_up(at(1000)), (vec![], FRAME_STEP_TIME));
    let waits = ask(&mut ledger, 40, 40, 1000);
    assert_eq!(ledger.give_up(at(1000)), (vec![old], FRAME_STEP_TIME));
    assert!(ledger.is_given_up(old) && !ledger.is_given_up(young));
    ledger.end(old);
    assert_eq!(ledger.serve(at(1000)), [waits]);
}

#[test]
fn a_frame_has_time_for_each_step_and_none_is_given_up_that_arrived() {
    let mut ledger = Ledger::new(100);
    let arrived = ask(&mut ledger, 20, 20, 0);
    ledger.arrived(arrived);
    let coming = ask(&mut ledger, 80, 40, 0);
    assert!(grow(&mut ledger, coming, 80, STEP_SECONDS));
    let waits = ask(&mut ledger, 10, 10, STEP_SECONDS);
    assert_eq!(ledger.give_up(at(STEP_SECONDS)), (vec![], FRAME_STEP_TIME));
    let (given_up, _) = ledger.give_up(at(2 * STEP_SECONDS));
    assert_eq!(given_up, [coming]);
    assert!(ledger.waits(waits) && !ledger.is_given_up(arrived));
}

#[test]
fn a_slow_frame_that_waits_is_not_blamed_but_the_one_it_waits_for() {
    let mut ledger = Ledger::new(100);
    let slow = ask(&mut ledger, 90, 45, 0);
    let quick = ask(&mut ledger, 90, 10, 0);
    assert!(!grow(&mut ledger, quick, 20, 0));
    assert_eq!(ledger.give_up(at(STEP_SECONDS)).0, [slow]);
    assert!(!ledger.is_given_up(quick));
}

/// Frames that send all they promise, in any order of steps.
fn run_to_the_end(bytes_max: usize, sizes: &[usize], order: &[prop::sample::Index]) -> usize {
    let mut ledger = Ledger::new(bytes_max);
    let mut open: Vec<(FrameId, usize)> =
        sizes.iter().map(|size| (ledger.begin(*size, at(0)), *size)).collect();
    let mut order = order.iter().cycle();
    let mut ended = 0;
    while !open.is_empty() {
        let able: Vec<usize> = (0..open.len()).filter(|at| !ledger.waits(open[*at].0)).collect();
        let Some(pick) = order.next() else { break };
        if able.is_empty() {
            break;
        }
        let place = able[pick.index(able.len())];
        let (id, size) = open[place];
        let held = ledger.held(id);
        if held == size.min(bytes_max) {
            ledger.arrived(id);
            ledger.end(id);
            open.remove(place);
            ended += 1;
            ledger.serve(at(0));
        } else {
            grow(&mut ledger, id, (held * 2).max(4), 0);
        }
        let held: usize = open.iter().map(|(id, _)| ledger.held(*id)).sum();
        assert_eq!(held + ledger.bytes_free(), bytes_max);
    }
    ended
}

proptest! {
    #[test]
    fn frames_that_send_all_end(
        bytes_max in 1..200_usize,
        sizes in proptest::collection::vec(1..250_usize, 1..20),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..100),
    ) {
        prop_assert_eq!(run_to_the_end(bytes_max, &sizes, &order), sizes.len());
    }
}
