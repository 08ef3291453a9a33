//! The mesh on real threads and rings (behaviour), and its protocol in all orders (model).

mod behaviour;
