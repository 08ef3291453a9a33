//! Locks of records, which other programs take on files.
//!
//! Lives on: any thread; asks once and takes nothing.   Read next: directory.rs.

use nix::fcntl::{FcntlArg, fcntl};

/// Whether another process holds a lock of this kind on the file. Kafka locks its directories so.
pub fn is_held(file: &std::fs::File) -> bool {
    let mut wanted = libc::flock {
        l_type: libc::F_WRLCK as _,
        l_whence: libc::SEEK_SET as _,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    let asked = fcntl(file, FcntlArg::F_GETLK(&mut wanted));
    asked.is_ok() && i32::from(wanted.l_type) != libc::F_UNLCK
}
