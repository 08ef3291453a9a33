//! Transactions that take too long, ids that nobody uses, and what is told of both.

use super::bench::*;
use crate::coordinators::transactions::*;

#[test]
fn a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced() {
    for version in [0, 2] {
        let mut bench = Bench::with(TransactionConfig::default(), version, &[]);
        let producer = bench.producer();
        bench.add(producer, 0);
        bench.pass(TIMEOUT_MS as u64);
        assert_eq!(bench.state(), State::Ongoing);
        bench.pass(10_000);
        assert_eq!(bench.state(), State::PrepareAbort);
        assert_eq!(bench.add(producer, 0), refused(TransactionError::Fenced));
        bench.write_markers();
        assert_eq!(bench.state(), State::CompleteAbort);
        assert_eq!(bench.end(producer, true, 0), refused(TransactionError::Fenced));
        let mut counts = Counts::default();
        bench.partition.count_into(&mut counts);
        assert_eq!((counts.timed_out, counts.oldest_start_ms), (1, None));
        assert_eq!(counts.by_state[&State::CompleteAbort], 1);
    }
}

#[test]
fn a_two_phase_transaction_takes_as_long_as_its_client_wants() {
    let config = TransactionConfig { allows_two_phase: true, ..TransactionConfig::default() };
    let mut bench = Bench::with(config, 2, &[]);
    let begin = Request::Init(InitProducer {
        transactional_id: ID.into(),
        timeout_ms: 0,
        is_two_phase: true,
        expected: None,
        fresh_producer_id: Some(1),
    });
    let Reply::Initialized(producer) = bench.ask_now(begin) else { panic!("no producer") };
    bench.add(producer, 2);
    bench.pass(30 * 24 * 3_600_000);
    assert_eq!(bench.state(), State::Ongoing);
}

#[test]
fn an_id_that_nobody_uses_is_forgotten() {
    let week_ms = 7 * 24 * 3_600_000;
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.pass(week_ms + 3_600_000);
    assert!(bench.partition.transactions().is_empty());
    assert_eq!(bench.log.last().unwrap().value, None);
    assert_eq!(bench.add(producer, 2), refused(TransactionError::UnknownMapping));
    let unknown = Reply::Described(vec![Err(TransactionError::NotFound)]);
    assert_eq!(bench.ask_now(Request::Describe(vec![ID.into()])), unknown);
    assert!(bench.reloaded().partition.transactions().is_empty());
    assert_ne!(bench.producer().id, producer.id);
}

#[test]
fn lists_know_states_producers_durations_and_patterns() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 2);
    bench.pass(5_000);
    let all = ListTransactions::default();
    for (filter, found) in [
        (all.clone(), true),
        (ListTransactions { states: vec![State::Ongoing], ..all.clone() }, true),
        (ListTransactions { states: vec![State::Empty], ..all.clone() }, false),
        (ListTransactions { producer_ids: vec![producer.id], ..all.clone() }, true),
        (ListTransactions { producer_ids: vec![1], ..all.clone() }, false),
        (ListTransactions { duration_ms: Some(4_999), ..all.clone() }, true),
        (ListTransactions { duration_ms: Some(5_000), ..all.clone() }, false),
        (ListTransactions { pattern: Some("i.".into()), ..all.clone() }, true),
        (ListTransactions { pattern: Some("i".into()), ..all.clone() }, false),
    ] {
        let Reply::Listed(listed) = bench.ask_now(Request::List(filter.clone())) else {
            panic!("not listed")
        };
        assert_eq!(!listed.is_empty(), found, "{filter:?}");
    }
    for pattern in ["(", &"a".repeat(10_000), "(a{1000}){1000}"] {
        let filter = ListTransactions { pattern: Some(pattern.into()), ..all.clone() };
        let invalid = refused(TransactionError::InvalidPattern);
        assert_eq!(bench.ask_now(Request::List(filter)), invalid);
    }
}
