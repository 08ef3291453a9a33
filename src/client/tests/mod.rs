//! The client against a broker that answers as a test tells it to, on the loopback interface.

mod connections;
mod consuming;
mod fake_broker;
mod grouping;
mod producing;
