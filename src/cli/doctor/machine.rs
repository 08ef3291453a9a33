//! What the doctor looks at on the host: kernel, rings, limits, storage, and what `tuning/` wants.

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use shards::io::probe;

use super::finding::{Finding, Severity};
use crate::cli::output::sized;
use crate::cli::tune::host::{Host, in_force};
use crate::cli::tune::plan::{State, Step};

/// A journal and some segments need this much to be of use.
const FREE_BYTES_NEEDED: u64 = 1 << 30;
const FREE_PERCENT_ADVISED: u64 = 10;
/// Less than this for each core leaves hardly anything for data in memory.
const MEMORY_BYTES_PER_CORE_ADVISED: u64 = 512 << 20;

pub(super) fn kernel(host: &Host) -> Vec<Finding> {
    let release = host.read("/proc/sys/kernel/osrelease").ok().flatten().unwrap_or_default();
    let id = "host.kernel";
    let version = match version(&release) {
        None => Finding::new(id, Severity::Skipped, format!("the kernel calls itself {release}")),
        Some(found) if found < (6, 1) => {
            let text = format!("Linux {release} is older than 6.1");
            Finding::new(id, Severity::Broken, text)
                .costs("the broker does not start")
                .remedy("boot a kernel of Linux 6.1 or later")
        }
        Some(_) => Finding::ok(id, format!("Linux {release}")),
    };
    let rings = match probe::check() {
        Ok(()) => Finding::ok("host.io_uring", "this user can make rings"),
        Err(cause) => Finding::new("host.io_uring", Severity::Broken, cause.to_string())
            .costs("the broker does not start")
            .remedy("change what the message names; `ringlog tune explain kernel.io_uring`"),
    };
    vec![version, rings]
}

fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// What a cgroup allows against what the machine seems to have.
pub(super) fn control_group(host: &Host) -> Vec<Finding> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let read = |path: &str| host.read(path).ok().flatten();
    let quota = read("/sys/fs/cgroup/cpu.max").or_else(|| {
        let quota = read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")?;
        Some(format!("{quota} {}", read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")?))
    });
    let id = "limits.cpu";
    let cpu = match quota.as_deref().and_then(cores_allowed) {
        Some(allowed) if allowed < cores as f64 => {
            let text = format!("the control group allows {allowed:.1} of {cores} cores");
            Finding::new(id, Severity::Advice, text)
                .costs("a core that is throttled stands still for tens of milliseconds at a time")
                .remedy(format!("ringlog.shards={}, or raise cpu.max", (allowed as u64).max(1)))
        }
        _ => Finding::ok(id, format!("{cores} cores, no quota below them")),
    };
    let total = read("/proc/meminfo").and_then(|text| memory_total(&text)).unwrap_or(0);
    let limit = read("/sys/fs/cgroup/memory.max")
        .or_else(|| read("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
        .and_then(|text| text.parse::<u64>().ok());
    let usable = limit.unwrap_or(total).min(total);
    let text = format!("{} for {cores} cores", sized(usable));
    let memory = match usable < cores * MEMORY_BYTES_PER_CORE_ADVISED {
        true => Finding::new("limits.memory", Severity::Advice, text)
            .costs("recent data is read from the device again, as memory cannot keep it")
            .remedy("more memory, or fewer cores by ringlog.shards"),
        false => Finding::ok("limits.memory", text),
    };
    vec![cpu, memory]
}

/// Of `quota period`, or of `max period`, which allows all.
fn cores_allowed(text: &str) -> Option<f64> {
    let (quota, period) = text.split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

fn memory_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

pub(super) fn storage(host: &Host, directories: &[PathBuf]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for directory in directories {
        findings.push(room(directory));
        for device in host.devices_of(directory) {
            findings.push(durability(host, &device));
        }
    }
    findings
}

fn room(directory: &Path) -> Finding {
    let id = "storage.room";
    // A directory that is not made yet has the room of the one above it.
    let mut place = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    while !place.exists() && place.pop() {}
    let shown = directory.display();
    match statvfs(&place) {
        Err(cause) => Finding::new(id, Severity::Broken, format!("{shown}: {cause}")),
        Ok(found) => {
            let unit = found.fragment_size();
            let (free, all) = (found.blocks_available() * unit, found.blocks() * unit);
            let text = format!("{shown} has {} free of {}", sized(free), sized(all));
            let remedy = "free space, or name another directory in log.dirs";
            if free < FREE_BYTES_NEEDED {
                Finding::new(id, Severity::Broken, text)
                    .costs("the journal finds no room: writes are refused")
                    .remedy(remedy)
            } else if free < all / 100 * FREE_PERCENT_ADVISED {
                Finding::new(id, Severity::Advice, text)
                    .costs("writes are refused once it is full")
                    .remedy(remedy)
            } else {
                Finding::ok(id, text)
            }
        }
    }
}

/// What a synced write costs on the device.
fn durability(host: &Host, device: &str) -> Finding {
    let id = "storage.durability";
    let of = |name: &str| {
        let text = host.read(format!("/sys/block/{device}/queue/{name}")).ok().flatten();
        text.map(|text| in_force(&text).to_owned())
    };
    match (of("write_cache").as_deref(), of("fua").as_deref()) {
        (Some("write through"), _) => {
            Finding::ok(id, format!("/dev/{device} keeps nothing in a volatile cache"))
        }
        (Some(_), Some("1")) => {
            Finding::ok(id, format!("/dev/{device} writes past its cache where it is asked to"))
        }
        (Some(cache), Some(_)) => {
            let text = format!("/dev/{device} flushes its cache at each synced write ({cache})");
            Finding::new(id, Severity::Advice, text)
                .costs(
                    "each acknowledgement waits for a write and a flush; `ringlog bench device` \
                        measures it",
                )
                .remedy(
                    "a device with power-loss protection or FUA. Never write `write through` \
                         by hand: the kernel would stop flushing, and a power cut would lose data",
                )
        }
        _ => Finding::new(id, Severity::Skipped, format!("/dev/{device} does not tell")),
    }
}

/// A step of `tuning/` as a finding.
pub(super) fn tuned(step: &Step) -> Finding {
    let id = &step.setting.id;
    let found = step.found.as_deref().unwrap_or("not set");
    let wanted = step.wanted_text();
    let advice = |remedy: String| {
        // Without rings there is no broker; all else costs speed.
        let severity = match id.as_str() {
            "kernel.io_uring" | "limits.memlock" => Severity::Broken,
            _ => Severity::Advice,
        };
        // The first sentence that says what happens otherwise is in the page of the setting.
        Finding::new(id, severity, format!("{} is {found}, wanted: {wanted}", step.target))
            .costs(format!("`ringlog tune explain {id}` says what it is for"))
            .remedy(remedy)
            .undo(step.setting.undo.clone())
    };
    match &step.state {
        State::Fits => Finding::ok(id, format!("{} is {found}", step.target)),
        State::Differs => advice("`ringlog tune --profile PROFILE`, as root".to_owned()),
        State::ByHand(how) => advice(how.clone()),
        State::DoesNotApply(why) => Finding::new(id, Severity::Skipped, *why),
        State::Unreadable(cause) => {
            Finding::new(id, Severity::Skipped, format!("{} cannot be read: {cause}", step.target))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> (tempfile::TempDir, Host) {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::below(folder.path());
        (folder, host)
    }

    #[test]
    fn an_old_kernel_is_named() {
        let (_folder, host) = image();
        host.put("/proc/sys/kernel/osrelease", "5.15.0-91-generic").unwrap();
        assert_eq!(kernel(&host)[0].severity, Severity::Broken);
        host.put("/proc/sys/kernel/osrelease", "6.1.0").unwrap();
        assert_eq!(kernel(&host)[0].severity, Severity::Ok);
    }

    #[test]
    fn quotas_of_both_kinds_of_control_groups() {
        assert_eq!(cores_allowed("150000 100000"), Some(1.5));
        assert_eq!([cores_allowed("max 100000"), cores_allowed("-1 100000")], [None, None]);
        let (_folder, host) = image();
        host.put("/sys/fs/cgroup/cpu.max", "10000 100000").unwrap();
        host.put("/proc/meminfo", "MemTotal:  1024 kB\nMemFree: 1 kB\n").unwrap();
        let found = control_group(&host);
        assert!(found.iter().all(|it| it.severity == Severity::Advice), "{found:?}");
        assert!(found[0].remedy.contains("ringlog.shards=1"));
    }

    #[test]
    fn a_device_that_flushes_is_named() {
        let (_folder, host) = image();
        host.put("/sys/block/sda/queue/write_cache", "write back").unwrap();
        host.put("/sys/block/sda/queue/fua", "0").unwrap();
        assert_eq!(durability(&host, "sda").severity, Severity::Advice);
        host.put("/sys/block/sda/queue/fua", "1").unwrap();
        assert_eq!(durability(&host, "sda").severity, Severity::Ok);
        assert_eq!(durability(&host, "sdb").severity, Severity::Skipped);
    }
}
