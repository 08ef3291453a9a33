//! A test file for each behaviour; each drives a whole partition through its doors.

mod bench;
mod end;
mod init;
mod load;
mod random;
mod time;
