//! Which partition of `__consumer_offsets` holds a group.

/// Kafka's choice: Java's string hash over UTF-16 units, its sign bit cleared, modulo the
/// partitions.
///
/// `partitions` is at least 1.
pub fn partition_for(group_id: &str, partitions: u32) -> u32 {
    assert!(partitions > 0, "a topic has at least one partition");
    let hash = group_id
        .encode_utf16()
        .fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let positive = if hash == i32::MIN { 0 } else { hash.unsigned_abs() };
    positive % partitions
}
