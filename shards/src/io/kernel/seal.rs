//! Which operations a ring takes: a closed list, which the kernel enforces.
//!
//! What a ring is asked for, seccomp filters and systemd's RestrictAddressFamilies do not see. So
//! each ring is made disabled, given the list of what this program uses, and enabled
//! (IORING_REGISTER_RESTRICTIONS, Linux 5.10): whoever makes the process submit anything else gets
//! EACCES. Promise: a sealed ring takes no other operation, no other flag and no registration.
//! Read next: ring.rs, which makes these operations and no others.

use std::io;

use io_uring::register::Restriction;
use io_uring::squeue::Flags;
use io_uring::{Submitter, opcode};

use super::probe;

/// All that `ring.rs` submits, but for what some kernels lack.
const OPERATIONS: [u8; 15] = [
    opcode::Read::CODE,
    opcode::Writev::CODE,
    opcode::Fsync::CODE,
    opcode::Fallocate::CODE,
    opcode::OpenAt::CODE,
    opcode::RenameAt::CODE,
    opcode::UnlinkAt::CODE,
    opcode::MkDirAt::CODE,
    opcode::Accept::CODE,
    opcode::Connect::CODE,
    opcode::PollAdd::CODE,
    opcode::Recv::CODE,
    opcode::SendMsg::CODE,
    opcode::MsgRingData::CODE,
    opcode::AsyncCancel::CODE,
];

/// Closes a ring that is disabled to everything else, and enables it. `truncates`: the kernel knows
/// FTRUNCATE, which came with Linux 6.9.
pub(super) fn seal(submitter: &Submitter<'_>, truncates: bool) -> io::Result<()> {
    let more = truncates.then_some(opcode::Ftruncate::CODE);
    let operations = OPERATIONS.into_iter().chain(more).map(Restriction::sqe_op);
    let flags = Restriction::sqe_flags_allowed(Flags::SKIP_SUCCESS.bits());
    let mut restrictions: Vec<Restriction> = operations.chain([flags]).collect();
    submitter.register_restrictions(&mut restrictions).map_err(probe::explain_setup_error)?;
    submitter.register_enable_rings().map_err(probe::explain_setup_error)
}
