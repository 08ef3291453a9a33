//! `ringlog config`: describe and alter the configuration of topics, brokers and groups, and the
//! quotas of users, clients and addresses.

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Table};
use super::quotas::{self, Entity};
use super::server::{ServerArgs, name_and_value};
use crate::client::{ClientError, Cluster, error::check};
use crate::config::documentation;
use crate::protocol::describe_configs::response::DescribeConfigsResourceResult;
use crate::protocol::{describe_configs, incremental_alter_configs};
use crate::quotas::keys::{CLIENT_ID, IP, USER};

/// Numbers of the protocol: kinds of resources.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const GROUP: i8 = 32;
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

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show what is set, and where
    Describe(DescribeArgs),
    /// Change settings while the broker runs
    Alter(AlterArgs),
    /// Print the reference of all settings, as Markdown
    Docs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Topic,
    Broker,
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
    /// Whose configuration
    kind: Kind,
    /// Topic, group, user, client id, address or number of a broker; none: what holds for all
    /// brokers, or for whoever has no quotas of their own
    #[arg(default_value = "")]
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
            Kind::Topic => TOPIC,
            Kind::Broker => BROKER,
            _ => GROUP,
        }
    }

    /// Whom it names, if it has quotas rather than a configuration.
    fn entity(&self) -> Result<Option<Entity>, Failure> {
        let kind = match self.kind {
            Kind::User => USER,
            Kind::Client => CLIENT_ID,
            Kind::Ip => IP,
            Kind::Topic | Kind::Broker | Kind::Group => "",
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

    fn shown(&self) -> String {
        match self.kind {
            Kind::Topic => format!("topic {}", self.name),
            Kind::Broker if self.name.is_empty() => "all brokers".to_owned(),
            Kind::Broker => format!("broker {}", self.name),
            _ => format!("group {}", self.name),
        }
    }

    /// The broker that must be asked: each knows its own configuration alone.
    fn node(&self) -> Result<Option<i32>, Failure> {
        if self.name.is_empty() && self.kind != Kind::Broker {
            return Err(Failure::usage("whose configuration? Give a name"));
        }
        if self.kind != Kind::Broker || self.name.is_empty() {
            return Ok(None);
        }
        let number = self.name.parse();
        number.map(Some).map_err(|_| Failure::usage(format!("`{}` is no broker number", self.name)))
    }
}

pub(super) fn run(arguments: &ConfigArgs) -> Result<(), Failure> {
    match &arguments.command {
        ConfigCommand::Describe(it) => describe(&arguments.server, it),
        ConfigCommand::Alter(it) => alter(&arguments.server, it),
        ConfigCommand::Docs => {
            let mut output = Output::stdout();
            output.bytes(documentation::markdown().as_bytes())?;
            output.flush()
        }
    }
}

fn describe(server: &ServerArgs, arguments: &DescribeArgs) -> Result<(), Failure> {
    let resource = &arguments.resource;
    if let Some(entity) = resource.entity()? {
        return quotas::describe(&mut server.connect()?, &entity, arguments.all, arguments.json);
    }
    let node = resource.node()?;
    let mut cluster = server.connect()?;
    let mut configs = look_up(&mut cluster, node, resource.number(), &resource.name)?;
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
        6 => "client metrics".to_owned(),
        8 => "group".to_owned(),
        other => format!("source {other}"),
    }
}

fn look_up(
    cluster: &mut Cluster,
    node: Option<i32>,
    kind: i8,
    name: &str,
) -> Result<Vec<DescribeConfigsResourceResult>, ClientError> {
    let request = describe_configs::Request {
        resources: vec![describe_configs::request::DescribeConfigsResource {
            resource_type: kind,
            resource_name: name.to_owned(),
            configuration_keys: None,
        }],
        ..Default::default()
    };
    cluster.retry(|cluster| {
        let response = match node {
            Some(node) => cluster.call_node(node, &request)?,
            None => cluster.call_any(&request)?,
        };
        let mut configs = Vec::new();
        for result in response.results {
            let message = result.error_message.as_deref();
            check(result.error_code, message, || format!("the configuration of {name}"))?;
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
    let configs = look_up(cluster, None, TOPIC, topic)?.into_iter();
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
    let node = resource.node()?;
    let mut cluster = server.connect()?;
    change(&mut cluster, node, resource.number(), &resource.name, &arguments.changes)?;
    output.line(&format!("altered the configuration of {}", resource.shown()))?;
    output.flush()
}

pub(super) fn alter_topic(
    cluster: &mut Cluster,
    topic: &str,
    changes: &Changes,
) -> Result<(), ClientError> {
    change(cluster, None, TOPIC, topic, changes)
}

fn change(
    cluster: &mut Cluster,
    node: Option<i32>,
    kind: i8,
    name: &str,
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
            resource_type: kind,
            resource_name: name.to_owned(),
            configs: added.chain(deleted).collect(),
        }],
        validate_only: false,
    };
    cluster.retry(|cluster| {
        let response = match node {
            Some(node) => cluster.call_node(node, &request)?,
            None => cluster.call_controller(&request)?,
        };
        for result in response.responses {
            let message = result.error_message.as_deref();
            check(result.error_code, message, || format!("the configuration of {name}"))?;
        }
        Ok(())
    })
}
