//! Carries a plan out, and takes it back.
//!
//! Promise: what was there is saved, durably, before the first value is written. A value that did
//! not stick is an error. What somebody else has changed since is left alone by `revert`.

use std::io;

use serde::{Deserialize, Serialize};

use super::declaration::{Kind, Profile};
use super::host::{Host, in_force};
use super::plan::{State, Step};

const SAVED: &str = "/var/lib/ringlog/tune.json";
const SYSCTL_FILE: &str = "/etc/sysctl.d/90-ringlog.conf";
const UDEV_FILE: &str = "/etc/udev/rules.d/90-ringlog.rules";
const TMPFILES_FILE: &str = "/etc/tmpfiles.d/ringlog-tune.conf";
const HEADING: &str = "# Written by `ringlog tune`; `ringlog tune revert` removes it.\n";

/// What `tune` has changed on this machine.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::cli) struct Saved {
    pub(in crate::cli) profile: Option<Profile>,
    pub(in crate::cli) changes: Vec<Change>,
    /// Files that make it last over a reboot.
    pub(in crate::cli) files: Vec<SavedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::cli) struct Change {
    pub(in crate::cli) id: String,
    pub(in crate::cli) target: String,
    pub(in crate::cli) before: String,
    pub(in crate::cli) after: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(in crate::cli) struct SavedFile {
    pub(in crate::cli) path: String,
    pub(in crate::cli) content: String,
}

/// What came of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Outcome {
    Done,
    /// Somebody else has set this value since.
    LeftAlone {
        found: String,
    },
    Failed(String),
}

impl Saved {
    pub(in crate::cli) fn load(host: &Host) -> Result<Saved, String> {
        let path = host.path(SAVED);
        let unusable = |cause: String| {
            let path = path.display();
            format!("{path} says what was there before, and it cannot be read: {cause}")
        };
        match host.read(SAVED).map_err(|cause| unusable(cause.to_string()))? {
            None => Ok(Saved::default()),
            Some(text) => serde_json::from_str(&text).map_err(|cause| unusable(cause.to_string())),
        }
    }

    fn store(&self, host: &Host) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        host.put(SAVED, &text)
    }

    /// Remembers what a step finds; what was there before the first `tune` stays remembered.
    fn note(&mut self, step: &Step) {
        let found = step.found.clone().unwrap_or_default();
        match self.changes.iter_mut().find(|change| change.target == step.target) {
            Some(change) => change.after.clone_from(&step.wanted),
            None => self.changes.push(Change {
                id: step.setting.id.clone(),
                target: step.target.clone(),
                before: found,
                after: step.wanted.clone(),
            }),
        }
    }
}

/// Makes every step that differs as it is wanted, and writes what makes it last.
pub(in crate::cli) fn apply(
    host: &Host,
    profile: Profile,
    steps: &[Step],
) -> Result<Vec<(Step, Outcome)>, String> {
    let mut saved = Saved::load(host)?;
    let differing = || steps.iter().filter(|step| step.state == State::Differs);
    differing().for_each(|step| saved.note(step));
    let unchanged = saved.changes.is_empty();
    if unchanged {
        return Ok(Vec::new());
    }
    saved.profile = Some(profile);
    saved.files = lasting(&saved.changes, steps);
    let failed = |what: &str, cause: io::Error| {
        format!("{what} cannot be written: {cause}. Nothing was changed; run it as root")
    };
    saved.store(host).map_err(|cause| failed(SAVED, cause))?;
    for file in &saved.files {
        host.put(&file.path, &file.content).map_err(|cause| failed(&file.path, cause))?;
    }
    Ok(differing().map(|step| (step.clone(), set(host, step))).collect())
}

fn set(host: &Host, step: &Step) -> Outcome {
    match write_and_look(host, &step.target, &step.wanted) {
        Err(cause) => Outcome::Failed(cause.to_string()),
        Ok(found) if step.setting.compare.fits(&found, &step.wanted) => Outcome::Done,
        Ok(found) => Outcome::Failed(format!("it was written and is {found} all the same")),
    }
}

fn write_and_look(host: &Host, target: &str, value: &str) -> io::Result<String> {
    host.set(target, value)?;
    let text = host.read(target)?.unwrap_or_default();
    Ok(in_force(&text).to_owned())
}

/// Puts back what was there before the first `tune`.
pub(in crate::cli) fn revert(host: &Host) -> Result<Vec<(Change, Outcome)>, String> {
    let mut saved = Saved::load(host)?;
    let mut outcomes = Vec::new();
    for change in saved.changes.iter().rev() {
        outcomes.push((change.clone(), put_back(host, change)));
    }
    let failed = |cause: io::Error| format!("it cannot be put back: {cause}. Run it as root");
    for file in &saved.files {
        let found = host.read(&file.path).map_err(failed)?;
        // A file that somebody has edited is theirs.
        if found.is_some_and(|found| found == file.content.trim()) {
            host.remove(&file.path).map_err(failed)?;
        }
    }
    let is_open = |change: &Change| {
        let failed = |(of, outcome): &(Change, Outcome)| {
            of.target == change.target && matches!(outcome, Outcome::Failed(_))
        };
        outcomes.iter().any(failed)
    };
    saved.changes.retain(is_open);
    saved.files.clear();
    match saved.changes.is_empty() {
        true => host.remove(SAVED).map_err(failed)?,
        false => saved.store(host).map_err(failed)?,
    }
    Ok(outcomes)
}

fn put_back(host: &Host, change: &Change) -> Outcome {
    let found = match host.read(&change.target) {
        Err(cause) => return Outcome::Failed(cause.to_string()),
        Ok(found) => found.unwrap_or_default(),
    };
    let found = in_force(&found).to_owned();
    if found == change.before {
        return Outcome::Done;
    }
    if found != change.after {
        return Outcome::LeftAlone { found };
    }
    match write_and_look(host, &change.target, &change.before) {
        Err(cause) => Outcome::Failed(cause.to_string()),
        Ok(found) if found == change.before => Outcome::Done,
        Ok(found) => Outcome::Failed(format!("it was written and is {found} all the same")),
    }
}

/// The files that set the values again after a reboot.
fn lasting(changes: &[Change], steps: &[Step]) -> Vec<SavedFile> {
    let kind_of = |change: &Change| {
        let own = steps.iter().find(|step| step.target == change.target);
        own.map(|step| (step.setting.kind, step.setting.key.clone()))
    };
    let (mut sysctl, mut udev, mut tmpfiles) = (String::new(), String::new(), String::new());
    for change in changes {
        let after = &change.after;
        match kind_of(change) {
            Some((Kind::Sysctl, key)) => sysctl.push_str(&format!("{key} = {after}\n")),
            Some((Kind::Block, key)) => {
                let device = change.target.split('/').nth(3).unwrap_or_default();
                udev.push_str(&format!(
                    "ACTION==\"add|change\", SUBSYSTEM==\"block\", KERNEL==\"{device}\", \
                     ATTR{{queue/{key}}}=\"{after}\"\n"
                ));
            }
            Some((Kind::Sysfs, _)) => {
                tmpfiles.push_str(&format!("w {} - - - - {after}\n", change.target));
            }
            _ => {}
        }
    }
    let files = [(SYSCTL_FILE, sysctl), (UDEV_FILE, udev), (TMPFILES_FILE, tmpfiles)];
    let written = files.into_iter().filter(|(_, lines)| !lines.is_empty());
    let file = |(path, lines): (&str, String)| SavedFile {
        path: path.to_owned(),
        content: format!("{HEADING}{lines}"),
    };
    written.map(file).collect()
}

/// The same as a shell script, for who wants to read before anything is changed.
pub(in crate::cli) fn script(steps: &[Step]) -> String {
    let mut text =
        "#!/bin/sh\n# What `ringlog tune` would change on this machine.\nset -eu\n".to_owned();
    for step in steps.iter().filter(|step| step.state == State::Differs) {
        let found = step.found.as_deref().unwrap_or("not set");
        text.push_str(&format!(
            "\n# {}: it is {found}\necho {} > {}\n",
            step.setting.id, step.wanted, step.target
        ));
    }
    let differing = steps.iter().filter(|step| step.state == State::Differs);
    let changes: Vec<Change> = differing
        .map(|step| Change {
            id: step.setting.id.clone(),
            target: step.target.clone(),
            before: step.found.clone().unwrap_or_default(),
            after: step.wanted.clone(),
        })
        .collect();
    for file in lasting(&changes, steps) {
        text.push_str(&format!("\ncat > {} <<'END'\n{}END\n", file.path, file.content));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::plan::{Scope, plan};
    use super::*;

    /// An image of a machine with nothing tuned.
    fn image() -> (tempfile::TempDir, Host) {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::below(folder.path());
        host.put("/proc/cpuinfo", "flags\t\t: fpu hypervisor\n").unwrap();
        host.put("/proc/sys/net/core/somaxconn", "128\n").unwrap();
        host.put("/proc/sys/vm/swappiness", "60\n").unwrap();
        host.put("/proc/sys/fs/nr_open", "2000000\n").unwrap();
        host.put("/sys/kernel/mm/transparent_hugepage/enabled", "always [never]\n").unwrap();
        (folder, host)
    }

    fn server(host: &Host) -> Vec<Step> {
        plan(host, &Scope { profile: Profile::Server, directories: Vec::new() })
    }

    fn read(host: &Host, path: &str) -> String {
        host.read(path).unwrap().unwrap()
    }

    #[test]
    fn what_was_there_comes_back() {
        let (_folder, host) = image();
        let outcomes = apply(&host, Profile::Server, &server(&host)).unwrap();
        assert!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Done), "{outcomes:?}");
        assert_eq!(read(&host, "/proc/sys/net/core/somaxconn"), "4096");
        assert_eq!(read(&host, "/proc/sys/fs/nr_open"), "2000000", "more is as good");
        assert!(read(&host, SYSCTL_FILE).contains("vm.swappiness = 1"));
        assert!(read(&host, TMPFILES_FILE).contains("w /sys/kernel/mm/transparent_hugepage"));
        // A second time there is nothing to do, and what was there first is still known.
        assert!(apply(&host, Profile::Server, &server(&host)).unwrap().is_empty());
        let reverted = revert(&host).unwrap();
        assert!(reverted.iter().all(|(_, outcome)| *outcome == Outcome::Done), "{reverted:?}");
        assert_eq!(read(&host, "/proc/sys/net/core/somaxconn"), "128");
        assert_eq!(read(&host, "/proc/sys/vm/swappiness"), "60");
        for file in [SYSCTL_FILE, TMPFILES_FILE, SAVED] {
            assert_eq!(host.read(file).unwrap(), None, "{file} stays");
        }
        assert!(revert(&host).unwrap().is_empty());
    }

    #[test]
    fn what_somebody_else_has_set_is_left_alone() {
        let (_folder, host) = image();
        apply(&host, Profile::Server, &server(&host)).unwrap();
        host.set("/proc/sys/vm/swappiness", "10").unwrap();
        host.put(SYSCTL_FILE, "# mine\n").unwrap();
        let reverted = revert(&host).unwrap();
        let of = |id: &str| {
            let (_, outcome) = reverted.iter().find(|(change, _)| change.id == id).unwrap();
            outcome.clone()
        };
        assert_eq!(of("vm.swappiness"), Outcome::LeftAlone { found: "10".to_owned() });
        assert_eq!(of("net.somaxconn"), Outcome::Done);
        assert_eq!(read(&host, SYSCTL_FILE), "# mine");
    }

    #[test]
    fn a_value_that_does_not_stick_is_an_error() {
        let (folder, host) = image();
        let steps = server(&host);
        // A folder in the place of the file refuses the write.
        let path = folder.path().join("proc/sys/net/core/somaxconn");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        let outcomes = apply(&host, Profile::Server, &steps).unwrap();
        let failed = outcomes.iter().filter(|(_, it)| matches!(it, Outcome::Failed(_)));
        assert_eq!(
            failed.map(|(step, _)| step.setting.id.as_str()).collect::<Vec<_>>(),
            ["net.somaxconn"]
        );
    }

    #[test]
    fn a_file_of_saved_values_that_is_damaged_stops_everything() {
        let (_folder, host) = image();
        host.put(SAVED, "{").unwrap();
        assert!(apply(&host, Profile::Server, &server(&host)).is_err());
        assert!(revert(&host).is_err());
        assert_eq!(read(&host, "/proc/sys/vm/swappiness"), "60");
    }

    #[test]
    fn the_script_does_what_the_command_does() {
        let (_folder, host) = image();
        let text = script(&server(&host));
        assert!(text.contains("# vm.swappiness: it is 60\necho 1 > /proc/sys/vm/swappiness\n"));
        assert!(text.contains("cat > /etc/sysctl.d/90-ringlog.conf <<'END'\n"));
        assert!(!text.contains("fs/nr_open"));
    }

    #[test]
    fn a_container_is_told_what_is_its_hosts() {
        let (_folder, host) = image();
        host.put("/.dockerenv", "").unwrap();
        let steps = server(&host);
        let of = |id: &str| steps.iter().find(|step| step.setting.id == id).unwrap();
        assert!(matches!(of("vm.swappiness").state, State::DoesNotApply(_)));
        assert_eq!(of("net.somaxconn").state, State::Differs);
        assert!(Path::new("/").exists());
    }
}
