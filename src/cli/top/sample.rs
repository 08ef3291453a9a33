//! One look at a node and its cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use crate::cli::doctor;
use crate::cli::doctor::finding::{Finding, Severity};
use crate::cli::failure::Failure;
use crate::cli::prometheus::Page;
use crate::cli::server::ServerArgs;
use crate::cli::{group, http};
use crate::client::group::list;
use crate::client::offsets::end_offsets;
use crate::client::{Cluster, TopicPartition};

/// Of a cluster with more, the first are looked at: each costs questions.
const TOPICS_MAX: usize = 500;
const GROUPS_MAX: usize = 100;
/// The doctor looks at the host again after so many looks.
const DOCTOR_EVERY: usize = 15;

pub(super) struct Sampler {
    server: ServerArgs,
    at: String,
    cluster: Option<Cluster>,
    findings: Vec<Finding>,
    looks: usize,
}

/// What was seen, and what could not be.
pub(super) struct Sample {
    pub taken: Instant,
    pub node: Option<Value>,
    pub metrics: Option<Page>,
    pub topics: Option<Vec<Topic>>,
    pub topics_left_out: usize,
    pub groups: Option<Vec<Group>>,
    pub groups_left_out: usize,
    pub findings: Vec<Finding>,
    pub problems: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub name: String,
    pub partitions: usize,
    pub leaderless: usize,
    /// The sum over its partitions; None if one could not be asked.
    pub end_offset: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub name: String,
    pub state: String,
    pub members: usize,
    pub partitions: usize,
    /// Records; None if no offset is committed.
    pub lag: Option<i64>,
}

impl Sampler {
    pub(super) fn new(server: ServerArgs, at: String) -> Sampler {
        Sampler { server, at, cluster: None, findings: Vec::new(), looks: 0 }
    }

    pub(super) fn look(&mut self) -> Sample {
        let mut problems = Vec::new();
        let node = note(&mut problems, http::get(&self.at, "/v1/node").and_then(|it| it.json()));
        let metrics = match &node {
            Some(_) => note(&mut problems, http::get(&self.at, "/metrics")),
            None => None,
        };
        if self.looks.is_multiple_of(DOCTOR_EVERY) {
            self.examine(node.as_ref(), &mut problems);
        }
        self.looks += 1;
        let mut sample = Sample {
            taken: Instant::now(),
            node,
            metrics: metrics.filter(http::Answer::is_ok).map(|page| Page::read(&page.body)),
            topics: None,
            topics_left_out: 0,
            groups: None,
            groups_left_out: 0,
            findings: self.findings.clone(),
            problems,
        };
        if let Err(failure) = self.look_at_cluster(&mut sample) {
            sample.problems.push(first_line(&failure));
            // A connection that failed is not asked again.
            self.cluster = None;
        }
        sample
    }

    /// The doctor's view of this host; what is well is not shown.
    fn examine(&mut self, node: Option<&Value>, problems: &mut Vec<String>) {
        let directories = node.and_then(|node| node["log_directories"].as_array());
        let paths = directories.into_iter().flatten().filter_map(|it| it["path"].as_str());
        let paths: Vec<PathBuf> = paths.map(PathBuf::from).collect();
        if let Some(found) = note(problems, doctor::findings(None, &paths, None)) {
            self.findings = found;
            self.findings.retain(|finding| finding.severity >= Severity::Advice);
        }
    }

    fn look_at_cluster(&mut self, sample: &mut Sample) -> Result<(), Failure> {
        if self.cluster.is_none() {
            self.cluster = Some(self.server.connect()?);
        }
        let Some(cluster) = self.cluster.as_mut() else { return Ok(()) };
        let mut topics = cluster.metadata(None)?.topics;
        topics.retain(|topic| !topic.is_internal);
        sample.topics_left_out = topics.len().saturating_sub(TOPICS_MAX);
        topics.truncate(TOPICS_MAX);
        let mut seen = Vec::new();
        for topic in topics {
            let name = topic.name.unwrap_or_default();
            let leaderless = topic.partitions.iter().filter(|it| it.leader_id < 0).count();
            let partitions = topic.partitions.iter();
            let asked = partitions.map(|it| TopicPartition::new(&name, it.partition_index));
            // A topic that is being deleted, or has no leader: the others are shown.
            let ends = match leaderless {
                0 => end_offsets(cluster, asked.collect::<Vec<_>>()).ok(),
                _ => None,
            };
            seen.push(Topic {
                partitions: topic.partitions.len(),
                leaderless,
                end_offset: ends.map(|ends: BTreeMap<_, i64>| ends.values().sum()),
                name,
            });
        }
        sample.topics = Some(seen);
        let listed = list(cluster)?;
        sample.groups_left_out = listed.len().saturating_sub(GROUPS_MAX);
        let mut groups = Vec::new();
        for listed in listed.into_iter().take(GROUPS_MAX) {
            // One that was deleted since it was listed is not there any more.
            let Ok(lag) = group::lag(cluster, &listed.group_id) else { continue };
            groups.push(Group {
                name: listed.group_id,
                state: lag.state,
                members: lag.members,
                partitions: lag.partitions,
                lag: lag.records,
            });
        }
        sample.groups = Some(groups);
        Ok(())
    }
}

/// What was found, or nothing and a problem more.
fn note<T>(problems: &mut Vec<String>, found: Result<T, Failure>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(failure) => {
            problems.push(first_line(&failure));
            None
        }
    }
}

fn first_line(failure: &Failure) -> String {
    failure.to_string().lines().next().unwrap_or_default().to_owned()
}
