//! Kafka on top of the engine in `shards/`.

pub mod boot;
pub mod broker;
pub mod cli;
pub mod client;
pub mod config;
pub mod controller;
pub mod coordinators;
pub mod handlers;
pub mod hosting;
pub mod limits;
pub mod listeners;
pub mod metadata;
pub mod observe;
pub mod protocol;
pub mod quotas;
pub mod refusals;
pub mod routing;
#[cfg(feature = "sim")]
pub mod simulation;
