//! Patterns that are being matched against the topics: a slice of the names at each tick, so that
//! ten thousand topics hold up nobody.
//!
//! A job sees one image from its beginning to its end.
//! Limits: limits::MATCHES_PER_TICK.

use super::consumer::{ResolvedRegex, compile};
use super::limits;
use crate::metadata::Image;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct RegexJobs(VecDeque<Job>);

#[derive(Debug)]
struct Job {
    group_id: String,
    image: Arc<Image>,
    started_at_ms: i64,
    patterns: Vec<Regex>,
    found: Vec<(String, BTreeSet<String>)>,
    /// Where to go on.
    next_name: Option<Arc<str>>,
}

/// What a group's patterns match.
pub(super) type Resolved = BTreeMap<String, ResolvedRegex>;

impl RegexJobs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn start(
        &mut self,
        group_id: &str,
        regexes: BTreeSet<String>,
        image: &Arc<Image>,
        wall_ms: i64,
    ) {
        let (mut patterns, mut found) = (Vec::new(), Vec::new());
        for regex in regexes {
            match compile(&regex) {
                Ok(pattern) => {
                    patterns.push(pattern);
                    found.push((regex, BTreeSet::new()));
                }
                // Handlers let none through that cannot be read; another broker may have.
                Err(_unreadable) => {
                    patterns.push(matches_nothing());
                    found.push((regex, BTreeSet::new()));
                }
            }
        }
        self.0.push_back(Job {
            group_id: group_id.to_owned(),
            image: image.clone(),
            started_at_ms: wall_ms,
            patterns,
            found,
            next_name: image.topics.names().next().cloned(),
        });
    }

    /// Does a slice of the first job; what it found, once it is at its end.
    pub(super) fn advance(&mut self) -> Option<(String, Resolved)> {
        let job = self.0.front_mut()?;
        if !job.advance() {
            return None;
        }
        let job = self.0.pop_front()?;
        let (version, resolved_at_ms) = (job.image.provenance.last_offset, job.started_at_ms);
        let resolved = |(regex, topics)| (regex, ResolvedRegex { topics, version, resolved_at_ms });
        Some((job.group_id, job.found.into_iter().map(resolved).collect()))
    }
}

impl Job {
    /// Whether all names have been looked at.
    fn advance(&mut self) -> bool {
        let Some(from) = self.next_name.take() else { return true };
        let count = limits::MATCHES_PER_TICK.div_ceil(self.patterns.len().max(1));
        let mut names = self.image.topics.names_from(&from);
        for name in names.by_ref().take(count) {
            for (pattern, (_, topics)) in self.patterns.iter().zip(&mut self.found) {
                if pattern.is_match(name) {
                    topics.insert(name.as_ref().to_owned());
                }
            }
        }
        self.next_name = names.next().cloned();
        self.next_name.is_none()
    }
}

fn matches_nothing() -> Regex {
    Regex::new(r"[^\s\S]").expect("an empty class is a pattern")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Delta;
    use crate::protocol::metadata_records::{MetadataRecord, TopicRecord};
    use uuid::Uuid;

    fn image(topics: usize) -> Arc<Image> {
        let mut delta = Delta::new(Image::empty("cluster"));
        for number in 0..topics {
            let topic_id = Uuid::from_u128(number as u128 + 1);
            let name = format!("{}{number}", if number % 2 == 0 { "even-" } else { "odd-" });
            delta.replay(&MetadataRecord::from(TopicRecord { name, topic_id })).unwrap();
        }
        Arc::new(delta.image().clone())
    }

    fn run(regexes: &[&str], topics: usize) -> (Resolved, usize) {
        let mut jobs = RegexJobs::default();
        let regexes = regexes.iter().map(|regex| (*regex).to_owned()).collect();
        jobs.start("g", regexes, &image(topics), 7);
        let mut ticks = 1;
        loop {
            if let Some((group_id, resolved)) = jobs.advance() {
                assert_eq!(group_id, "g");
                assert!(jobs.is_empty());
                return (resolved, ticks);
            }
            ticks += 1;
        }
    }

    #[test]
    fn half_of_the_topics_are_found_a_slice_at_a_time() {
        let (resolved, ticks) = run(&["even-.*", "odd-1"], 10_000);
        assert_eq!(resolved["even-.*"].topics.len(), 5_000);
        assert_eq!(resolved["odd-1"].topics, BTreeSet::from(["odd-1".to_owned()]));
        assert_eq!(resolved["odd-1"].resolved_at_ms, 7);
        assert_eq!(ticks, 10_000_usize.div_ceil(limits::MATCHES_PER_TICK / 2));
    }

    #[test]
    fn a_whole_name_must_match_and_what_cannot_be_read_matches_nothing() {
        let (resolved, _) = run(&["even", "(", "odd-3|even-2"], 10);
        let sizes: Vec<usize> = resolved.values().map(|resolved| resolved.topics.len()).collect();
        assert_eq!(sizes, [0, 0, 2]);
        assert_eq!(run(&["x"], 0).0["x"].topics.len(), 0);
    }
}
