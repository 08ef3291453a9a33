//! Questions about partitions, each answered by the core that owns it.
//!
//! Lives on: the asking core; `ask` runs on the owners.
//! Promise: one hop to each owner, all at the same time; answers in the order of the questions.
//! Read next: ../handlers/list_offsets.rs, which asks.

use std::rc::Rc;

use shards::units::{PartitionId, ShardId};

use super::{Local, together};
use crate::broker::Core;

/// Answers questions on the core that owns their partitions.
pub type Ask<Q, A> = fn(Rc<Core>, Vec<(PartitionId, Q)>) -> Local<Vec<A>>;

/// Asks the owners. `ask` answers each of its questions, in their order.
pub async fn scatter<Q: Send + 'static, A: Send + 'static>(
    broker: &Rc<Core>,
    questions: Vec<(ShardId, PartitionId, Q)>,
    ask: Ask<Q, A>,
) -> Vec<A> {
    let mut answers: Vec<Option<A>> = questions.iter().map(|_| None).collect();
    let mut groups: Vec<Group<Q>> = Vec::new();
    for (place, (owner, partition, question)) in questions.into_iter().enumerate() {
        let known = groups.iter().position(|group| group.owner == owner);
        let index = known.unwrap_or_else(|| {
            groups.push(Group { owner, questions: Vec::new(), places: Vec::new() });
            groups.len() - 1
        });
        groups[index].questions.push((partition, question));
        groups[index].places.push(place);
    }
    let mut places = Vec::with_capacity(groups.len());
    let mut work: Vec<Local<Vec<A>>> = Vec::with_capacity(groups.len());
    for Group { owner, questions, places: group_places } in groups {
        places.push(group_places);
        let broker = broker.clone();
        work.push(Box::pin(
            async move { broker.run_on(owner, move |on| ask(on, questions)).await },
        ));
    }
    for (places, group_answers) in places.into_iter().zip(together(work).await) {
        assert_eq!(places.len(), group_answers.len(), "each question has an answer");
        for (place, answer) in places.into_iter().zip(group_answers) {
            answers[place] = Some(answer);
        }
    }
    answers.into_iter().flatten().collect()
}

struct Group<Q> {
    owner: ShardId,
    questions: Vec<(PartitionId, Q)>,
    places: Vec<usize>,
}
