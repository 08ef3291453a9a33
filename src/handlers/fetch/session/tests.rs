use proptest::prelude::*;

use super::*;

fn key(index: i32) -> Key {
    Key { topic: TopicKey::Name(Arc::from("topic")), index }
}

fn wanted(fetch_offset: i64) -> PartitionFetch {
    PartitionFetch {
        fetch_offset,
        bytes_max: 100,
        leader_epoch: -1,
        last_fetched_epoch: -1,
        log_start: -1,
    }
}

const NAMELESS: NameOf<'static> = &|_| None;

fn sessions_of(max: usize) -> Sessions {
    Sessions::on(Home { core: ShardId(0), cores: 1 }, max)
}

fn claim(id: i32, epoch: i32) -> Claim {
    Claim { id, epoch, uses_topic_ids: false }
}

const QUIET: Seen =
    Seen { high_watermark: 5, log_start: 0, has_records: false, failed: false, has_notice: false };

fn counter() -> impl FnMut() -> u64 {
    let mut next = 0_u64;
    move || {
        next += 1;
        next << 33
    }
}

/// A session over partitions 0 to `size`, all seen as `QUIET`.
fn open(sessions: &mut Sessions, size: i32, now_ms: i64, random: impl FnMut() -> u64) -> i32 {
    let all = (0..size).map(|index| (key(index), wanted(0))).collect();
    let begun = sessions.begin(claim(0, INITIAL_EPOCH), all, &[], NAMELESS, now_ms).unwrap();
    let seen = vec![QUIET; size as usize];
    sessions.finish(&begun, &seen, NAMELESS, now_ms, random).unwrap().session_id
}

fn indexes(begun: &Begun) -> Vec<i32> {
    begun.partitions.iter().map(|(key, _)| key.index).collect()
}

#[test]
fn an_incremental_fetch_names_only_what_changed() {
    let mut sessions = sessions_of(10);
    let id = open(&mut sessions, 3, 0, counter());
    let begun = sessions.begin(claim(id, 1), vec![(key(1), wanted(7))], &[], NAMELESS, 1).unwrap();
    assert_eq!(indexes(&begun), [0, 1, 2]);
    assert_eq!(begun.partitions[1].1, wanted(7));
    let grown = Seen { high_watermark: 6, ..QUIET };
    let finished = sessions.finish(&begun, &[QUIET, grown, QUIET], NAMELESS, 1, counter()).unwrap();
    assert_eq!(finished, Finished { session_id: id, told: vec![false, true, false] });
    // What was told is known now.
    let begun = sessions.begin(claim(id, 2), Vec::new(), &[], NAMELESS, 2).unwrap();
    let finished = sessions.finish(&begun, &[QUIET, grown, QUIET], NAMELESS, 2, counter()).unwrap();
    assert_eq!(finished.told, [false, false, false]);
}

#[test]
fn partitions_that_gave_records_move_to_the_end() {
    let mut sessions = sessions_of(10);
    let id = open(&mut sessions, 3, 0, counter());
    let begun = sessions.begin(claim(id, 1), Vec::new(), &[], NAMELESS, 1).unwrap();
    let gave = Seen { has_records: true, ..QUIET };
    let finished = sessions.finish(&begun, &[gave, QUIET, QUIET], NAMELESS, 1, counter()).unwrap();
    assert_eq!(finished.told, [true, false, false]);
    let begun = sessions.begin(claim(id, 2), Vec::new(), &[], NAMELESS, 2).unwrap();
    assert_eq!(indexes(&begun), [1, 2, 0]);
}

#[test]
fn failures_and_their_end_are_told() {
    let mut sessions = sessions_of(10);
    let id = open(&mut sessions, 1, 0, counter());
    let failed = Seen { high_watermark: -1, log_start: -1, failed: true, ..QUIET };
    for (epoch, seen, told) in
        [(1, failed, true), (2, failed, true), (3, QUIET, true), (4, QUIET, false)]
    {
        let begun = sessions.begin(claim(id, epoch), Vec::new(), &[], NAMELESS, 1).unwrap();
        let finished = sessions.finish(&begun, &[seen], NAMELESS, 1, counter()).unwrap();
        assert_eq!(finished.told, [told], "epoch {epoch}");
    }
}

#[test]
fn requests_out_of_turn_are_refused() {
    let mut sessions = sessions_of(10);
    let id = open(&mut sessions, 1, 0, counter());
    let mut begin = |claim| sessions.begin(claim, Vec::new(), &[], NAMELESS, 1).map(drop);
    assert_eq!(begin(claim(id + 1, 1)), Err(SessionError::NotFound));
    assert_eq!(begin(claim(id, 2)), Err(SessionError::WrongEpoch));
    let with_ids = Claim { uses_topic_ids: true, ..claim(id, 1) };
    assert_eq!(begin(with_ids), Err(SessionError::TopicIds));
    assert_eq!(begin(claim(id, 1)), Ok(()));
    assert_eq!(begin(claim(id, 1)), Err(SessionError::WrongEpoch));
}

#[test]
fn a_second_request_while_one_is_at_work_makes_the_first_one_void() {
    let mut sessions = sessions_of(10);
    let id = open(&mut sessions, 1, 0, counter());
    let first = sessions.begin(claim(id, 1), Vec::new(), &[], NAMELESS, 1).unwrap();
    sessions.begin(claim(id, 2), Vec::new(), &[], NAMELESS, 1).unwrap();
    let finished = sessions.finish(&first, &[QUIET], NAMELESS, 1, counter());
    assert_eq!(finished, Err(SessionError::WrongEpoch));
}

#[test]
fn an_answer_of_nothing_counts_and_tells_nothing() {
    let mut sessions = sessions_of(10);
    let begun =
        sessions.begin(claim(NO_SESSION, 0), vec![(key(0), wanted(0))], &[], NAMELESS, 0).unwrap();
    assert_eq!(sessions.pass_over(&begun), Ok(NO_SESSION));
    assert!(sessions.is_empty());
    let id = open(&mut sessions, 1, 0, counter());
    let begun = sessions.begin(claim(id, 1), Vec::new(), &[], NAMELESS, 0).unwrap();
    assert_eq!(sessions.pass_over(&begun), Ok(id));
    let grown = Seen { high_watermark: 7, ..QUIET };
    let begun = sessions.begin(claim(id, 2), Vec::new(), &[], NAMELESS, 0).unwrap();
    let finished = sessions.finish(&begun, &[grown], NAMELESS, 0, counter()).unwrap();
    assert_eq!(finished.told, [true]);
    let late = sessions.begin(claim(id, 3), Vec::new(), &[], NAMELESS, 0).unwrap();
    sessions.begin(claim(id, 4), Vec::new(), &[], NAMELESS, 0).unwrap();
    assert_eq!(sessions.pass_over(&late), Err(SessionError::WrongEpoch));
}

#[test]
fn forgetting_everything_and_the_final_epoch_end_a_session() {
    let mut sessions = sessions_of(10);
    let mut random = counter();
    let id = open(&mut sessions, 2, 0, &mut random);
    let begun = sessions.begin(claim(id, 1), Vec::new(), &[key(0), key(1)], NAMELESS, 1).unwrap();
    assert!(indexes(&begun).is_empty());
    assert_eq!((sessions.len(), sessions.bytes()), (0, 0));
    let id = open(&mut sessions, 2, 0, &mut random);
    let begun = sessions
        .begin(claim(id, FINAL_EPOCH), vec![(key(9), wanted(0))], &[], NAMELESS, 1)
        .unwrap();
    assert_eq!((indexes(&begun), sessions.len()), (vec![9], 0));
    let finished = sessions.finish(&begun, &[QUIET], NAMELESS, 1, counter()).unwrap();
    assert_eq!(finished.session_id, NO_SESSION);
}

#[test]
fn a_full_cache_drops_what_is_unused_or_old_and_smaller() {
    let mut sessions = sessions_of(2);
    let mut random = counter();
    let first = open(&mut sessions, 2, 0, &mut random);
    let second = open(&mut sessions, 3, 1, &mut random);
    // Both are young and in use.
    assert_eq!(open(&mut sessions, 9, 2, &mut random), NO_SESSION);
    let late = KEPT_MS + 10;
    for id in [first, second] {
        sessions.begin(claim(id, 1), Vec::new(), &[], NAMELESS, late).unwrap();
    }
    // Both are old now and in use: only a larger one takes the place of the smaller.
    assert_eq!(open(&mut sessions, 1, late, &mut random), NO_SESSION);
    let third = open(&mut sessions, 4, late, &mut random);
    assert!(third != NO_SESSION && !sessions.by_id.contains_key(&first));
    // Nobody uses them: the one that was used first goes.
    let fourth = open(&mut sessions, 1, late + KEPT_MS + 1, &mut random);
    assert!(fourth != NO_SESSION && sessions.len() == 2 && sessions.evictions() == 2);
}

/// A partition whose topic has a name as long as names can be.
fn long(index: i32) -> (Key, PartitionFetch) {
    let topic = TopicKey::Name(Arc::from("x".repeat(32_767)));
    (Key { topic, index }, wanted(0))
}

#[test]
fn who_finds_no_room_for_its_names_fetches_without_a_session() {
    let mut sessions = sessions_of(10);
    let mut random = counter();
    let half = limits::FETCH_SESSION_BYTES_MAX / bytes_of(&long(0).0) / 2 + 1;
    let all: Vec<_> = (0..half as i32).map(long).collect();
    let seen = vec![QUIET; half];
    let mut begin = |sessions: &mut Sessions, now_ms| {
        let claim = claim(NO_SESSION, INITIAL_EPOCH);
        let begun = sessions.begin(claim, all.clone(), &[], NAMELESS, now_ms).unwrap();
        assert_eq!(begun.partitions, all);
        sessions.finish(&begun, &seen, NAMELESS, now_ms, &mut random).unwrap().session_id
    };
    let first = begin(&mut sessions, 0);
    assert!(first != NO_SESSION && sessions.bytes() > half * 32_767);
    assert_eq!(begin(&mut sessions, 1), NO_SESSION);
    // The first is out of use.
    let second = begin(&mut sessions, KEPT_MS + 1);
    assert!(second != NO_SESSION && !sessions.by_id.contains_key(&first));
    assert_eq!((sessions.len(), sessions.evictions()), (1, 1));
    // One that grows too large ends.
    let more: Vec<_> = (half as i32..2 * half as i32).map(long).collect();
    let begun = sessions.begin(claim(second, 1), more.clone(), &[], NAMELESS, KEPT_MS + 2).unwrap();
    assert_eq!(begun.partitions, more);
    assert_eq!((sessions.len(), sessions.bytes()), (0, 0));
}

#[test]
fn a_partition_that_is_wanted_twice_is_fetched_once_as_it_was_wanted_last() {
    let mut sessions = sessions_of(10);
    for epoch in [INITIAL_EPOCH, FINAL_EPOCH] {
        let twice = vec![(key(1), wanted(1)), (key(2), wanted(2)), (key(1), wanted(3))];
        let begun = sessions.begin(claim(NO_SESSION, epoch), twice, &[], NAMELESS, 0).unwrap();
        assert_eq!(begun.partitions, [(key(1), wanted(3)), (key(2), wanted(2))]);
    }
}

#[test]
fn epochs_begin_again_after_the_largest() {
    let epochs = [0, 1, i32::MAX, -1].map(next_epoch);
    assert_eq!(epochs, [1, 2, 1, -1]);
}

proptest! {
    /// Whatever is added, forgotten and fetched: counts agree, and each partition has one place.
    #[test]
    fn counts_and_places_agree(
        steps in proptest::collection::vec(
            (proptest::collection::vec(0..8, 0..5), proptest::collection::vec(0..8, 0..3),
             any::<u8>()),
            1..30,
        ),
    ) {
        let mut sessions = sessions_of(2);
        let mut random = counter();
        let mut id = open(&mut sessions, 4, 0, &mut random);
        let mut epoch = 1;
        for (added, forgotten, gave) in steps {
            let added = added.into_iter().map(|index| (key(index), wanted(1))).collect();
            let forgotten: Vec<Key> = forgotten.into_iter().map(key).collect();
            let begun = sessions.begin(claim(id, epoch), added, &forgotten, NAMELESS, 1).unwrap();
            let seen: Vec<Seen> = begun
                .partitions
                .iter()
                .map(|(key, _)| Seen { has_records: gave >> key.index & 1 == 1, ..QUIET })
                .collect();
            let finished = sessions.finish(&begun, &seen, NAMELESS, 1, &mut random).unwrap();
            if finished.session_id == NO_SESSION {
                prop_assert!(sessions.is_empty() && sessions.bytes() == 0);
                (id, epoch) = (open(&mut sessions, 4, 0, &mut random), 1);
                continue;
            }
            epoch = next_epoch(epoch);
            let session = &sessions.by_id[&id];
            prop_assert_eq!(session.order.len(), session.partitions.len());
            let bytes: usize = session.partitions.keys().map(bytes_of).sum();
            prop_assert_eq!((sessions.bytes(), session.bytes), (bytes, bytes));
            for (place, key) in &session.order {
                prop_assert_eq!(session.partitions[key].place, *place);
            }
        }
    }
}

#[test]
fn an_id_tells_the_core_that_has_its_session() {
    for (core, cores) in [(0, 1), (0, 3), (2, 3), (63, 64)] {
        let mut sessions = Sessions::on(Home { core: ShardId(core), cores }, 10);
        for random in [0, u64::MAX, 1 << 33, 77 << 33] {
            let mut next = random;
            let id = open(&mut sessions, 1, 0, || {
                next = next.wrapping_sub(1 << 33);
                next
            });
            assert_eq!(sessions.home_of(id), ShardId(core), "{id} of {cores}");
        }
        assert_eq!(sessions.home_of(NO_SESSION), ShardId(core));
    }
}

/// As in Kafka, which goes by names behind its ids.
#[test]
fn a_session_knows_what_its_topics_were_called() {
    let mut sessions = sessions_of(10);
    let topic = |number| Key { topic: TopicKey::Id(Uuid::from_u128(number)), index: 0 };
    let with_ids = |id, epoch| Claim { uses_topic_ids: true, ..claim(id, epoch) };
    let named: NameOf<'_> = &|id| (id.as_u128() < 3).then(|| Arc::from(id.to_string()));
    let all = vec![(topic(1), wanted(0)), (topic(9), wanted(0))];
    let begun = sessions.begin(with_ids(NO_SESSION, 0), all, &[], named, 0).unwrap();
    let id = sessions.finish(&begun, &[QUIET; 2], named, 0, counter()).unwrap().session_id;
    let more = vec![(topic(2), wanted(0))];
    let begun = sessions.begin(with_ids(id, 1), more, &[], named, 0).unwrap();
    assert_eq!(begun.session(), Some(id));
    for (number, is_known) in [(1, true), (2, true), (9, false)] {
        assert_eq!(begun.name_of(&Uuid::from_u128(number)).is_some(), is_known, "{number}");
    }
    let bytes = sessions.bytes();
    assert!(bytes > 3 * bytes_of(&topic(1)), "names are counted");
    sessions.begin(with_ids(id, FINAL_EPOCH), Vec::new(), &[], named, 0).unwrap();
    assert_eq!(sessions.bytes(), 0);
}
