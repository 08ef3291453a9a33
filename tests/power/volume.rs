//! A file system on a disk that loses power, mounted through a loop device.
//!
//! Promise: unmounted, and its loop device free, when it is dropped. Needs root.
//! Read next: disk.rs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::load::random::Random;

use crate::disk::{Cut, Disk};

/// How the kernel formats and mounts it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FileSystem {
    Ext4,
    Xfs,
}

pub(crate) struct Volume {
    disk: Disk,
    device: Option<String>,
    mount: PathBuf,
}

impl Volume {
    /// A new file system in `folder`, mounted.
    pub(crate) fn new(folder: &Path, kind: FileSystem, bytes: u64) -> io::Result<Volume> {
        let disk = Disk::new(folder, bytes)?;
        let mount = folder.join("volume");
        std::fs::create_dir(&mount)?;
        let mut volume = Volume { disk, device: None, mount };
        let device = volume.attach()?;
        match kind {
            FileSystem::Ext4 => run("mkfs.ext4", &["-q", "-E", "nodiscard", &device])?,
            FileSystem::Xfs => run("mkfs.xfs", &["-q", "-K", &device])?,
        };
        volume.mount()?;
        Ok(volume)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.mount
    }

    pub(crate) fn cut_power(&self, random: &mut Random) -> Cut {
        self.disk.cut_power(random)
    }

    /// Power again: the file system is mounted anew, and recovers what its own journal holds. All
    /// who had it open are gone.
    pub(crate) fn restore_power(&mut self) -> io::Result<()> {
        self.unmount()?;
        self.disk.restore_power();
        self.attach()?;
        self.mount()
    }

    fn attach(&mut self) -> io::Result<String> {
        let file = self.disk.file().display().to_string();
        let device = run("losetup", &["--find", "--show", &file])?;
        self.device = Some(device.clone());
        Ok(device)
    }

    fn mount(&self) -> io::Result<()> {
        let device = self.device.as_deref().unwrap_or_default();
        run("mount", &[device, &self.mount.display().to_string()]).map(drop)
    }

    fn unmount(&mut self) -> io::Result<()> {
        // The last files of a killed process are closed a moment after its end.
        until_done(|| run("umount", &[&self.mount.display().to_string()]).map(drop))?;
        let Some(device) = self.device.take() else { return Ok(()) };
        run("losetup", &["--detach", &device])?;
        // Whoever looks at the device just now puts its end off.
        let file = self.disk.file().display().to_string();
        until_done(|| match run("losetup", &["--associated", &file])?.as_str() {
            "" => Ok(()),
            attached => Err(io::Error::other(format!("still attached: {attached}"))),
        })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // A loop device without power would hold its file for ever.
        self.disk.restore_power();
        if self.device.is_some() {
            let _reported_by_the_system = self.unmount();
        }
    }
}

/// Tries again for a while.
fn until_done(mut attempt: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match attempt() {
            Err(_) if began.elapsed() < UNMOUNT_PATIENCE => sleep(Duration::from_millis(20)),
            done => return done,
        }
    }
}

const UNMOUNT_PATIENCE: Duration = Duration::from_secs(30);

/// Runs a program; gives what it printed.
fn run(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| {
        io::Error::other(format!("{program}: {error}; its packages: util-linux mount xfsprogs"))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{program} {arguments:?}: {said}")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
