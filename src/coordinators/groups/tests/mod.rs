//! A test file for each behaviour; each drives a whole partition through its doors.

mod bench;
mod commit;
mod consumer;
mod delete;
mod describe;
mod expire;
mod failure;
mod fetch;
mod heartbeat;
mod join;
mod leave;
mod load;
mod memory;
mod placement;
mod random;
mod rebalance;
mod static_members;
mod sync;
mod transactions;
