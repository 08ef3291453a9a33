//! What administrators change is one line of the log each, with who asked.

use crate::session::Session;

#[track_caller]
fn assert_told(session: &Session, words: &str) {
    let log = session.broker.log_of_last_start();
    let told: Vec<&str> = log.lines().filter(|line| line.contains(words)).collect();
    let [line] = told[..] else { panic!("`{words}` is in {} lines of:\n{log}", told.len()) };
    assert!(line.contains(" INFO "), "{line}");
    for who in ["User:ANONYMOUS", "ringlog-cli", "address=127.0.0.1:"] {
        assert!(line.contains(who), "{who} is not in: {line}");
    }
}

#[test]
fn what_is_changed_is_told_with_who_asked() {
    let session = Session::start();
    session.run("topic create logs --partitions 2").succeeded();
    assert_told(&session, "topics created: logs (partitions 2, replicas 1)");
    session.run("topic create logs").failed(1);
    session.run("topic alter logs --partitions 3").succeeded();
    assert_told(&session, "partitions added: logs (partitions 3)");
    session.run("config alter topic logs --add segment.bytes=1048576").succeeded();
    assert_told(&session, "configurations changed: topic logs: segment.bytes=1048576");
    session.run("config alter user alice --add producer_byte_rate=1000").succeeded();
    assert_told(&session, "quotas changed: user alice: producer_byte_rate=1000");
    session.feed("produce logs --partition 0", b"a\nb\n").succeeded();
    session.run("consume logs --from beginning --group g --exit-at-end -q").succeeded();
    session.run("group delete g").succeeded();
    assert_told(&session, "groups deleted: g");
    session.run("topic delete logs").succeeded();
    assert_told(&session, "topics deleted: logs");
}
