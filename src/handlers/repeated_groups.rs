//! Groups that a request names again and again.
//!
//! Each is asked of its coordinator once. A mention more is answered again, as by Kafka, as long
//! as the copies stay within limits::REPEATED_NAMES_BYTES_MAX, so that a small request does not
//! mean an answer without end; no client that is known names a group twice.

use std::hash::Hash;

use shards::entropy::HashMap;

use crate::limits;

/// Which of the distinct ones each mention is; these are in the order of their first mention.
pub struct Mentions {
    places: Vec<usize>,
}

impl Mentions {
    /// Also gives what is mentioned, each once. `key` says what makes mentions the same; one
    /// without a key is like no other.
    pub fn of<T, K: Eq + Hash>(
        mentions: Vec<T>,
        key: impl Fn(&T) -> Option<K>,
    ) -> (Vec<T>, Mentions) {
        let mut known: HashMap<K, usize> = HashMap::default();
        let (mut distinct, mut places) = (Vec::new(), Vec::with_capacity(mentions.len()));
        for mention in mentions {
            let next = distinct.len();
            let place = key(&mention).map_or(next, |key| *known.entry(key).or_insert(next));
            places.push(place);
            if place == next {
                distinct.push(mention);
            }
        }
        (distinct, Mentions { places })
    }

    /// An answer for each mention, from those for the distinct ones. `refuse` makes of an answer
    /// that is too much the one that says so.
    pub fn answer<A: Clone>(
        &self,
        answers: Vec<A>,
        bytes_of: impl Fn(&A) -> usize,
        refuse: impl Fn(&A) -> A,
    ) -> Vec<A> {
        let mut answers = answers.into_iter();
        let mut told: Vec<A> = Vec::with_capacity(self.places.len());
        let mut firsts: Vec<(usize, usize)> = Vec::with_capacity(answers.len());
        let mut bytes_left = limits::REPEATED_NAMES_BYTES_MAX;
        for place in &self.places {
            let answer = match firsts.get(*place) {
                None => {
                    let Some(answer) = answers.next() else { break };
                    firsts.push((told.len(), bytes_of(&answer)));
                    answer
                }
                Some((first, bytes)) => match bytes_left.checked_sub(*bytes) {
                    Some(left) => {
                        bytes_left = left;
                        told[*first].clone()
                    }
                    None => refuse(&told[*first]),
                },
            };
            told.push(answer);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_asked_once_and_each_mention_answered() {
        let named = |name: &&'static str| (*name != "alone").then_some(*name);
        let (asked, mentions) = Mentions::of(vec!["g", "alone", "h", "g", "alone"], named);
        assert_eq!(asked, ["g", "alone", "h", "alone"]);
        let answers = mentions.answer(asked, |_| 1, |_| "refused");
        assert_eq!(answers, ["g", "alone", "h", "g", "alone"]);
    }

    #[test]
    fn copies_end_where_they_take_too_much() {
        let third = limits::REPEATED_NAMES_BYTES_MAX / 3;
        let (asked, mentions) = Mentions::of(vec!["g"; 6], |name| Some(*name));
        let answers = mentions.answer(asked, |_| third, |_| "refused");
        assert_eq!(answers, ["g", "g", "g", "g", "refused", "refused"]);
    }
}
