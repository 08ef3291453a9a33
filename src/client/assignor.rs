//! Kafka's range assignor: each topic's partitions in runs, one run a member.

use std::collections::BTreeMap;

use super::cluster::TopicPartition;

/// The name that members agree on.
pub const NAME: &str = "range";

/// A member of a group and the topics that it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub member_id: String,
    /// Static members are sorted by this.
    pub instance_id: Option<String>,
    pub topics: Vec<String>,
}

/// Gives each partition of a subscribed topic to one member; the first members get one more
/// where the count does not divide.
pub fn assign(
    members: &[Subscription],
    partition_counts: &BTreeMap<String, i32>,
) -> BTreeMap<String, Vec<TopicPartition>> {
    let none = members.iter().map(|member| (member.member_id.clone(), Vec::new()));
    let mut assigned: BTreeMap<String, Vec<TopicPartition>> = none.collect();
    let mut sorted: Vec<&Subscription> = members.iter().collect();
    // Static members come first, in the order of their own names, as in Kafka.
    sorted.sort_by_key(|it| (it.instance_id.is_none(), &it.instance_id, &it.member_id));
    for (topic, count) in partition_counts {
        let wanting: Vec<&Subscription> =
            sorted.iter().copied().filter(|member| member.topics.contains(topic)).collect();
        let Ok(members) = i32::try_from(wanting.len()) else { continue };
        let mut next = 0;
        for (index, member) in (0..).zip(&wanting) {
            let length = count / members + i32::from(index < count % members);
            let run = (next..next + length).map(|partition| TopicPartition::new(topic, partition));
            assigned.entry(member.member_id.clone()).or_default().extend(run);
            next += length;
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, topics: &[&str]) -> Subscription {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        Subscription { member_id: id.to_owned(), instance_id: None, topics }
    }

    fn counts(counts: &[(&str, i32)]) -> BTreeMap<String, i32> {
        counts.iter().map(|(topic, count)| ((*topic).to_owned(), *count)).collect()
    }

    fn names(assigned: &BTreeMap<String, Vec<TopicPartition>>, member: &str) -> Vec<String> {
        assigned[member].iter().map(ToString::to_string).collect()
    }

    #[test]
    fn first_members_get_the_remainder() {
        let members = [member("b", &["t", "u"]), member("a", &["t", "u"]), member("c", &["u"])];
        let assigned = assign(&members, &counts(&[("t", 3), ("u", 4)]));
        assert_eq!(names(&assigned, "a"), ["t-0", "t-1", "u-0", "u-1"]);
        assert_eq!(names(&assigned, "b"), ["t-2", "u-2"]);
        assert_eq!(names(&assigned, "c"), ["u-3"]);
    }

    #[test]
    fn more_members_than_partitions_leaves_some_with_none() {
        let members = [member("a", &["t"]), member("b", &["t"]), member("c", &["other"])];
        let assigned = assign(&members, &counts(&[("t", 1)]));
        assert_eq!(names(&assigned, "a"), ["t-0"]);
        assert!(assigned["b"].is_empty() && assigned["c"].is_empty());
        assert!(assign(&[], &counts(&[("t", 1)])).is_empty());
    }

    #[test]
    fn static_members_keep_their_place_by_their_own_name() {
        let first = Subscription { instance_id: Some("1".to_owned()), ..member("z", &["t"]) };
        let assigned = assign(&[member("a", &["t"]), first], &counts(&[("t", 2)]));
        assert_eq!(names(&assigned, "z"), ["t-0"]);
    }
}
