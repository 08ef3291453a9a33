//! Whether this kernel, and this container, lets us use io_uring; and if not, what to change.
//!
//! Promise: each error names the setting.

use std::io;

use io_uring::{IoUring, Probe, Submitter, opcode};

/// The operations without which nothing works, by name.
const REQUIRED: [(u8, &str); 14] = [
    (opcode::Read::CODE, "READ"),
    (opcode::Writev::CODE, "WRITEV"),
    (opcode::Fsync::CODE, "FSYNC"),
    (opcode::Fallocate::CODE, "FALLOCATE"),
    (opcode::OpenAt::CODE, "OPENAT"),
    (opcode::RenameAt::CODE, "RENAMEAT"),
    (opcode::UnlinkAt::CODE, "UNLINKAT"),
    (opcode::MkDirAt::CODE, "MKDIRAT"),
    (opcode::Accept::CODE, "ACCEPT"),
    (opcode::Connect::CODE, "CONNECT"),
    (opcode::PollAdd::CODE, "POLL_ADD"),
    (opcode::Recv::CODE, "RECV"),
    (opcode::SendMsg::CODE, "SENDMSG"),
    (opcode::MsgRingData::CODE, "MSG_RING"),
];

/// Why io_uring cannot be used here.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error(
        "io_uring is forbidden here ({0}). On the host, `sysctl kernel.io_uring_disabled` must be \
         0 (or 1 with this process in the group of kernel.io_uring_group). In a container, the \
         seccomp profile must allow io_uring_setup, io_uring_enter and io_uring_register: Docker \
         and Podman take `--security-opt seccomp=PROFILE.json` (or `seccomp=unconfined`), \
         Kubernetes a `securityContext.seccompProfile`"
    )]
    Forbidden(io::Error),
    #[error(
        "this kernel has no io_uring, or its sandbox hides it ({0}): Linux 6.1 or later, built \
         with CONFIG_IO_URING, is needed"
    )]
    Missing(io::Error),
    #[error(
        "this kernel's io_uring is too old ({0}): Linux 6.1 or later is needed \
         (IORING_SETUP_DEFER_TASKRUN)"
    )]
    TooOld(io::Error),
    #[error("this kernel's io_uring lacks {0}: Linux 6.1 or later is needed")]
    Lacking(String),
    #[error(
        "not enough memory for an io_uring ({0}): raise the limit of locked memory (`ulimit -l`, \
         LimitMEMLOCK= in systemd, `--ulimit memlock=-1` in a container) or the memory limit"
    )]
    Memory(io::Error),
    #[error("too many open files for an io_uring ({0}): raise `ulimit -n`")]
    Descriptors(io::Error),
    #[error("io_uring could not be set up: {0}")]
    Other(io::Error),
}

/// Checks that rings can be made here, with all that they need.
pub fn check() -> Result<(), Unusable> {
    let uring: IoUring = IoUring::builder()
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_taskrun_flag()
        .setup_submit_all()
        .build(8)
        .map_err(classify)?;
    supported(&uring.submitter()).map(|_| ())
}

pub(super) fn explain_setup_error(error: io::Error) -> io::Error {
    let kind = error.kind();
    io::Error::new(kind, classify(error))
}

pub(super) fn check_opcodes(submitter: &Submitter<'_>) -> io::Result<Probe> {
    supported(submitter).map_err(|error| io::Error::new(io::ErrorKind::Unsupported, error))
}

fn supported(submitter: &Submitter<'_>) -> Result<Probe, Unusable> {
    let mut probe = Probe::new();
    submitter.register_probe(&mut probe).map_err(classify)?;
    let lacking = REQUIRED.iter().filter(|(code, _)| !probe.is_supported(*code));
    let names: Vec<&str> = lacking.map(|(_, name)| *name).collect();
    if names.is_empty() { Ok(probe) } else { Err(Unusable::Lacking(names.join(", "))) }
}

fn classify(error: io::Error) -> Unusable {
    match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => Unusable::Forbidden(error),
        Some(libc::ENOSYS) => Unusable::Missing(error),
        Some(libc::EINVAL) => Unusable::TooOld(error),
        Some(libc::ENOMEM) => Unusable::Memory(error),
        Some(libc::EMFILE | libc::ENFILE) => Unusable::Descriptors(error),
        _ => Unusable::Other(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can() {
        check().unwrap();
    }

    #[test]
    fn each_refusal_names_its_remedy() {
        let cases = [
            (libc::EPERM, "kernel.io_uring_disabled"),
            (libc::EPERM, "--security-opt seccomp="),
            (libc::ENOSYS, "CONFIG_IO_URING"),
            (libc::EINVAL, "Linux 6.1"),
            (libc::ENOMEM, "ulimit -l"),
            (libc::EMFILE, "ulimit -n"),
        ];
        for (code, remedy) in cases {
            let text = explain_setup_error(io::Error::from_raw_os_error(code)).to_string();
            assert!(text.contains(remedy), "{text}");
        }
    }
}
