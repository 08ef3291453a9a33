//! The mesh on real threads and rings (behaviour), its protocol in many orders of events
//! (protocol), and its sleep and wake with memory reordering (doorway).

mod behaviour;
mod doorway;
mod protocol;
