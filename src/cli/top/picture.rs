//! What is shown: a look, and rates since the look before it.
//!
//! Promise: pure. A figure that is not known is `-`, in JSON `null`; it is never made up.

use serde_json::{Value, json};

use super::sample::{self, Sample};
use crate::cli::doctor::finding::Finding;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Table, sized};
use crate::cli::prometheus::Page;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// None if the node does not answer over HTTP.
    pub node: Option<Node>,
    pub cores: Vec<Core>,
    pub topics: Vec<Topic>,
    pub topics_left_out: usize,
    pub groups: Vec<Group>,
    pub groups_left_out: usize,
    /// Severity, id, text, remedy.
    pub findings: Vec<[String; 4]>,
    pub problems: Vec<String>,
    has_cluster: bool,
}

#[derive(Debug)]
pub(super) struct Node {
    pub id: i64,
    pub version: String,
    pub state: String,
    pub up_ms: u64,
    pub cluster: String,
    pub resident_bytes: Option<f64>,
    pub connections_opened_per_second: Option<f64>,
    pub connections_refused_per_second: Option<f64>,
}

/// Rates are per second.
#[derive(Debug)]
pub(super) struct Core {
    pub name: String,
    pub partitions: f64,
    pub connections: f64,
    pub requests: Option<f64>,
    pub received_bytes: Option<f64>,
    pub sent_bytes: Option<f64>,
    pub journal_appends: Option<f64>,
    pub journal_live_bytes: f64,
    pub journal_capacity_bytes: f64,
    pub journal_waiting: f64,
    /// Of the journal's writes since the look before: a bound that 99 of 100 are below.
    pub journal_write_p99_seconds: Option<f64>,
}

#[derive(Debug)]
pub(super) struct Topic {
    pub seen: sample::Topic,
    pub records: Option<f64>,
}

#[derive(Debug)]
pub(super) struct Group {
    pub seen: sample::Group,
    /// Negative: it catches up.
    pub lag_growth: Option<f64>,
}

/// Two looks, of which the second is shown.
struct Looks<'a> {
    now: &'a Page,
    before: Option<&'a Page>,
    seconds: f64,
}

impl Looks<'_> {
    fn value(&self, name: &str, core: &str) -> f64 {
        self.now.sum(name, &[("core", core)]).unwrap_or(0.0)
    }

    /// How fast a counter grew; None if it began anew, as after a restart.
    fn rate(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let (now, before) = (self.now.sum(name, labels)?, self.before?.sum(name, labels)?);
        (now >= before && self.seconds > 0.0).then(|| (now - before) / self.seconds)
    }

    /// The bound that `share` of what a histogram counted since the look before is not above.
    fn quantile(&self, name: &str, core: &str, share: f64) -> Option<f64> {
        let before = self.before?;
        let bucket = format!("{name}_bucket");
        let mut bounds: Vec<(f64, f64)> = Vec::new();
        for bound in self.now.values(&bucket, "le") {
            let labels = [("core", core), ("le", &*bound)];
            let counted = self.now.sum(&bucket, &labels)? - before.sum(&bucket, &labels)?;
            bounds.push((bound.parse().unwrap_or(f64::INFINITY), counted));
        }
        bounds.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let all = bounds.last().map(|(_, counted)| *counted).filter(|all| *all > 0.0)?;
        let (bound, _) = bounds.into_iter().find(|(_, counted)| *counted >= all * share)?;
        bound.is_finite().then_some(bound)
    }
}

impl Picture {
    pub(super) fn of(now: &Sample, before: Option<&Sample>) -> Picture {
        let seconds = before.map_or(0.0, |it| now.taken.duration_since(it.taken).as_secs_f64());
        let pages = now.metrics.as_ref().map(|page| Looks {
            now: page,
            before: before.and_then(|before| before.metrics.as_ref()),
            seconds,
        });
        let per_second = |now: Option<i64>, before: Option<i64>| {
            let (now, before) = (now?, before?);
            (seconds > 0.0).then(|| (now - before) as f64 / seconds)
        };
        let old_topic = |name: &str| {
            before?.topics.as_ref()?.iter().find(|topic| topic.name == name)?.end_offset
        };
        let old_lag =
            |name: &str| before?.groups.as_ref()?.iter().find(|group| group.name == name)?.lag;
        let mut topics: Vec<Topic> = now
            .topics
            .iter()
            .flatten()
            .map(|it| Topic {
                seen: it.clone(),
                records: per_second(it.end_offset, old_topic(&it.name)),
            })
            .collect();
        let busiest = |topic: &Topic| topic.records.unwrap_or(0.0);
        topics
            .sort_by(|a, b| busiest(b).total_cmp(&busiest(a)).then(a.seen.name.cmp(&b.seen.name)));
        let mut groups: Vec<Group> = now
            .groups
            .iter()
            .flatten()
            .map(|it| Group { seen: it.clone(), lag_growth: per_second(it.lag, old_lag(&it.name)) })
            .collect();
        groups.sort_by(|a, b| b.seen.lag.cmp(&a.seen.lag).then(a.seen.name.cmp(&b.seen.name)));
        let finding = |it: &Finding| {
            let severity = it.severity.name().to_owned();
            [severity, it.id.clone(), it.text.clone(), it.remedy.clone()]
        };
        Picture {
            node: now.node.as_ref().map(|node| self::node(node, pages.as_ref())),
            cores: pages.as_ref().map(cores).unwrap_or_default(),
            topics,
            topics_left_out: now.topics_left_out,
            groups,
            groups_left_out: now.groups_left_out,
            findings: now.findings.iter().map(finding).collect(),
            problems: now.problems.clone(),
            has_cluster: now.topics.is_some(),
        }
    }

    /// Neither the node nor the cluster answered.
    pub(super) fn has_nothing(&self) -> bool {
        self.node.is_none() && !self.has_cluster
    }

    pub(super) fn headline(&self) -> String {
        let Some(node) = &self.node else {
            return "the node does not answer over HTTP (--at): no cores, no journals".to_owned();
        };
        let Node { id, version, state, cluster, .. } = node;
        let up = node.up_ms / 1000;
        let memory = node.resident_bytes.map_or_else(|| "-".to_owned(), |it| sized(it as u64));
        let opened = rate(node.connections_opened_per_second);
        let refused = rate(node.connections_refused_per_second);
        format!(
            "node {id} of {cluster}, Ringlog {version}, {state}, up {}:{:02}:{:02}, memory \
             {memory}, connections opened {opened}/s, refused {refused}/s",
            up / 3600,
            up / 60 % 60,
            up % 60
        )
    }

    pub(super) fn core_rows(&self) -> Vec<[String; 10]> {
        let row = |core: &Core| {
            let used = core.journal_live_bytes / core.journal_capacity_bytes.max(1.0) * 100.0;
            let write = core.journal_write_p99_seconds;
            [
                core.name.clone(),
                format!("{}", core.partitions),
                format!("{}", core.connections),
                rate(core.requests),
                bytes(core.received_bytes),
                bytes(core.sent_bytes),
                rate(core.journal_appends),
                format!("{used:.1}"),
                format!("{}", core.journal_waiting),
                write.map_or_else(|| "-".to_owned(), |it| format!("{:.2}", it * 1000.0)),
            ]
        };
        self.cores.iter().map(row).collect()
    }

    pub(super) fn topic_rows(&self) -> Vec<[String; 5]> {
        let row = |topic: &Topic| {
            [
                topic.seen.name.clone(),
                topic.seen.partitions.to_string(),
                topic.seen.leaderless.to_string(),
                number(topic.seen.end_offset),
                rate(topic.records),
            ]
        };
        self.topics.iter().map(row).collect()
    }

    pub(super) fn group_rows(&self) -> Vec<[String; 6]> {
        let row = |group: &Group| {
            [
                group.seen.name.clone(),
                group.seen.state.clone(),
                group.seen.members.to_string(),
                group.seen.partitions.to_string(),
                number(group.seen.lag),
                rate(group.lag_growth),
            ]
        };
        self.groups.iter().map(row).collect()
    }

    /// As text for a pipe.
    pub(super) fn write(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&self.headline())?;
        for problem in &self.problems {
            output.line(&format!("not seen: {problem}"))?;
        }
        table(output, "", CORE_HEADS, self.core_rows())?;
        table(output, &left_out(self.topics_left_out, "topics"), TOPIC_HEADS, self.topic_rows())?;
        table(output, &left_out(self.groups_left_out, "groups"), GROUP_HEADS, self.group_rows())?;
        table(output, "", FINDING_HEADS, self.findings.clone())
    }

    pub(super) fn json(&self) -> Value {
        let core = |it: &Core| {
            json!({
                "core": it.name,
                "partitions": it.partitions,
                "connections": it.connections,
                "requests_per_second": it.requests,
                "received_bytes_per_second": it.received_bytes,
                "sent_bytes_per_second": it.sent_bytes,
                "journal_appends_per_second": it.journal_appends,
                "journal_live_bytes": it.journal_live_bytes,
                "journal_capacity_bytes": it.journal_capacity_bytes,
                "journal_waiting": it.journal_waiting,
                "journal_write_p99_seconds": it.journal_write_p99_seconds,
            })
        };
        let topic = |it: &Topic| {
            json!({
                "topic": it.seen.name, "partitions": it.seen.partitions,
                "leaderless": it.seen.leaderless, "end_offset": it.seen.end_offset,
                "records_per_second": it.records,
            })
        };
        let group = |it: &Group| {
            json!({
                "group": it.seen.name, "state": it.seen.state, "members": it.seen.members,
                "partitions": it.seen.partitions, "lag": it.seen.lag,
                "lag_growth_per_second": it.lag_growth,
            })
        };
        let finding = |[severity, id, text, remedy]: &[String; 4]| {
            json!({
                "severity": severity, "id": id, "text": text, "remedy": remedy,
            })
        };
        let node = self.node.as_ref().map(|it| {
            json!({
                "node": it.id, "version": it.version, "state": it.state, "up_ms": it.up_ms,
                "cluster": it.cluster, "resident_bytes": it.resident_bytes,
                "connections_opened_per_second": it.connections_opened_per_second,
                "connections_refused_per_second": it.connections_refused_per_second,
            })
        });
        json!({
            "node": node,
            "cores": self.cores.iter().map(core).collect::<Value>(),
            "topics": self.topics.iter().map(topic).collect::<Value>(),
            "topics_left_out": self.topics_left_out,
            "groups": self.groups.iter().map(group).collect::<Value>(),
            "groups_left_out": self.groups_left_out,
            "findings": self.findings.iter().map(finding).collect::<Value>(),
            "not_seen": self.problems,
        })
    }
}

pub(super) const CORE_HEADS: [&str; 10] = [
    "CORE",
    "PARTITIONS",
    "CONNECTIONS",
    "REQUESTS/s",
    "IN/s",
    "OUT/s",
    "APPENDS/s",
    "JOURNAL %",
    "WAITING",
    "WRITE p99 ms",
];
pub(super) const TOPIC_HEADS: [&str; 5] =
    ["TOPIC", "PARTITIONS", "LEADERLESS", "END OFFSETS", "RECORDS/s"];
pub(super) const GROUP_HEADS: [&str; 6] =
    ["GROUP", "STATE", "MEMBERS", "PARTITIONS", "LAG", "LAG GROWS/s"];
pub(super) const FINDING_HEADS: [&str; 4] = ["FINDING", "ID", "WHAT", "REMEDY"];

/// What a heading says of those that are not shown.
pub(super) fn left_out(count: usize, what: &str) -> String {
    if count == 0 { String::new() } else { format!("{count} more {what} are not shown") }
}

fn table<const N: usize>(
    output: &mut Output,
    note: &str,
    heads: [&str; N],
    rows: Vec<[String; N]>,
) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    output.line("")?;
    let mut table = Table::new(heads);
    rows.into_iter().for_each(|row| table.row(row));
    output.table(&table)?;
    if note.is_empty() { Ok(()) } else { output.line(note) }
}

fn node(node: &Value, pages: Option<&Looks<'_>>) -> Node {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    Node {
        id: node["node"].as_i64().unwrap_or(-1),
        version: text(&node["version"]),
        state: text(&node["state"]),
        up_ms: node["up_ms"].as_u64().unwrap_or(0),
        cluster: text(&node["cluster"]["id"]),
        resident_bytes: pages.and_then(|it| it.now.sum("process_resident_memory_bytes", &[])),
        connections_opened_per_second: pages
            .and_then(|it| it.rate("ringlog_connections_opened_total", &[])),
        connections_refused_per_second: pages
            .and_then(|it| it.rate("ringlog_connections_refused_total", &[])),
    }
}

fn cores(pages: &Looks<'_>) -> Vec<Core> {
    let core = |name: String| {
        let of_core = [("core", &*name)];
        let rate = |metric: &str| pages.rate(metric, &of_core);
        Core {
            partitions: pages.value("ringlog_partitions", &name),
            connections: pages.value("ringlog_connections_open", &name),
            requests: rate("ringlog_requests_total"),
            received_bytes: rate("ringlog_received_bytes_total"),
            sent_bytes: rate("ringlog_sent_bytes_total"),
            journal_appends: rate("ringlog_journal_appends_total"),
            journal_live_bytes: pages.value("ringlog_journal_live_bytes", &name),
            journal_capacity_bytes: pages.value("ringlog_journal_capacity_bytes", &name),
            journal_waiting: pages.value("ringlog_journal_waiting", &name),
            journal_write_p99_seconds: pages.quantile("ringlog_journal_write_seconds", &name, 0.99),
            name,
        }
    };
    pages.now.values("ringlog_partitions", "core").into_iter().map(core).collect()
}

fn number(value: Option<i64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn rate(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

fn bytes(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| sized(value as u64))
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn page(requests: u64, fast: u64, slow: u64) -> Page {
        let all = fast + slow;
        Page::read(&format!(
            "ringlog_partitions{{core=\"0\"}} 3\nringlog_connections_open{{core=\"0\"}} 2\n\
             ringlog_requests_total{{core=\"0\",api=\"Fetch\"}} {requests}\n\
             ringlog_requests_total{{core=\"0\",api=\"Produce\"}} 0\n\
             ringlog_journal_live_bytes{{core=\"0\"}} 25\n\
             ringlog_journal_capacity_bytes{{core=\"0\"}} 100\n\
             ringlog_journal_write_seconds_bucket{{core=\"0\",le=\"0.001\"}} {fast}\n\
             ringlog_journal_write_seconds_bucket{{core=\"0\",le=\"0.002\"}} {all}\n\
             ringlog_journal_write_seconds_bucket{{core=\"0\",le=\"+Inf\"}} {all}\n"
        ))
    }

    fn sample(taken: Instant, metrics: Page, end_offset: i64, lag: i64) -> sample::Sample {
        let topic = |name: &str, end_offset| sample::Topic {
            name: name.to_owned(),
            partitions: 3,
            leaderless: 0,
            end_offset,
        };
        let group = sample::Group {
            name: "workers".to_owned(),
            state: "Stable".to_owned(),
            members: 2,
            partitions: 3,
            lag: Some(lag),
        };
        let node = json!({
            "node": 1, "version": "0.1.0", "state": "ready", "up_ms": 3_661_000,
            "cluster": { "id": "abc" },
        });
        sample::Sample {
            taken,
            node: Some(node),
            metrics: Some(metrics),
            topics: Some(vec![topic("quiet", Some(5)), topic("logs", Some(end_offset))]),
            topics_left_out: 4,
            groups: Some(vec![group]),
            groups_left_out: 0,
            findings: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Two seconds with 100 requests, 1,000 records and one slow write in a hundred.
    pub(in super::super) fn example() -> Picture {
        let began = Instant::now();
        let before = sample(began, page(100, 0, 0), 1000, 50);
        let now = sample(began + Duration::from_secs(2), page(200, 98, 2), 2000, 30);
        Picture::of(&now, Some(&before))
    }

    #[test]
    fn rates_and_quantiles_are_those_between_two_looks() {
        let picture = example();
        let core = &picture.cores[0];
        assert_eq!((core.requests, core.connections), (Some(50.0), 2.0));
        assert_eq!(core.journal_write_p99_seconds, Some(0.002));
        assert_eq!(core.received_bytes, None, "it is not on the page");
        assert_eq!(picture.topics[0].seen.name, "logs", "the busiest is the first");
        assert_eq!(picture.topics[0].records, Some(500.0));
        assert_eq!(picture.groups[0].lag_growth, Some(-10.0));
        let headline = picture.headline();
        assert!(headline.starts_with("node 1 of abc, Ringlog 0.1.0, ready, up 1:01:01"));
        assert_eq!(picture.json()["cores"][0]["sent_bytes_per_second"], Value::Null);
    }

    #[test]
    fn a_counter_that_began_anew_has_no_rate() {
        let began = Instant::now();
        let before = sample(began, page(500, 10, 0), 0, 0);
        let now = sample(began + Duration::from_secs(1), page(3, 0, 0), 0, 0);
        let picture = Picture::of(&now, Some(&before));
        assert_eq!(picture.cores[0].requests, None);
        assert_eq!(picture.core_rows()[0][3], "-");
    }
}
