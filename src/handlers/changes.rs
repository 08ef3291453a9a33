//! Tells the log what was changed on request, and who asked.
//!
//! One line a request, at info, once the change is made; what was refused is not told.
//! Promise: a line is bounded, whatever the request names; no value of a password is in it.

use std::fmt::Write as _;

use super::Context;
use crate::config::ConfigResource;
use crate::config::alter::{Change, Operation};
use crate::config::keys::Scope;
use crate::controller::configs::ConfigResults;

/// Changes that one line names; of more it tells how many.
const NAMED_MAX: usize = 16;
/// What one change is told in.
const CHANGE_BYTES_MAX: usize = 400;

/// Logs that `what` was done to each of `changes`.
pub(super) fn tell(context: &Context, what: &'static str, changes: &[String]) {
    if changes.is_empty() {
        return;
    }
    let principal = format!("User:{}", context.peer.user());
    tracing::info!(
        principal,
        client_id = context.client_id(),
        address = %context.peer.address,
        "{what}: {}", line(changes)
    );
}

fn line(changes: &[String]) -> String {
    let mut text = String::new();
    for change in changes.iter().take(NAMED_MAX) {
        let comma = if text.is_empty() { "" } else { ", " };
        let end = (0..=CHANGE_BYTES_MAX.min(change.len())).rfind(|at| change.is_char_boundary(*at));
        let shown = &change[..end.unwrap_or(0)];
        let dots = if shown.len() < change.len() { "..." } else { "" };
        // What a client wrote may hold anything. Writing to a string does not fail.
        let _ = write!(text, "{comma}{}{dots}", shown.escape_debug());
    }
    if changes.len() > NAMED_MAX {
        let _ = write!(text, ", and {} more", changes.len() - NAMED_MAX);
    }
    text
}

/// A setting as it is shown: without the value of a password, or of a key that nobody knows.
pub(super) fn setting(name: &str, value: Option<&str>) -> String {
    let scopes = [Scope::Topic, Scope::Group, Scope::ClientMetrics, Scope::Broker];
    let declared = scopes.into_iter().find_map(|scope| scope.find(name));
    match value {
        None => format!("{name} deleted"),
        Some(value) if declared.is_some_and(|key| !key.is_sensitive()) => {
            format!("{name}={value}")
        }
        Some(_) => format!("{name}=[hidden]"),
    }
}

pub(super) fn change(change: &Change) -> String {
    let Change { name, operation } = change;
    match operation {
        Operation::Set(value) => setting(name, Some(value)),
        Operation::Delete => setting(name, None),
        Operation::Append(value) => format!("{} appended", setting(name, Some(value))),
        Operation::Subtract(value) => format!("{} taken out", setting(name, Some(value))),
    }
}

/// As an administrator names it.
pub(super) fn resource(resource: &ConfigResource) -> String {
    match resource {
        ConfigResource::Topic(name) => format!("topic {name}"),
        ConfigResource::Broker(Some(id)) => format!("broker {id}"),
        ConfigResource::Broker(None) => "all brokers".to_owned(),
        ConfigResource::BrokerLogger(id) => format!("loggers of broker {id}"),
        ConfigResource::ClientMetrics(name) => format!("client metrics {name}"),
        ConfigResource::Group(name) => format!("group {name}"),
    }
}

/// What is told of those resources of which the controller made something.
pub(super) fn made(results: &ConfigResults, told: Vec<String>) -> Vec<String> {
    let outcomes = results.iter().map(|(_, outcome)| outcome.is_ok());
    told.into_iter().zip(outcomes).filter(|(_, is_made)| *is_made).map(|(told, _)| told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_bounded_and_of_one_line() {
        let many: Vec<String> = (0..1000).map(|number| format!("t-{number}")).collect();
        let told = line(&many);
        assert!(told.starts_with("t-0, t-1, ") && told.ends_with(", and 984 more"), "{told}");
        let told = line(&["é".repeat(1000), "a\nb\u{1b}[31m".to_owned()]);
        assert!(told.len() < 1000 && !told.contains(['\n', '\u{1b}']), "{told}");
    }

    #[test]
    fn passwords_are_not_told() {
        assert_eq!(setting("retention.ms", Some("5")), "retention.ms=5");
        assert_eq!(setting("retention.ms", None), "retention.ms deleted");
        assert_eq!(setting("ssl.key.password", Some("secret")), "ssl.key.password=[hidden]");
        assert_eq!(setting("listener.name.a.x", Some("secret")), "listener.name.a.x=[hidden]");
    }
}
