//! Ends that no peer of a test brings about at will are counted as well.

use super::*;

#[test]
fn every_end_has_its_counter() {
    let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
    let metrics = ConnectionMetrics::default();
    let too_many = Refusal::TooManyNames { bytes: 2, max: 1 };
    let not_served = Refusal::NotServed { name: "Vote" };
    for (closed, counter) in [
        (Closed::Receive(timed_out()), &metrics.failed),
        (Closed::Send(timed_out().into()), &metrics.failed),
        (Closed::Send(SendError::Gone), &metrics.closed_by_peer),
        (Closed::InTheWay { bytes: 1 }, &metrics.closed_slow_frame),
        (Closed::Refused(too_many), &metrics.closed_malformed),
        (Closed::Refused(not_served), &metrics.closed_unsupported),
        (Closed::Refused(Refusal::Stopping), &metrics.closed_other),
        (Closed::Stopping, &metrics.closed_other),
    ] {
        let before = counter.get();
        count_end(&metrics, &closed);
        assert_eq!(counter.get(), before + 1, "{closed:?}");
    }
    let ends = [
        (&metrics.failed, 2),
        (&metrics.closed_by_peer, 1),
        (&metrics.closed_slow_frame, 1),
        (&metrics.closed_malformed, 1),
        (&metrics.closed_unsupported, 1),
        (&metrics.closed_other, 2),
        (&metrics.closed_idle, 0),
        (&metrics.closed_not_reading, 0),
    ];
    assert!(ends.iter().all(|(counter, count)| counter.get() == *count), "{metrics:?}");
}
