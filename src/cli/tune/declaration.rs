//! The settings of the host that matter, as `tuning/settings/` declares them.
//!
//! Promise: each file of that folder is one setting here, and the binary holds them all. A file
//! that is not sound fails a test, never a command.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a machine is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Profile {
    /// Only what the broker cannot start without
    Laptop,
    /// A machine that the broker may share with others
    Server,
    /// Short pauses at the cost of power
    Latency,
    /// A machine that runs nothing else
    Dedicated,
}

/// What kind of machine a setting makes sense on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Machine {
    Container,
    Vm,
    Metal,
}

/// Where a setting lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Kind {
    /// A file under `/proc/sys`; the key has dots.
    Sysctl,
    /// A file of each block device below the data directories.
    Block,
    /// A file under `/sys`, or several where a part of the path has a star.
    Sysfs,
    /// A word of the kernel's command line.
    Boot,
    /// A limit of the broker's process.
    Limit,
    /// An option with which the file system of the data is mounted.
    Mount,
    /// The type of the data's file system; the wanted value lists those that are good.
    Filesystem,
}

/// When a value is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli) enum Compare {
    Equal,
    AtLeast,
    AtMost,
}

/// One setting; see `tuning/README.md`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Setting {
    pub(in crate::cli) id: String,
    pub(in crate::cli) kind: Kind,
    pub(in crate::cli) key: String,
    pub(in crate::cli) compare: Compare,
    pub(in crate::cli) applies: Vec<Machine>,
    pub(in crate::cli) reboot: bool,
    pub(in crate::cli) why: String,
    pub(in crate::cli) measured: String,
    pub(in crate::cli) verify: String,
    pub(in crate::cli) undo: String,
    pub(in crate::cli) conflicts: Vec<String>,
    pub(in crate::cli) want: BTreeMap<Profile, String>,
}

/// A setting of other guides that changes nothing here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct NotNeeded {
    pub(in crate::cli) name: String,
    pub(in crate::cli) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotNeededFile {
    setting: Vec<NotNeeded>,
}

macro_rules! declared {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../../tuning/settings/", $id, ".toml")))),*]
    };
}

const DECLARED: &[(&str, &str)] = declared![
    "block.read_ahead",
    "block.scheduler",
    "cpu.governor",
    "cpu.isolation",
    "fs.nr_open",
    "kernel.io_uring",
    "limits.memlock",
    "limits.nofile",
    "memory.transparent_hugepages",
    "net.rmem_max",
    "net.slow_start_after_idle",
    "net.somaxconn",
    "net.syn_backlog",
    "net.wmem_max",
    "nvme.power",
    "storage.filesystem",
    "storage.mount_noatime",
    "vm.numa_balancing",
    "vm.swappiness",
];

const NOT_NEEDED: &str = include_str!("../../../tuning/not-needed.toml");

/// All settings, by id.
pub(in crate::cli) fn settings() -> Vec<Setting> {
    let parsed = DECLARED.iter().map(|(id, text)| parse(id, text));
    parsed.collect::<Result<_, _>>().expect("a test has parsed each declaration")
}

/// Settings that other guides have and that change nothing here.
pub(in crate::cli) fn not_needed() -> Vec<NotNeeded> {
    let file: NotNeededFile = toml::from_str(NOT_NEEDED).expect("a test has parsed it");
    file.setting
}

fn parse(id: &str, text: &str) -> Result<Setting, String> {
    let setting: Setting = toml::from_str(text).map_err(|cause| format!("{id}: {cause}"))?;
    match setting.id == id {
        true => Ok(setting),
        false => Err(format!("{id}: the file says that it is {}", setting.id)),
    }
}

impl Compare {
    /// Whether what was found is as good as what is wanted.
    pub(in crate::cli) fn fits(self, found: &str, wanted: &str) -> bool {
        let number = |text: &str| text.trim().parse::<i128>().ok();
        match (self, number(found), number(wanted)) {
            (Compare::AtLeast, Some(found), Some(wanted)) => found >= wanted,
            (Compare::AtMost, Some(found), Some(wanted)) => found <= wanted,
            _ => found.trim() == wanted.trim(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_is_declared_and_sound() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tuning/settings");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(".toml").expect("only declarations").to_owned())
            .collect();
        let declared: BTreeSet<String> = DECLARED.iter().map(|(id, _)| (*id).to_owned()).collect();
        assert_eq!(files, declared);
        for setting in settings() {
            let Setting { id, why, measured, verify, undo, want, applies, .. } = &setting;
            for text in [why, measured, verify, undo] {
                assert!(!text.trim().is_empty(), "{id} leaves something unsaid");
            }
            assert!(!want.is_empty() && !applies.is_empty(), "{id} is wanted nowhere");
            if setting.kind == Kind::Boot {
                assert!(setting.reboot, "{id}: the command line is read at boot");
            }
            let ids: Vec<String> = DECLARED.iter().map(|(id, _)| (*id).to_owned()).collect();
            let own = |conflict: &String| !conflict.contains('.') || ids.contains(conflict);
            assert!(setting.conflicts.iter().all(own), "{id} names a setting that is not there");
        }
        assert!(!not_needed().is_empty());
    }

    #[test]
    fn a_declaration_with_a_slip_is_refused() {
        let text = include_str!("../../../tuning/settings/net.somaxconn.toml");
        assert!(parse("net.somaxconn", text).is_ok());
        assert!(parse("net.other", text).is_err());
        assert!(parse("net.somaxconn", &text.replace("undo", "undoing")).is_err());
        assert!(parse("net.somaxconn", &text.replace("at-least", "about")).is_err());
    }

    #[test]
    fn values_are_compared_as_numbers_where_they_are() {
        assert!(Compare::AtLeast.fits("8192\n", "4096") && !Compare::AtLeast.fits("128", "4096"));
        assert!(Compare::AtMost.fits("0", "1") && !Compare::AtMost.fits("60", "1"));
        assert!(Compare::Equal.fits("none\n", "none") && !Compare::Equal.fits("bfq", "none"));
        assert!(!Compare::AtLeast.fits("", "4096"));
    }
}
