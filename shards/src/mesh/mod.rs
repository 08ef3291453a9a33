//! Messages between cores.
