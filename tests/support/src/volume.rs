//! A real file system in a file, mounted through a loop device. Needs root.
//!
//! Promise: unmounted, and its loop device free, when it is dropped.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How the kernel formats and mounts it.
#[derive(Clone, Copy, Debug)]
pub enum FileSystem {
    Ext4,
    Ext4WithInodes(u32),
    Xfs,
}

pub struct Volume {
    file: PathBuf,
    mount: PathBuf,
    device: Option<String>,
    is_mounted: bool,
}

impl Volume {
    /// A new file system in `file`, which has its size already, mounted at the new folder `mount`.
    pub fn new(kind: FileSystem, file: PathBuf, mount: PathBuf) -> io::Result<Volume> {
        std::fs::create_dir(&mount)?;
        let mut volume = Volume { file, mount, device: None, is_mounted: false };
        let device = volume.attach()?;
        match kind {
            FileSystem::Ext4 => run("mkfs.ext4", &["-q", "-E", "nodiscard", &device])?,
            FileSystem::Ext4WithInodes(count) => {
                run("mkfs.ext4", &["-q", "-E", "nodiscard", "-N", &count.to_string(), &device])?
            }
            FileSystem::Xfs => run("mkfs.xfs", &["-q", "-K", &device])?,
        };
        volume.mount()?;
        Ok(volume)
    }

    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Mounts it anew: the file system recovers what its own journal holds. All who had it open are
    /// gone.
    pub fn mount_again(&mut self) -> io::Result<()> {
        self.attach()?;
        self.mount()
    }

    /// From now on nothing can be read or written, as if the disk were pulled; till it is unmounted
    /// and mounted again. What was not synced is lost. Of XFS alone.
    pub fn shut_down(&self) -> io::Result<()> {
        let path = self.mount.display().to_string();
        run("xfs_io", &["-x", "-c", "shutdown", &path]).map(drop)
    }

    /// Bytes that whoever is not root may still write.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let found = nix::sys::statvfs::statvfs(&self.mount).map_err(io::Error::from)?;
        Ok(found.blocks_available() * found.fragment_size())
    }

    fn attach(&mut self) -> io::Result<String> {
        let file = self.file.display().to_string();
        let device = run("losetup", &["--find", "--show", &file])?;
        self.device = Some(device.clone());
        Ok(device)
    }

    fn mount(&mut self) -> io::Result<()> {
        let device = self.device.as_deref().unwrap_or_default();
        run("mount", &[device, &self.mount.display().to_string()])?;
        self.is_mounted = true;
        Ok(())
    }

    pub fn unmount(&mut self) -> io::Result<()> {
        // The last files of a killed process are closed a moment after its end.
        if self.is_mounted {
            until_done(|| run("umount", &[&self.mount.display().to_string()]).map(drop))?;
            self.is_mounted = false;
        }
        let Some(device) = self.device.take() else { return Ok(()) };
        run("losetup", &["--detach", &device])?;
        // Whoever looks at the device just now puts its end off.
        let file = self.file.display().to_string();
        until_done(|| match run("losetup", &["--associated", &file])?.as_str() {
            "" => Ok(()),
            attached => Err(io::Error::other(format!("still attached: {attached}"))),
        })
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
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
