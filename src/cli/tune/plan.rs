//! What a profile asks of a machine, and what of it is not so yet. Looks, and changes nothing.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::declaration::{Compare, Kind, Machine, Profile, Setting, settings};
use super::host::{Host, in_force};

/// One value that a profile wants at one place.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Step {
    pub(in crate::cli) setting: Setting,
    /// The file or the thing that has the value.
    pub(in crate::cli) target: String,
    pub(in crate::cli) wanted: String,
    pub(in crate::cli) found: Option<String>,
    pub(in crate::cli) state: State,
}

/// How a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum State {
    Fits,
    /// `tune` can change it.
    Differs,
    /// It differs, and only a person can change it: how.
    ByHand(String),
    /// It says nothing about this machine: why.
    DoesNotApply(&'static str),
    Unreadable(String),
}

/// What is looked at.
pub(in crate::cli) struct Scope {
    pub(in crate::cli) profile: Profile,
    /// Where the broker keeps its data.
    pub(in crate::cli) directories: Vec<PathBuf>,
}

pub(in crate::cli) fn plan(host: &Host, scope: &Scope) -> Vec<Step> {
    let machine = host.machine();
    let mut steps = Vec::new();
    for setting in settings() {
        let Some(wanted) = setting.want.get(&scope.profile).cloned() else { continue };
        if !setting.applies.contains(&machine) {
            let why = match machine {
                Machine::Container => "in a container it is the host's to set",
                Machine::Vm | Machine::Metal => "it has no effect on this kind of machine",
            };
            steps.push(step(
                &setting,
                setting.key.clone(),
                &wanted,
                None,
                State::DoesNotApply(why),
            ));
            continue;
        }
        steps.extend(steps_of(host, scope, &setting, &wanted));
    }
    steps
}

fn steps_of(host: &Host, scope: &Scope, setting: &Setting, wanted: &str) -> Vec<Step> {
    match setting.kind {
        Kind::Sysctl => {
            let path = format!("/proc/sys/{}", setting.key.replace('.', "/"));
            vec![of_file(host, setting, path, wanted)]
        }
        Kind::Sysfs => {
            let paths = host.expand(&setting.key);
            match paths.is_empty() {
                true => vec![absent(setting, wanted)],
                false => {
                    let each = paths.into_iter().map(|path| of_file(host, setting, path, wanted));
                    each.collect()
                }
            }
        }
        Kind::Block => {
            let all = scope.directories.iter().flat_map(|path| host.devices_of(path));
            let devices: std::collections::BTreeSet<String> = all.collect();
            let path = |device: &String| format!("/sys/block/{device}/queue/{}", setting.key);
            let each = devices.iter().map(|device| of_file(host, setting, path(device), wanted));
            each.collect()
        }
        Kind::Boot => vec![of_boot(host, setting, wanted)],
        Kind::Limit => vec![of_limit(setting, wanted)],
        Kind::Mount | Kind::Filesystem => {
            let each = scope.directories.iter().map(|path| of_mount(host, setting, path, wanted));
            each.collect()
        }
    }
}

fn step(
    setting: &Setting,
    target: String,
    wanted: &str,
    found: Option<String>,
    state: State,
) -> Step {
    Step { setting: setting.clone(), target, wanted: wanted.to_owned(), found, state }
}

fn absent(setting: &Setting, wanted: &str) -> Step {
    let state = State::DoesNotApply("this kernel or machine does not have it");
    step(setting, setting.key.clone(), wanted, None, state)
}

fn of_file(host: &Host, setting: &Setting, path: String, wanted: &str) -> Step {
    match host.read(&path) {
        Err(cause) => step(setting, path, wanted, None, State::Unreadable(cause.to_string())),
        Ok(None) => Step { target: path, ..absent(setting, wanted) },
        Ok(Some(text)) => {
            let found = in_force(&text).to_owned();
            let fits = setting.compare.fits(&found, wanted);
            let state = if fits { State::Fits } else { State::Differs };
            step(setting, path, wanted, Some(found), state)
        }
    }
}

fn of_boot(host: &Host, setting: &Setting, wanted: &str) -> Step {
    let line = host.read("/proc/cmdline").ok().flatten().unwrap_or_default();
    let name = setting.key.split('=').next().unwrap_or(&setting.key);
    let found = line.split(' ').find(|word| word.split('=').next() == Some(name));
    // What stands behind the name depends on the machine where the wanted value says so.
    let fits = found.is_some_and(|found| found == wanted || wanted.contains("CPUS"));
    let state = match fits {
        true => State::Fits,
        false => State::ByHand(format!("add {wanted} to the kernel's command line and reboot")),
    };
    step(setting, "/proc/cmdline".to_owned(), wanted, found.map(str::to_owned), state)
}

/// The limit of this process, which a broker started from here would inherit.
fn of_limit(setting: &Setting, wanted: &str) -> Step {
    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
    let (resource, directive) = match setting.key.as_str() {
        "nofile" => (Resource::RLIMIT_NOFILE, "LimitNOFILE"),
        _ => (Resource::RLIMIT_MEMLOCK, "LimitMEMLOCK"),
    };
    let target = format!("{directive} of the broker's process");
    match getrlimit(resource) {
        Err(cause) => step(setting, target, wanted, None, State::Unreadable(cause.to_string())),
        // The broker raises its soft limit to the hard one.
        Ok((_, hard)) => {
            let fits = hard == RLIM_INFINITY || setting.compare.fits(&hard.to_string(), wanted);
            let found = if hard == RLIM_INFINITY { "infinity".into() } else { hard.to_string() };
            let advice = format!("{directive}={wanted} in the broker's systemd unit, or `ulimit`");
            let state = if fits { State::Fits } else { State::ByHand(advice) };
            step(setting, target, wanted, Some(found), state)
        }
    }
}

fn of_mount(host: &Host, setting: &Setting, directory: &std::path::Path, wanted: &str) -> Step {
    let target = directory.display().to_string();
    let Some(mount) = host.mount_of(directory) else {
        let state = State::Unreadable("its file system is not among the mounted ones".to_owned());
        return step(setting, target, wanted, None, state);
    };
    if setting.kind == Kind::Filesystem {
        let fits = wanted.split(',').any(|kind| kind == mount.kind);
        let advice =
            format!("move the data to a file system of type {}", wanted.replace(',', " or "));
        let state = if fits { State::Fits } else { State::ByHand(advice) };
        return step(setting, target, wanted, Some(mount.kind), state);
    }
    let fits = mount.options.iter().any(|option| option == wanted);
    let at = mount.at.display();
    let advice = format!("add {wanted} to the options of {at} in /etc/fstab and mount it anew");
    let state = if fits { State::Fits } else { State::ByHand(advice) };
    step(setting, target, wanted, Some(mount.options.join(",")), state)
}

impl Step {
    pub(in crate::cli) fn json(&self) -> Value {
        let (state, detail) = match &self.state {
            State::Fits => ("fits", None),
            State::Differs => ("differs", None),
            State::ByHand(how) => ("by-hand", Some(how.as_str())),
            State::DoesNotApply(why) => ("does-not-apply", Some(*why)),
            State::Unreadable(cause) => ("unreadable", Some(cause.as_str())),
        };
        json!({
            "id": self.setting.id, "target": self.target, "found": self.found,
            "wanted": self.wanted, "state": state, "detail": detail,
            "reboot": self.setting.reboot,
        })
    }

    /// What is wanted, in words.
    pub(in crate::cli) fn wanted_text(&self) -> String {
        match self.setting.compare {
            Compare::Equal => self.wanted.clone(),
            Compare::AtLeast => format!("at least {}", self.wanted),
            Compare::AtMost => format!("at most {}", self.wanted),
        }
    }
}
