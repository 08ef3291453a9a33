//! The partition of a group.

use crate::coordinators::groups::partition_for;

/// Values from Java's String.hashCode, by hand for the short ones.
#[test]
fn follows_javas_string_hash() {
    assert_eq!(partition_for("", 50), 0);
    assert_eq!(partition_for("a", 50), 97 % 50);
    assert_eq!(partition_for("ab", 1000), (97 * 31 + 98) % 1000);
    // "console-consumer-1".hashCode() is negative only by overflow; "Aa" and "BB" collide in Java.
    assert_eq!(partition_for("Aa", 50), partition_for("BB", 50));
    // U+1F600 is the surrogates D83D DE00: 0xD83D * 31 + 0xDE00.
    assert_eq!(partition_for("\u{1F600}", 100_000), (0xD83D * 31 + 0xDE00) % 100_000);
    // A hash of i32::MIN counts as 0, as in Kafka.
    assert_eq!(partition_for("polygenelubricants", 50), 0);
}

#[test]
fn negative_hashes_lose_their_sign() {
    // "zzzzzz".hashCode() == -685785472 (Java).
    let hash = "zzzzzz".bytes().fold(0i32, |h, b| h.wrapping_mul(31).wrapping_add(i32::from(b)));
    assert!(hash < 0);
    assert_eq!(partition_for("zzzzzz", 50), hash.unsigned_abs() % 50);
}
