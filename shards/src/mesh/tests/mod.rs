//! The mesh on real threads and rings (behaviour), its protocol in many orders of events
//! (protocol), calls that wait for a credit (in_line), and sleep and wake with memory reordering
//! (doorway).

mod behaviour;
mod doorway;
mod in_line;
mod protocol;
