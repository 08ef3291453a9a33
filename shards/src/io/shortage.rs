//! What a machine runs out of, and gets back: space, descriptors, memory.
//!
//! Lives on: any core; pure.
//! Promise: an operation refused for one of these did nothing, and may be made again.
//! Read next: ../log/shortage.rs, which waits.

use std::io;

/// What there is none of just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// Bytes, inodes or quota of the file system.
    Space,
    Descriptors,
    Memory,
}

impl Shortage {
    /// None for an error that waiting does not help.
    pub fn of(error: &io::Error) -> Option<Shortage> {
        match error.raw_os_error()? {
            libc::ENOSPC | libc::EDQUOT => Some(Shortage::Space),
            libc::EMFILE | libc::ENFILE => Some(Shortage::Descriptors),
            libc::ENOMEM | libc::ENOBUFS | libc::EAGAIN => Some(Shortage::Memory),
            _ => None,
        }
    }
}

/// The error of who finds no descriptor, as the system has it.
pub fn no_descriptors() -> io::Error {
    io::Error::from_raw_os_error(libc::EMFILE)
}

/// Whether the device or its file system takes and gives nothing any more, whatever the file.
pub fn is_lost_device(error: &io::Error) -> bool {
    const LOST: [i32; 6] =
        [libc::EIO, libc::EROFS, libc::ENODEV, libc::ENXIO, libc::ESHUTDOWN, libc::EUCLEAN];
    error.raw_os_error().is_some_and(|code| LOST.contains(&code))
}

/// Whether a folder can hold nothing new any more, by the error of making something in it: neither
/// a shortage, which passes, nor a name that no folder takes.
pub fn is_lost_folder(error: &io::Error) -> bool {
    Shortage::of(error).is_none() && error.kind() != io::ErrorKind::InvalidFilename
}

/// The error of a sync: what it was to make durable may be lost, so that another try could succeed
/// without having done anything. It counts as no shortage.
pub(super) fn not_to_be_repeated(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("sync: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let of = |code| Shortage::of(&io::Error::from_raw_os_error(code));
        assert_eq!(of(libc::ENOSPC), Some(Shortage::Space));
        assert_eq!(of(libc::EDQUOT), Some(Shortage::Space));
        assert_eq!(of(libc::EMFILE), Some(Shortage::Descriptors));
        assert_eq!(of(libc::ENFILE), Some(Shortage::Descriptors));
        assert_eq!(of(libc::ENOMEM), Some(Shortage::Memory));
        assert_eq!(of(libc::EAGAIN), Some(Shortage::Memory));
        assert_eq!(of(libc::EIO), None);
        assert_eq!(of(libc::EROFS), None);
        let is_lost = |code| is_lost_device(&io::Error::from_raw_os_error(code));
        assert!(is_lost(libc::EIO) && is_lost(libc::EROFS));
        assert!(!is_lost(libc::ENOENT) && !is_lost(libc::ENOSPC));
        let is_lost_folder = |code| is_lost_folder(&io::Error::from_raw_os_error(code));
        assert!(is_lost_folder(libc::EACCES) && is_lost_folder(libc::EIO));
        assert!(!is_lost_folder(libc::ENOSPC) && !is_lost_folder(libc::ENAMETOOLONG));
        let of_sync = not_to_be_repeated(io::Error::from_raw_os_error(libc::ENOSPC));
        assert_eq!(Shortage::of(&of_sync), None);
    }
}
