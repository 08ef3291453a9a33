//! The workload: one file per operation, each a task that goes on until the faults end.
//!
//! A later capability joins by adding its file here and its line in workload.rs.

pub(super) mod commit_offsets;
pub(super) mod configure;
pub(super) mod consume;
pub(super) mod damage;
pub(super) mod delete_records;
pub(super) mod full_disk;
pub(super) mod members;
pub(super) mod move_replicas;
pub(super) mod outages;
pub(super) mod produce;
pub(super) mod produce_idempotent;
pub(super) mod restart;
pub(super) mod topics;
pub(super) mod transactions;
pub(super) mod troubles;
pub(super) mod verify;
