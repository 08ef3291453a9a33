//! `ringlog tune`: settings of the host, from their declarations in `tuning/`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Table, note};
use change::{Outcome, Saved};
use declaration::{Profile, Setting};
use host::Host;
use plan::{Scope, State, Step, plan};

pub(super) mod change;
pub(super) mod declaration;
pub(super) mod host;
pub(super) mod plan;

/// Set what the host should have for a broker, and take it back
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  ringlog tune --profile server --dry-run
  ringlog tune --profile server
  ringlog tune revert
  ringlog tune explain block.scheduler

Changing needs root. What was there is kept in /var/lib/ringlog/tune.json, until it is reverted.
Values last over a reboot by files in /etc/sysctl.d, /etc/udev/rules.d and /etc/tmpfiles.d. A value
that did not stick is an error: exit code 1. `ringlog doctor` tells what is not set."
)]
pub(super) struct TuneArgs {
    #[command(subcommand)]
    command: Option<TuneCommand>,
    /// What the machine is used for
    #[arg(long, short, value_enum)]
    profile: Option<Profile>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print a shell script that would do it, and change nothing
    #[arg(long, conflicts_with = "dry_run")]
    script: bool,
    /// The same as JSON
    #[arg(long)]
    json: bool,
}

/// Which machine, and where its data lies.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// A data directory, whose device and file system are looked at; may be given several times
    #[arg(long, value_name = "DIR", default_value = "ringlog-data")]
    data: Vec<PathBuf>,
    /// The root folder of the machine, or of an image of one
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

#[derive(Debug, Subcommand)]
enum TuneCommand {
    /// Put back what was there before
    #[command(after_help = "Example:\n  ringlog tune revert\n\n\
                            What somebody else has changed since is left as it is, and named.")]
    Revert {
        /// The root folder of the machine, or of an image of one
        #[arg(long, value_name = "DIR", default_value = "/")]
        root: PathBuf,
    },
    /// Say what a setting is for; without an id, list all
    #[command(after_help = "Examples:\n  ringlog tune explain\n  \
                            ringlog tune explain net.somaxconn")]
    Explain {
        /// A setting
        id: Option<String>,
    },
}

impl PlaceArgs {
    /// This machine, with these data directories.
    pub(super) fn of(data: &[PathBuf]) -> PlaceArgs {
        PlaceArgs { data: data.to_vec(), root: PathBuf::from("/") }
    }

    pub(super) fn host(&self) -> Host {
        Host::below(&self.root)
    }

    pub(super) fn scope(&self, profile: Profile) -> Scope {
        Scope { profile, directories: self.data.clone() }
    }
}

pub(super) fn run(arguments: &TuneArgs) -> Result<(), Failure> {
    match &arguments.command {
        Some(TuneCommand::Revert { root }) => revert(&Host::below(root)),
        Some(TuneCommand::Explain { id: None }) => list(),
        Some(TuneCommand::Explain { id: Some(id) }) => explain(id),
        None => tune(arguments),
    }
}

fn tune(arguments: &TuneArgs) -> Result<(), Failure> {
    let Some(profile) = arguments.profile else {
        return Err(Failure::usage(
            "--profile laptop, server, latency or dedicated says what the machine is for; \
             --dry-run shows what it would change",
        ));
    };
    let host = arguments.place.host();
    let steps = plan(&host, &arguments.place.scope(profile));
    let mut output = Output::stdout();
    if arguments.script {
        output.bytes(change::script(&steps).as_bytes())?;
        return output.flush();
    }
    if arguments.dry_run {
        show(&mut output, &steps, arguments.json)?;
        return output.flush();
    }
    let outcomes = change::apply(&host, profile, &steps).map_err(Failure::failed)?;
    let failed = outcomes.iter().filter(|(_, outcome)| *outcome != Outcome::Done).count();
    if arguments.json {
        let changed: Vec<Value> =
            outcomes.iter().map(|(step, it)| outcome_json(step, it)).collect();
        let steps: Vec<Value> = steps.iter().map(Step::json).collect();
        output.json(&json!({ "changed": changed, "looked_at": steps }))?;
    } else {
        for (step, outcome) in &outcomes {
            let (id, target, wanted) = (&step.setting.id, &step.target, &step.wanted);
            let before = step.found.as_deref().unwrap_or("not set");
            output.line(&match outcome {
                Outcome::Failed(cause) => format!("FAILED  {id}  {target}: {cause}"),
                _ => format!("set     {id}  {target}: {before} -> {wanted}"),
            })?;
        }
        for step in &steps {
            if let State::ByHand(how) = &step.state {
                output.line(&format!("by hand {}: {how}", step.setting.id))?;
            }
        }
        let fitting = steps.iter().filter(|step| step.state == State::Fits).count();
        output.line(&format!("{} set, {fitting} were so already", outcomes.len() - failed))?;
    }
    output.flush()?;
    match failed {
        0 => Ok(()),
        1 => Err(Failure::failed("1 setting did not stick; the others are set")),
        failed => Err(Failure::failed(format!("{failed} settings did not stick; others are set"))),
    }
}

fn outcome_json(step: &Step, outcome: &Outcome) -> Value {
    let cause = match outcome {
        Outcome::Failed(cause) => Some(cause.as_str()),
        _ => None,
    };
    json!({
        "id": step.setting.id, "target": step.target, "before": step.found,
        "after": step.wanted, "failed": cause,
    })
}

fn show(output: &mut Output, steps: &[Step], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output.json(&Value::Array(steps.iter().map(Step::json).collect()));
    }
    let mut table = Table::new(["SETTING", "NOW", "WANTED", "WHAT HAPPENS"]);
    for step in steps {
        let happens = match &step.state {
            State::Fits => "nothing: it is so".to_owned(),
            State::Differs => format!("{} is written", step.target),
            State::ByHand(how) => format!("by hand: {how}"),
            State::DoesNotApply(why) => format!("nothing: {why}"),
            State::Unreadable(cause) => format!("nothing: it cannot be read: {cause}"),
        };
        let found = step.found.clone().unwrap_or_else(|| "-".to_owned());
        // The options of a mount are a line of their own.
        let found = if found.len() > 24 { "differs".to_owned() } else { found };
        table.row([step.setting.id.clone(), found, step.wanted_text(), happens]);
    }
    output.table(&table)
}

fn revert(host: &Host) -> Result<(), Failure> {
    let was = Saved::load(host).map_err(Failure::failed)?;
    let outcomes = change::revert(host).map_err(Failure::failed)?;
    let mut output = Output::stdout();
    if was == Saved::default() {
        output.line("nothing to put back: `ringlog tune` has changed nothing here")?;
        return output.flush();
    }
    let mut failed = 0;
    for (change, outcome) in &outcomes {
        let (id, target, before) = (&change.id, &change.target, &change.before);
        output.line(&match outcome {
            Outcome::Done => format!("back    {id}  {target}: {before}"),
            Outcome::LeftAlone { found } => {
                format!("left    {id}  {target}: somebody has set it to {found} since")
            }
            Outcome::Failed(cause) => {
                failed += 1;
                format!("FAILED  {id}  {target}: {cause}")
            }
        })?;
    }
    output.flush()?;
    match failed {
        0 => Ok(()),
        failed => Err(Failure::failed(format!("{failed} of them could not be put back"))),
    }
}

fn list() -> Result<(), Failure> {
    let mut output = Output::stdout();
    let mut table = Table::new(["SETTING", "WHERE", "REBOOT"]);
    for setting in declaration::settings() {
        let reboot = if setting.reboot { "yes" } else { "no" };
        table.row([setting.id, setting.key, reboot.to_owned()]);
    }
    output.table(&table)?;
    output.line("\nSettings of other guides that change nothing for Ringlog:")?;
    for other in declaration::not_needed() {
        output.line(&format!(
            "\n  {}\n    {}",
            other.name,
            other.reason.replace('\n', "\n    ")
        ))?;
    }
    output.flush()
}

fn explain(id: &str) -> Result<(), Failure> {
    let found = declaration::settings().into_iter().find(|setting| setting.id == id);
    if let Some(setting) = found {
        let mut output = Output::stdout();
        output.bytes(page(&setting).as_bytes())?;
        return output.flush();
    }
    let other = declaration::not_needed();
    let named = |name: &str| name.split(", ").any(|name| name == id);
    match other.iter().find(|other| named(&other.name)) {
        Some(other) => {
            note(&format!("{}: it changes nothing for Ringlog. {}", other.name, other.reason));
            Ok(())
        }
        None => Err(Failure::usage(format!(
            "there is no setting {id}: `ringlog tune explain` lists them"
        ))),
    }
}

fn page(setting: &Setting) -> String {
    let Setting { id, key, why, measured, verify, undo, reboot, conflicts, .. } = setting;
    let mut text = format!("{id}  ({key})\n\n{}\n\n", why.trim());
    for (profile, wanted) in &setting.want {
        let profile = format!("{profile:?}").to_lowercase();
        text.push_str(&format!("  {profile:<10} {wanted}\n"));
    }
    let machines: Vec<String> =
        setting.applies.iter().map(|it| format!("{it:?}").to_lowercase()).collect();
    text.push_str(&format!("\napplies to  {}\n", machines.join(", ")));
    text.push_str(&format!("reboot      {}\n", if *reboot { "needed" } else { "not needed" }));
    text.push_str(&format!("verify      {verify}\nundo        {undo}\n"));
    if !conflicts.is_empty() {
        text.push_str(&format!("conflicts   {}\n", conflicts.join(", ")));
    }
    text.push_str(&format!("measured    {}\n", measured.trim().replace('\n', "\n            ")));
    text
}
