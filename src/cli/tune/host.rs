//! The machine that is looked at or changed: its files below one root.
//!
//! Promise: nothing outside of the root is touched; a root other than `/` is an image of a machine.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::declaration::Machine;

/// Largest file that is read: settings are short.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(in crate::cli) struct Host {
    root: PathBuf,
}

impl Host {
    pub(in crate::cli) fn below(root: &Path) -> Host {
        Host { root: root.to_owned() }
    }

    /// An absolute path of the machine, below the root.
    pub(in crate::cli) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let parts = path.as_ref().components();
        let named = parts.filter(|part| matches!(part, Component::Normal(_)));
        named.fold(self.root.clone(), |path, part| path.join(part))
    }

    /// The text of a file without the space around it; none where there is no such file.
    pub(in crate::cli) fn read(&self, path: impl AsRef<Path>) -> io::Result<Option<String>> {
        let path = self.path(path);
        let size = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if size > FILE_BYTES_MAX {
            return Err(io::Error::other("larger than any file of settings"));
        }
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a file that the kernel or an image has already.
    pub(in crate::cli) fn set(&self, path: impl AsRef<Path>, value: &str) -> io::Result<()> {
        fs::write(self.path(path), format!("{value}\n"))
    }

    /// Writes a file of ours, with the folders above it; whole or not at all.
    pub(in crate::cli) fn put(&self, path: impl AsRef<Path>, content: &str) -> io::Result<()> {
        let path = self.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = path.with_extension("unfinished");
        fs::write(&unfinished, content)?;
        fs::rename(&unfinished, &path)
    }

    /// Removes a file of ours; it may be gone.
    pub(in crate::cli) fn remove(&self, path: impl AsRef<Path>) -> io::Result<()> {
        match fs::remove_file(self.path(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// The files that a path with a star in one of its parts stands for.
    pub(in crate::cli) fn expand(&self, pattern: &str) -> Vec<String> {
        let mut paths = vec![String::new()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut longer = Vec::new();
            for path in &paths {
                match part.split_once('*') {
                    None => longer.push(format!("{path}/{part}")),
                    Some((before, after)) => {
                        let names = self.names(path);
                        let fitting = names.iter().filter(|name| is_numbered(name, before, after));
                        longer.extend(fitting.map(|name| format!("{path}/{name}")));
                    }
                }
            }
            paths = longer;
        }
        paths.retain(|path| self.path(path).exists());
        paths
    }

    /// What a folder holds, in order.
    pub(in crate::cli) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    pub(in crate::cli) fn machine(&self) -> Machine {
        let is_there = |path: &str| self.path(path).exists();
        let container = self.read("/run/systemd/container").ok().flatten();
        if is_there("/.dockerenv") || is_there("/run/.containerenv") || container.is_some() {
            return Machine::Container;
        }
        let processors = self.read("/proc/cpuinfo").ok().flatten().unwrap_or_default();
        let is_virtual = processors
            .lines()
            .any(|line| line.starts_with("flags") && line.split(' ').any(|it| it == "hypervisor"));
        if is_virtual { Machine::Vm } else { Machine::Metal }
    }

    /// The block devices that hold a directory, or the nearest one above it that exists: those at
    /// the bottom, where it lies on a RAID or a logical volume.
    pub(in crate::cli) fn devices_of(&self, directory: &Path) -> BTreeSet<String> {
        let Some(device) = nearest(directory).and_then(|path| fs::metadata(path).ok()) else {
            return BTreeSet::new();
        };
        let number = device.dev();
        let (major, minor) = (nix::sys::stat::major(number), nix::sys::stat::minor(number));
        let mut found = BTreeSet::new();
        if let Ok(place) = fs::canonicalize(self.path(format!("/sys/dev/block/{major}:{minor}"))) {
            self.bottom(&place, &mut found);
        }
        found
    }

    fn bottom(&self, place: &Path, found: &mut BTreeSet<String>) {
        // A partition lies in the folder of its disk, which has the queue.
        let disk = match place.join("partition").exists() {
            true => place.parent().unwrap_or(place),
            false => place,
        };
        let below: Vec<PathBuf> = fs::read_dir(disk.join("slaves"))
            .map(|entries| entries.filter_map(|entry| fs::canonicalize(entry.ok()?.path()).ok()))
            .map(Iterator::collect)
            .unwrap_or_default();
        if below.is_empty() {
            found.extend(disk.file_name().and_then(|name| Some(name.to_str()?.to_owned())));
        }
        below.iter().for_each(|place| self.bottom(place, found));
    }

    /// Type and options of the file system of a directory, or of the nearest one above it.
    pub(in crate::cli) fn mount_of(&self, directory: &Path) -> Option<Mount> {
        let directory = fs::canonicalize(nearest(directory)?).ok()?;
        let mounts = self.read("/proc/self/mounts").ok().flatten()?;
        let parsed = mounts.lines().filter_map(Mount::parse);
        let around = parsed.filter(|mount| directory.starts_with(&mount.at));
        around.max_by_key(|mount| mount.at.as_os_str().len())
    }
}

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Mount {
    pub(in crate::cli) at: PathBuf,
    pub(in crate::cli) kind: String,
    pub(in crate::cli) options: Vec<String>,
}

impl Mount {
    fn parse(line: &str) -> Option<Mount> {
        let mut fields = line.split(' ').skip(1);
        let (at, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        // The kernel writes a space in a path as \040.
        let at = PathBuf::from(at.replace("\\040", " "));
        let options = options.split(',').map(str::to_owned).collect();
        Some(Mount { at, kind: kind.to_owned(), options })
    }
}

/// The value that is in force: the one in brackets where a file lists all that there are.
pub(in crate::cli) fn in_force(text: &str) -> &str {
    let inside = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inside.map_or(text.trim(), |(value, _)| value)
}

fn nearest(directory: &Path) -> Option<&Path> {
    let above = || Some(directory).filter(|path| !path.as_os_str().is_empty());
    let mut path = above().unwrap_or(Path::new("."));
    while !path.exists() {
        path = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    Some(path)
}

fn is_numbered(name: &str, before: &str, after: &str) -> bool {
    let middle = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    middle.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_the_root() {
        let host = Host::below(Path::new("/image"));
        assert_eq!(host.path("/etc/../../x"), Path::new("/image/etc/x"));
    }

    #[test]
    fn stars_stand_for_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::below(folder.path());
        for cpu in ["cpu0", "cpu1", "cpufreq"] {
            host.put(format!("/sys/cpu/{cpu}/governor"), "x").unwrap();
        }
        let found = host.expand("/sys/cpu/cpu*/governor");
        assert_eq!(found, ["/sys/cpu/cpu0/governor", "/sys/cpu/cpu1/governor"]);
        assert!(host.expand("/sys/cpu/cpu*/other").is_empty());
    }

    #[test]
    fn the_value_in_brackets_is_in_force() {
        assert_eq!(in_force("none [mq-deadline] kyber"), "mq-deadline");
        assert_eq!(in_force(" 4096\n"), "4096");
    }

    #[test]
    fn mounts_are_read_as_the_kernel_writes_them() {
        let mount = Mount::parse("/dev/sda1 /a\\040b ext4 rw,noatime 0 0").unwrap();
        assert_eq!(mount.at, Path::new("/a b"));
        assert!(mount.options.contains(&"noatime".to_owned()));
        assert_eq!(Mount::parse("nonsense"), None);
    }

    #[test]
    fn this_directory_has_a_file_system() {
        let host = Host::below(Path::new("/"));
        assert!(host.mount_of(Path::new(env!("CARGO_MANIFEST_DIR"))).is_some());
        assert!(host.mount_of(Path::new("not/there/yet")).is_some());
    }
}
