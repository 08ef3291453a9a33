//! What the doctor says of a properties file, of a directory that Kafka wrote, and of a broker that
//! runs.

use std::path::Path;
use std::time::{Duration, Instant};

use shards::format::file_names::{self, DirectoryState, Transition};
use shards::format::{clean_shutdown, meta_properties};

use super::finding::{Finding, Severity};
use crate::cli::failure::Failure;
use crate::cli::files;
use crate::client::{Cluster, Options};
use crate::config::settings::Notice;
use crate::config::{BrokerConfig, Settings};

/// Questions to a broker, of which the median counts.
const QUESTIONS: usize = 21;
const SLOW: Duration = Duration::from_millis(20);
const METADATA_LOG: &str = "__cluster_metadata-0";

/// What a properties file would do: one finding for each key that needs attention.
pub(super) fn properties(path: &Path) -> Result<Vec<Finding>, Failure> {
    let content = files::read(path)?;
    let id = "config.file";
    let shown = path.display();
    let refused = |cause: String| {
        Finding::new(id, Severity::Broken, format!("{shown}: {cause}"))
            .costs("the broker does not start")
            .remedy("`ringlog config docs` explains all settings")
    };
    let (settings, notices) = match Settings::load(Some(&content), &[]) {
        Ok(loaded) => loaded,
        Err(cause) => return Ok(vec![refused(cause.to_string())]),
    };
    let mut findings: Vec<Finding> = notices.iter().map(of_notice).collect();
    match BrokerConfig::new(&settings) {
        Ok(_) => findings.push(Finding::ok(id, format!("{shown} can be used"))),
        Err(cause) => findings.push(refused(cause.to_string())),
    }
    Ok(findings)
}

fn of_notice(notice: &Notice) -> Finding {
    let text = notice.to_string();
    match notice {
        Notice::Unknown { .. } => Finding::new("config.unknown", Severity::Advice, text)
            .costs("it does nothing")
            .remedy("correct or remove it"),
        Notice::NotApplicable { .. } => Finding::new("config.not-applicable", Severity::Ok, text),
        Notice::NotEnforced { .. } => Finding::new("config.not-enforced", Severity::Broken, text)
            .costs("nobody is kept from what the key forbids")
            .remedy("take it out; ringlog.start.unrestricted=true starts all the same"),
        Notice::NoEffectYet { .. } => Finding::new("config.no-effect", Severity::Advice, text)
            .costs("what the key promises does not happen")
            .remedy("check that nothing depends on it"),
    }
}

/// Whether a node of Kafka's can be taken over on this directory.
pub(super) fn kafka_directory(directory: &Path) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    let shown = directory.display();
    let entries = files::entries(directory)?;
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names: Vec<String> = entries.iter().filter_map(|path| name(path)).collect();
    let id = "takeover.identity";
    if !names.iter().any(|name| name == meta_properties::FILE_NAME) {
        let text = format!("{shown} has no {}", meta_properties::FILE_NAME);
        findings.push(
            Finding::new(id, Severity::Broken, text)
                .remedy("name a directory of log.dirs, as in Kafka's server.properties"),
        );
        return Ok(findings);
    }
    let identity = files::read(&directory.join(meta_properties::FILE_NAME))?;
    findings.push(match meta_properties::decode(&identity) {
        Ok(found) => {
            let (node, cluster) = (found.node_id, found.cluster_id);
            Finding::ok(id, format!("{shown} belongs to node {node} of cluster {cluster}"))
        }
        Err(cause) => Finding::new(id, Severity::Broken, cause.to_string())
            .remedy("clusters with ZooKeeper are migrated to KRaft with Kafka's own tools first"),
    });
    let is_clean = names.iter().any(|name| name == clean_shutdown::FILE_NAME);
    findings.push(match is_clean {
        true => Finding::ok("takeover.stop", "Kafka was stopped in order"),
        false => {
            Finding::new("takeover.stop", Severity::Advice, "there is no mark of a clean stop")
                .costs("the newest segments are read and checked at the first start")
                .remedy("stop Kafka with SIGTERM and wait until its process has ended")
        }
    });
    if !names.iter().any(|name| name == METADATA_LOG) {
        let text = format!("{shown} has no {METADATA_LOG}");
        findings.push(
            Finding::new("takeover.metadata", Severity::Advice, text)
                .costs("topics and configurations are in the directory that has it")
                .remedy("look at metadata.log.dir, or at the first of log.dirs, too"),
        );
    }
    findings.extend(partitions(directory, &names)?);
    Ok(findings)
}

fn partitions(directory: &Path, names: &[String]) -> Result<Vec<Finding>, Failure> {
    let (mut in_use, mut leftovers, mut unfinished, mut remote) = (0, Vec::new(), 0, 0);
    for name in names {
        let Some(parsed) = file_names::parse_directory(name) else { continue };
        match parsed.state {
            DirectoryState::InUse => in_use += 1,
            _ => leftovers.push(name.clone()),
        }
        for file in files::entries(&directory.join(name))? {
            let file = file.file_name().map(|file| file.to_string_lossy().into_owned());
            let file = file.unwrap_or_default();
            remote += usize::from(file.starts_with("remote_log_"));
            let parsed = file_names::parse_segment(&file);
            let is_between =
                |transition| matches!(transition, Transition::Swap | Transition::Cleaned);
            unfinished += usize::from(parsed.is_some_and(|(_, _, it)| is_between(it)));
        }
    }
    let mut findings = vec![Finding::ok("takeover.partitions", format!("{in_use} partitions"))];
    if !leftovers.is_empty() {
        let text = format!("{} folders are to be deleted, stray or moving", leftovers.len());
        findings.push(
            Finding::new("takeover.leftovers", Severity::Advice, text)
                .costs(leftovers.into_iter().take(5).collect::<Vec<_>>().join(", "))
                .remedy("let Kafka finish: start it, wait a minute, stop it in order"),
        );
    }
    if unfinished > 0 {
        let text = format!("{unfinished} files are of a compaction that was under way");
        findings.push(
            Finding::new("takeover.compaction", Severity::Advice, text)
                .remedy("let Kafka finish: start it, wait a minute, stop it in order"),
        );
    }
    if remote > 0 {
        let text = "parts of some logs are in remote storage";
        findings.push(
            Finding::new("takeover.remote", Severity::Broken, text)
                .costs("records that are only there cannot be read")
                .remedy(
                    "set remote.storage.enable=false with remote.log.delete.on.disable=true \
                         on these topics while Kafka still runs",
                ),
        );
    }
    Ok(findings)
}

/// What only a running broker can tell.
pub(super) fn broker(server: &str) -> Vec<Finding> {
    let id = "broker.reached";
    let started = Instant::now();
    let options = Options { request_timeout: Duration::from_secs(5), ..Options::default() };
    let mut cluster = match Cluster::connect(server, options) {
        Ok(cluster) => cluster,
        Err(cause) => {
            return vec![
                Finding::new(id, Severity::Broken, cause.to_string())
                    .remedy("start it with `ringlog serve`, or name another with --against"),
            ];
        }
    };
    let reached = started.elapsed().as_millis();
    let mut findings = vec![Finding::ok(id, format!("{server} after {reached} ms"))];
    let mut took = Vec::with_capacity(QUESTIONS);
    let mut partitions = Vec::new();
    for _ in 0..QUESTIONS {
        let asked = Instant::now();
        match cluster.metadata(None) {
            Err(cause) => {
                findings.push(Finding::new("broker.answers", Severity::Broken, cause.to_string()));
                return findings;
            }
            Ok(answer) => {
                took.push(asked.elapsed());
                partitions = answer.topics.into_iter().flat_map(|topic| topic.partitions).collect();
            }
        }
    }
    took.sort_unstable();
    let median = took[QUESTIONS / 2];
    let text = format!("the median of {QUESTIONS} Metadata requests took {median:.1?}");
    findings.push(match median > SLOW {
        true => Finding::new("broker.answers", Severity::Advice, text)
            .costs("clients see the same delay")
            .remedy("look at the load of its cores, and at the way to it"),
        false => Finding::ok("broker.answers", text),
    });
    let without = partitions.iter().filter(|partition| partition.leader_id < 0).count();
    let short = partitions.iter().filter(|it| it.isr_nodes.len() < it.replica_nodes.len()).count();
    for (id, count, what) in [
        ("broker.leaderless", without, "have no leader: they can be neither read nor written"),
        ("broker.under-replicated", short, "have fewer copies in sync than they should"),
    ] {
        let text = format!("{count} of {} partitions {what}", partitions.len());
        findings.push(match count {
            0 => Finding::ok(id, text),
            _ => Finding::new(id, Severity::Broken, text)
                .remedy("`ringlog topic describe` names them; the brokers' logs say why"),
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(findings: &'a [Finding], id: &str) -> &'a Finding {
        findings.iter().find(|finding| finding.id == id).unwrap_or_else(|| panic!("no {id}"))
    }

    #[test]
    fn a_directory_that_kafka_left_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        assert_eq!(kafka_directory(folder.path()).unwrap()[0].severity, Severity::Broken);
        write("meta.properties", "node.id=1\ncluster.id=abc\nversion=1\n");
        write(".kafka_cleanshutdown", "");
        write("__cluster_metadata-0/00000000000000000000.log", "");
        write("a-0/00000000000000000000.log", "");
        let findings = kafka_directory(folder.path()).unwrap();
        assert!(findings.iter().all(|it| it.severity == Severity::Ok), "{findings:?}");
        write("a-0/00000000000000000000.log.swap", "");
        write("b-1.0123456789abcdef0123456789abcdef-delete/00000000000000000000.log", "");
        write("a-0/remote_log_snapshot", "");
        std::fs::remove_file(folder.path().join(".kafka_cleanshutdown")).unwrap();
        let findings = kafka_directory(folder.path()).unwrap();
        for id in ["takeover.stop", "takeover.leftovers", "takeover.compaction"] {
            assert_eq!(of(&findings, id).severity, Severity::Advice, "{id}");
        }
        assert_eq!(of(&findings, "takeover.remote").severity, Severity::Broken);
    }

    #[test]
    fn keys_that_need_attention_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.properties");
        std::fs::write(&path, "log.dir=/tmp/x\nnum.partitons=3\nnum.io.threads=8\n").unwrap();
        let findings = properties(&path).unwrap();
        assert!(of(&findings, "config.unknown").text.contains("num.partitions"));
        std::fs::write(&path, "num.partitions=x\n").unwrap();
        assert_eq!(of(&properties(&path).unwrap(), "config.file").severity, Severity::Broken);
    }

    #[test]
    fn a_broker_that_is_not_there() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        assert_eq!(broker(&address)[0].severity, Severity::Broken);
    }
}
