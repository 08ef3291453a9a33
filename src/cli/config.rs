//! `ringlog config`: describe and alter the configuration of topics, brokers and groups, and the
//! quotas of users, clients and addresses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::failure::Failure;
use super::files;
use super::output::{Output, Table};
use super::quotas::{self, Entity};
use super::server::{ServerArgs, name_and_value};
use crate::client::{ClientError, Cluster, error::check};
use crate::config::{ConfigResource, Settings, documentation};
use crate::protocol::describe_configs::response::DescribeConfigsResourceResult;
use crate::protocol::{describe_configs, incremental_alter_configs};
use crate::quotas::keys::{CLIENT_ID, IP, USER};

/// Numbers of the protocol: what a change does.
const SET: i8 = 0;
const DELETE: i8 = 1;
/// Numbers of the protocol: where a value comes from.
const TOPIC_OVERRIDE: i8 = 1;
const DEFAULT: i8 = 5;

/// Describe and alter the configuration of topics, brokers and groups, and client quotas
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                        ringlog config describe topic logs --all\n  \
                        ringlog config alter topic logs --add retention.ms=3600000\n  \
                        ringlog config alter broker --add log.retention.ms=3600000   \
                        (all brokers)\n  \
                        ringlog config alter client app --add producer_byte_rate=1048576\n  \
                        ringlog config describe user --all")]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: ConfigCommand,
}

const DESCRIBE_EXAMPLES: &str = "\
Examples:
  ringlog config describe topic logs          what the topic sets for itself
  ringlog config describe topic logs --all    all that holds for it, and where it comes from
  ringlog config describe broker 1            what this broker does not have by default
  ringlog config describe broker              what was set for all brokers
  ringlog config describe loggers 1           how much each part of this broker logs
  ringlog config describe user alice          her quotas
  ringlog config describe client --all        quotas of all client ids";

const ALTER_EXAMPLES: &str = "\
Examples:
  ringlog config alter topic logs --add retention.ms=3600000 --delete cleanup.policy
  ringlog config alter broker --add log.retention.ms=3600000           all brokers
  ringlog config alter broker 1 --add log.retention.ms=3600000         this one
  ringlog config alter loggers 1 --add ringlog::listeners=debug        until its next start
  ringlog config alter group workers --add consumer.session.timeout.ms=30000
  ringlog config alter user alice --add consumer_byte_rate=1048576     bytes a second
  ringlog config alter user alice --client app --delete request_percentage

Times are in milliseconds and sizes in bytes where the name says .ms and .bytes; `ringlog config
docs` explains all settings. Quotas: producer_byte_rate and consumer_byte_rate (bytes a second),
request_percentage (of one core), controller_mutation_rate (partitions a second),
connection_creation_rate (of an ip, connections a second).";

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show what is set, and where
    #[command(after_help = DESCRIBE_EXAMPLES)]
    Describe(DescribeArgs),
    /// Change settings while the broker runs
    #[command(after_help = ALTER_EXAMPLES)]
    Alter(AlterArgs),
    /// Print a number that two files with the same settings share, whatever their text
    #[command(after_help = "Example:\n  ringlog config checksum server.properties\n\n\
                            `ringlog node status` shows the same as settings_checksum: if they \
                            differ, the broker has\nto be started again to use the file. Values \
                            of passwords are not in it.")]
    Checksum {
        /// Properties file
        file: PathBuf,
    },
    /// Print the reference of all settings, as Markdown, or what one of them means
    #[command(after_help = "Examples:\n  ringlog config docs | less\n  \
                            ringlog config docs retention.ms\n  \
                            ringlog config docs quota      every setting with this in its name\n\n\
                            It asks no broker.")]
    Docs {
        /// A setting, or a part of its name
        name: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A topic's settings
    Topic,
    /// A broker's settings, by its number, or those of all
    Broker,
    /// How much each part of a broker logs, by its number
    Loggers,
    /// A group's settings
    Group,
    /// A user's quotas
    User,
    /// Quotas of a client id
    Client,
    /// Quotas of an address
    Ip,
}

#[derive(Debug, Args)]
struct Resource {
    /// Whose configuration or quotas
    kind: Kind,
    /// Topic, group, user, client id, address or number of a broker; none: what holds for all
    /// brokers, or for whoever has no quotas of their own
    #[arg(default_value = "", hide_default_value = true)]
    name: String,
    /// A user's quotas with this client id alone; empty: with any other client id
    #[arg(long, value_name = "ID")]
    client: Option<String>,
}

#[derive(Debug, Args)]
struct DescribeArgs {
    #[command(flatten)]
    resource: Resource,
    /// Also settings at their default; of quotas: of all users, clients or addresses
    #[arg(long)]
    all: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct AlterArgs {
    #[command(flatten)]
    resource: Resource,
    #[command(flatten)]
    changes: Changes,
}

/// Changes of a configuration.
#[derive(Debug, Args)]
pub(super) struct Changes {
    /// Set this; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    add: Vec<(String, String)>,
    /// Go back to the default of this; may be given several times
    #[arg(long, value_name = "NAME")]
    delete: Vec<String>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.delete.is_empty()
    }
}

impl Resource {
    fn number(&self) -> i8 {
        match self.kind {
            Kind::Topic => ConfigResource::TOPIC,
            Kind::Broker => ConfigResource::BROKER,
            Kind::Loggers => ConfigResource::BROKER_LOGGER,
            _ => ConfigResource::GROUP,
        }
    }

    /// Whom it names, if it has quotas rather than a configuration.
    fn entity(&self) -> Result<Option<Entity>, Failure> {
        let kind = match self.kind {
            Kind::User => USER,
            Kind::Client => CLIENT_ID,
            Kind::Ip => IP,
            Kind::Topic | Kind::Broker | Kind::Loggers | Kind::Group => "",
        };
        let named = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
        let mut parts = vec![(kind, named(&self.name))];
        if let Some(client) = &self.client {
            if self.kind != Kind::User {
                return Err(Failure::usage("--client goes with a user"));
            }
            parts.push((CLIENT_ID, named(client)));
        }
        Ok((!kind.is_empty()).then_some(Entity(parts)))
    }

    fn target(&self) -> Result<Target<'_>, Failure> {
        let (kind, name) = (self.number(), self.name.as_str());
        if ![ConfigResource::BROKER, ConfigResource::BROKER_LOGGER].contains(&kind)
            || name.is_empty()
        {
            if name.is_empty() && kind != ConfigResource::BROKER {
                return Err(Failure::usage("whose configuration? Give a name"));
            }
            return Ok(Target { kind, name, node: None });
        }
        let number = name.parse();
        let number = number.map_err(|_| Failure::usage(format!("`{name}` is no broker number")))?;
        Ok(Target { kind, name, node: Some(number) })
    }
}

/// A resource with a configuration, and who must be asked.
struct Target<'a> {
    kind: i8,
    name: &'a str,
    /// The broker meant: each knows its own configuration alone.
    node: Option<i32>,
}

impl<'a> Target<'a> {
    fn topic(name: &'a str) -> Self {
        Self { kind: ConfigResource::TOPIC, name, node: None }
    }

    fn shown(&self) -> String {
        match self.kind {
            ConfigResource::TOPIC => format!("topic {}", self.name),
            ConfigResource::BROKER if self.name.is_empty() => "all brokers".to_owned(),
            ConfigResource::BROKER => format!("broker {}", self.name),
            ConfigResource::BROKER_LOGGER => format!("the loggers of broker {}", self.name),
            _ => format!("group {}", self.name),
        }
    }

    /// Refuses a broker that the cluster does not have at the moment.
    fn check_broker(&self, cluster: &Cluster) -> Result<(), Failure> {
        let brokers = cluster.brokers();
        let Some(missing) = self.node.filter(|node| !brokers.contains_key(node)) else {
            return Ok(());
        };
        let known: Vec<String> =
            brokers.iter().map(|(node, address)| format!("{node} ({address})")).collect();
        let known = known.join(", ");
        Err(Failure::failed(format!(
            "there is no broker {missing}, or it does not run; those that run: {known}"
        )))
    }
}

pub(super) fn run(arguments: &ConfigArgs) -> Result<(), Failure> {
    match &arguments.command {
        ConfigCommand::Describe(it) => describe(&arguments.server, it),
        ConfigCommand::Alter(it) => alter(&arguments.server, it),
        ConfigCommand::Checksum { file } => checksum(file),
        ConfigCommand::Docs { name } => docs(name.as_deref()),
    }
}

fn checksum(file: &Path) -> Result<(), Failure> {
    let content = files::read(file)?;
    let refused = |cause| Failure::failed(format!("{}: {cause}", file.display()));
    let (settings, _) = Settings::load(Some(&content), &[]).map_err(refused)?;
    let mut output = Output::stdout();
    output.line(&format!("{:08x}", settings.checksum()))?;
    output.flush()
}

fn docs(name: Option<&str>) -> Result<(), Failure> {
    let text = match name {
        None => documentation::markdown(),
        Some(name) => documentation::of_key(name).ok_or_else(|| {
            Failure::usage(format!(
                "no setting has `{name}` in its name; `ringlog config docs` lists all"
            ))
        })?,
    };
    let mut output = Output::stdout();
    output.bytes(text.as_bytes())?;
    output.flush()
}

fn describe(server: &ServerArgs, arguments: &DescribeArgs) -> Result<(), Failure> {
    let resource = &arguments.resource;
    if let Some(entity) = resource.entity()? {
        return quotas::describe(&mut server.connect()?, &entity, arguments.all, arguments.json);
    }
    let target = resource.target()?;
    let mut cluster = server.connect()?;
    target.check_broker(&cluster)?;
    let mut configs = look_up(&mut cluster, &target)?;
    configs.retain(|config| arguments.all || config.config_source != DEFAULT);
    configs.sort_by(|a, b| a.name.cmp(&b.name));
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&configs.iter().map(config_json).collect())?;
        return output.flush();
    }
    let mut table = Table::new(["NAME", "VALUE", "SOURCE", "READ ONLY"]);
    for config in &configs {
        table.row([
            config.name.clone(),
            shown_value(config),
            source(config.config_source),
            if config.read_only { "yes" } else { "no" }.to_owned(),
        ]);
    }
    output.table(&table)?;
    output.flush()
}

fn shown_value(config: &DescribeConfigsResourceResult) -> String {
    match &config.value {
        _ if config.is_sensitive => "(hidden)".to_owned(),
        Some(value) => value.clone(),
        None => "(none)".to_owned(),
    }
}

fn config_json(config: &DescribeConfigsResourceResult) -> Value {
    json!({
        "name": config.name,
        "value": config.value,
        "source": source(config.config_source),
        "read_only": config.read_only,
        "sensitive": config.is_sensitive,
    })
}

fn source(number: i8) -> String {
    match number {
        TOPIC_OVERRIDE => "topic".to_owned(),
        2 => "this broker, changed while it ran".to_owned(),
        3 => "all brokers, changed while they ran".to_owned(),
        4 => "the broker's file".to_owned(),
        DEFAULT => "default".to_owned(),
        6 => "logger".to_owned(),
        7 => "client metrics".to_owned(),
        8 => "group".to_owned(),
        other => format!("source {other}"),
    }
}

fn look_up(
    cluster: &mut Cluster,
    target: &Target<'_>,
) -> Result<Vec<DescribeConfigsResourceResult>, ClientError> {
    let request = describe_configs::Request {
        resources: vec![describe_configs::request::DescribeConfigsResource {
            resource_type: target.kind,
            resource_name: target.name.to_owned(),
            configuration_keys: None,
        }],
        ..Default::default()
    };
    cluster.retry(|cluster| {
        let response = match target.node {
            Some(node) => cluster.call_node(node, &request)?,
            None => cluster.call_any(&request)?,
        };
        let mut configs = Vec::new();
        for result in response.results {
            let message = result.error_message.as_deref();
            check(result.error_code, message, || target.shown())?;
            configs.extend(result.configs);
        }
        Ok(configs)
    })
}

/// What a topic sets for itself.
pub(super) fn overrides_of_topic(
    cluster: &mut Cluster,
    topic: &str,
) -> Result<BTreeMap<String, String>, ClientError> {
    let configs = look_up(cluster, &Target::topic(topic))?.into_iter();
    let own = configs.filter(|config| config.config_source == TOPIC_OVERRIDE);
    Ok(own.map(|config| (config.name, config.value.unwrap_or_default())).collect())
}

fn alter(server: &ServerArgs, arguments: &AlterArgs) -> Result<(), Failure> {
    if arguments.changes.is_empty() {
        return Err(Failure::usage("nothing to alter: give --add NAME=VALUE or --delete NAME"));
    }
    let resource = &arguments.resource;
    let mut output = Output::stdout();
    if let Some(entity) = resource.entity()? {
        let Changes { add, delete } = &arguments.changes;
        quotas::alter(&mut server.connect()?, &entity, add, delete)?;
        output.line(&format!("altered the quotas of {}", entity.shown()))?;
        return output.flush();
    }
    let target = resource.target()?;
    let mut cluster = server.connect()?;
    target.check_broker(&cluster)?;
    change(&mut cluster, &target, &arguments.changes)?;
    output.line(&format!("altered the configuration of {}", target.shown()))?;
    output.flush()
}

pub(super) fn alter_topic(
    cluster: &mut Cluster,
    topic: &str,
    changes: &Changes,
) -> Result<(), ClientError> {
    change(cluster, &Target::topic(topic), changes)
}

fn change(
    cluster: &mut Cluster,
    target: &Target<'_>,
    changes: &Changes,
) -> Result<(), ClientError> {
    use incremental_alter_configs::request::{AlterConfigsResource, AlterableConfig};
    let config = |name: &String, config_operation, value: Option<&String>| AlterableConfig {
        name: name.clone(),
        config_operation,
        value: value.cloned(),
    };
    let added = changes.add.iter().map(|(name, value)| config(name, SET, Some(value)));
    let deleted = changes.delete.iter().map(|name| config(name, DELETE, None));
    let request = incremental_alter_configs::Request {
        resources: vec![AlterConfigsResource {
            resource_type: target.kind,
            resource_name: target.name.to_owned(),
            configs: added.chain(deleted).collect(),
        }],
        validate_only: false,
    };
    cluster.retry(|cluster| {
        let response = match target.node {
            Some(node) => cluster.call_node(node, &request)?,
            None => cluster.call_controller(&request)?,
        };
        for result in response.responses {
            let message = result.error_message.as_deref();
            check(result.error_code, message, || target.shown())?;
        }
        Ok(())
    })
}
