//! Each assignor: all partitions to exactly one subscriber, balanced, with few moves.

use super::*;
use proptest::prelude::*;

fn topic(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

/// Members with the topics they subscribe to and their last targets.
struct Group {
    members: Vec<(String, Option<String>, Rc<BTreeSet<Uuid>>, Partitions)>,
    partitions: BTreeMap<Uuid, usize>,
}

impl Group {
    fn new(partitions: &[usize], subscriptions: &[&[u8]]) -> Self {
        let counts = partitions.iter().enumerate();
        let mut group = Group {
            members: Vec::new(),
            partitions: counts.map(|(number, count)| (topic(number as u8), *count)).collect(),
        };
        subscriptions.iter().for_each(|topics| group.join(topics));
        group
    }

    fn join(&mut self, topics: &[u8]) {
        let topics = topics.iter().map(|number| topic(*number)).collect();
        let id = format!("m{:03}", self.members.len());
        self.members.push((id, None, Rc::new(topics), Partitions::new()));
    }

    fn assign(&mut self, assignor: Assignor) {
        let subscriber = |(id, instance, topics, target)| -> Subscriber<'_> {
            let (id, instance): (&String, &Option<String>) = (id, instance);
            let topics: &Rc<BTreeSet<Uuid>> = topics;
            Subscriber {
                member_id: id,
                instance_id: instance.as_deref(),
                topics: topics.clone(),
                target,
            }
        };
        let subscribed: BTreeSet<Uuid> =
            self.members.iter().flat_map(|member| member.2.iter().copied()).collect();
        let known = self.partitions.iter().filter(|(id, _)| subscribed.contains(id));
        let spec = Spec {
            subscribers: self.members.iter().map(|(a, b, c, d)| subscriber((a, b, c, d))).collect(),
            partitions: known.map(|(id, count)| (*id, *count)).collect(),
        };
        let targets = assign(assignor, &spec);
        assert_eq!(targets.len(), self.members.len());
        for (member, target) in self.members.iter_mut().zip(targets) {
            member.3 = target;
        }
        self.check();
    }

    /// Every partition of a subscribed topic has one owner, who subscribes to it.
    fn check(&self) {
        let mut owners = BTreeMap::new();
        for (id, _, topics, target) in &self.members {
            for (topic, partitions) in target {
                assert!(topics.contains(topic), "{id} subscribes to what it has");
                assert!(!partitions.is_empty());
                for partition in partitions {
                    assert_eq!(owners.insert((*topic, *partition), id), None);
                }
            }
        }
        let subscribed: BTreeSet<Uuid> =
            self.members.iter().flat_map(|member| member.2.iter().copied()).collect();
        let all: usize = subscribed.iter().filter_map(|id| self.partitions.get(id)).sum();
        assert_eq!(owners.len(), all);
    }

    fn sizes(&self) -> Vec<usize> {
        let size = |target: &Partitions| target.values().map(BTreeSet::len).sum();
        self.members.iter().map(|member| size(&member.3)).collect()
    }

    fn spread(&self) -> usize {
        let sizes = self.sizes();
        sizes.iter().max().unwrap_or(&0) - sizes.iter().min().unwrap_or(&0)
    }

    /// Partitions that went from one member to another since `before`.
    fn moves(&self, before: &[Partitions]) -> usize {
        let now = self.members.iter().map(|member| &member.3);
        let kept: usize = before.iter().zip(now).map(|(before, now)| common(before, now)).sum();
        let all: usize = before.iter().flat_map(|target| target.values()).map(BTreeSet::len).sum();
        all - kept
    }

    fn targets(&self) -> Vec<Partitions> {
        self.members.iter().map(|member| member.3.clone()).collect()
    }
}

fn common(before: &Partitions, now: &Partitions) -> usize {
    let of_topic = |(topic, partitions): (&Uuid, &BTreeSet<i32>)| {
        now.get(topic).map_or(0, |now| partitions.intersection(now).count())
    };
    before.iter().map(of_topic).sum()
}

#[test]
fn a_new_member_takes_no_more_than_its_share() {
    let mut group = Group::new(&[12], &[&[0], &[0], &[0]]);
    group.assign(Assignor::Uniform);
    assert_eq!(group.sizes(), [4, 4, 4]);
    group.join(&[0]);
    let before = group.targets();
    group.assign(Assignor::Uniform);
    assert_eq!(group.sizes(), [3, 3, 3, 3]);
    assert_eq!(group.moves(&before), 3);
}

#[test]
fn what_a_member_leaves_is_shared_by_the_others() {
    let mut group = Group::new(&[12], &[&[0], &[0], &[0]]);
    group.assign(Assignor::Uniform);
    group.members.remove(1);
    let before = group.targets();
    group.assign(Assignor::Uniform);
    assert_eq!(group.sizes(), [6, 6]);
    assert_eq!(group.moves(&before), 0);
}

#[test]
fn more_members_than_partitions() {
    for assignor in Assignor::ALL {
        let mut group = Group::new(&[2], &[&[0], &[0], &[0]]);
        group.assign(assignor);
        assert_eq!(group.sizes().iter().sum::<usize>(), 2);
        assert_eq!(group.spread(), 1);
    }
}

#[test]
fn nobody_and_nothing() {
    for assignor in Assignor::ALL {
        Group::new(&[3], &[]).assign(assignor);
        Group::new(&[3], &[&[], &[]]).assign(assignor);
        Group::new(&[0], &[&[0]]).assign(assignor);
    }
}

#[test]
fn ranges_are_the_same_numbers_of_each_topic() {
    let mut group = Group::new(&[3, 3], &[&[0, 1], &[0, 1]]);
    group.assign(Assignor::Range);
    let numbers = BTreeSet::from([0, 1]);
    assert_eq!(group.members[0].3.values().collect::<Vec<_>>(), [&numbers, &numbers]);
}

#[test]
fn static_members_come_first_in_ranges_whatever_their_ids() {
    let mut group = Group::new(&[3], &[&[0], &[0]]);
    group.members[1].1 = Some("i".to_owned());
    group.assign(Assignor::Range);
    assert_eq!(group.sizes(), [1, 2]);
}

#[test]
fn members_with_other_topics_are_balanced_within_each_topic() {
    let mut group = Group::new(&[6, 6], &[&[0], &[0, 1], &[1]]);
    group.assign(Assignor::Uniform);
    let sizes = group.sizes();
    assert!(sizes.is_sorted() && sizes[1] - sizes[0] <= 1 && sizes[2] - sizes[1] <= 1);
    let before = group.targets();
    group.assign(Assignor::Uniform);
    assert_eq!(group.moves(&before), 0);
}

fn subscriptions() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let topics = proptest::collection::btree_set(0..4u8, 0..4);
    proptest::collection::vec(topics.prop_map(|set| set.into_iter().collect()), 0..8)
}

proptest! {
    /// Members come and go with any subscriptions; `check` looks after each assignment.
    #[test]
    fn every_partition_has_one_owner(
        partitions in proptest::collection::vec(0..9usize, 4),
        rounds in proptest::collection::vec((subscriptions(), any::<bool>(), 0..4usize), 1..5),
    ) {
        let mut group = Group::new(&partitions, &[]);
        for (joining, uniform, leaving) in rounds {
            joining.iter().for_each(|topics| group.join(topics));
            group.members.drain(..leaving.min(group.members.len()));
            group.assign(if uniform { Assignor::Uniform } else { Assignor::Range });
        }
    }

    /// All subscribe to the same: numbers differ by one at most, and a second run moves nothing.
    #[test]
    fn uniform_is_balanced_and_sticky(
        partitions in proptest::collection::vec(0..20usize, 1..4),
        members in 1..12usize,
        joining in 0..5usize,
    ) {
        let topics: Vec<u8> = (0..partitions.len() as u8).collect();
        let mut group = Group::new(&partitions, &vec![&topics[..]; members]);
        group.assign(Assignor::Uniform);
        (0..joining).for_each(|_| group.join(&topics));
        let before = group.targets();
        group.assign(Assignor::Uniform);
        prop_assert!(group.spread() <= 1);
        let least = group.sizes().into_iter().min().unwrap_or(0);
        prop_assert!(group.moves(&before) <= joining * (least + 1));
        let before = group.targets();
        group.assign(Assignor::Uniform);
        prop_assert_eq!(group.moves(&before), 0);
    }
}
