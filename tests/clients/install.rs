//! Brings the clients, by package name and pinned, into a cache outside the tree.
//!
//! Promise: does nothing when what it would bring is there; a changed pin brings it anew.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub(crate) fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(|| {
        let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
            PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache")
        });
        let cache = base.join("ringlog-tests");
        fs::create_dir_all(&cache).expect("the cache can be made");
        cache
    })
}

/// A file of this folder.
pub(crate) fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A Python with the packages of python/requirements.txt.
pub(crate) fn python() -> PathBuf {
    let pins = program("python/requirements.txt");
    let home = once("python", &[&pins], |home| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(home));
        let pip = home.join("bin/pip");
        run(Command::new(pip).args(["install", "--quiet", "--requirement"]).arg(&pins));
    });
    home.join("bin/python")
}

/// A folder with the packages of node/package.json.
pub(crate) fn node_modules() -> PathBuf {
    let pins = program("node/package.json");
    let home = once("node", &[&pins], |home| {
        fs::copy(&pins, home.join("package.json")).expect("the cache can be written");
        let flags = ["install", "--no-audit", "--no-fund", "--silent"];
        run(Command::new("npm").args(flags).current_dir(home));
    });
    home.join("node_modules")
}

/// The program of go/main.go.
pub(crate) fn franz_go() -> PathBuf {
    let sources = ["go/go.mod", "go/go.sum", "go/main.go"].map(program);
    let home = once("go", &sources.each_ref().map(PathBuf::as_path), |home| {
        run(Command::new("go").arg("build").arg("-C").arg(program("go")).arg("-o").arg(home));
    });
    home.join("clients")
}

/// A program of Debian's.
pub(crate) fn debian(package: &str) -> PathBuf {
    let path = PathBuf::from("/usr/bin").join(package);
    if !path.exists() {
        let flags = ["install", "--yes", "--quiet", "--no-install-recommends", package];
        run(Command::new("apt-get").args(["update", "--quiet"]));
        run(Command::new("apt-get").args(flags).env("DEBIAN_FRONTEND", "noninteractive"));
    }
    path
}

/// A folder of the cache that `make` fills once for each content of `pins`.
fn once(name: &str, pins: &[&Path], make: impl FnOnce(&Path)) -> PathBuf {
    let lock = File::create(cache().join(format!("{name}.lock"))).expect("a lock file");
    lock.lock().expect("the lock is free in the end");
    let pins = pins.iter().flat_map(|pin| fs::read(pin).expect("a file of this folder"));
    let home = cache().join(format!("{name}-{:08x}", crc32c::crc32c(&pins.collect::<Vec<_>>())));
    let ready = home.join("ready");
    if !ready.exists() {
        fs::create_dir_all(&home).expect("the cache can be made");
        make(&home);
        File::create(ready).expect("the cache can be written");
    }
    home
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
