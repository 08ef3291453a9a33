//! Groups of the consumer protocol, driven through the doors of their partition.

mod bench;
mod commit;
mod fencing;
mod load;
mod migration;
mod random;
mod reconcile;
mod regexes;
mod static_members;
mod targets;
