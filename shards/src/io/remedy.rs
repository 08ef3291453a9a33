//! What an operator can do about an error of a file or folder.
//!
//! Lives on: any core; pure.

use std::io::{Error, ErrorKind};

/// The end of a message, with what separates it; empty where the error alone says it.
pub fn remedy(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; free space there, or name another directory in log.dirs"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "; mount it to be written, or name another directory in log.dirs"
        }
        ErrorKind::PermissionDenied => {
            "; let the user who runs the broker read and write it, or name another directory in \
             log.dirs"
        }
        ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            "; move away what stands there, or name another directory in log.dirs"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_to_be_made_writable() {
        let of = |code| remedy(&Error::from_raw_os_error(code));
        assert!(of(libc::ENOSPC).contains("free space"));
        assert!(of(libc::EDQUOT).contains("free space"));
        assert!(of(libc::EROFS).contains("mount"));
        assert!(of(libc::EACCES).contains("user"));
        assert!(of(libc::ENOTDIR).contains("move away"));
        assert_eq!(of(libc::EIO), "");
    }
}
