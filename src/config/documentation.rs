//! The tables as Markdown, for the documentation and for `ringlog config docs`.

use std::fmt::Write as _;

use super::keys::{Effect, Importance, Initial, Key, Scope, Update};

/// What one sentence does not hold. `tests/power` holds the broker to it.
const UNSYNCED: &str = "
## What `ringlog.journal.sync=false` may lose

An append is answered when the device was given its journal write; the journal is synced each second
while something is written. A power cut, or a crash of the kernel, loses of each partition at most
its newest records, those that were acknowledged less than a second and the time of one sync before
it: never one in the middle, and nothing that a clean stop or a killed process left behind. Offsets
of lost records are given again. Committed offsets are records too, and may go back as far; a
consumer that was ahead of what is left is told that its offset is out of range, an idempotent
producer that its sequence is out of order. Topics, their configurations, ids of producers and the
places of replicas are always synced, and DeleteRecords syncs what it deletes up to.

The next start says which journal lost pages, whatever it sets this key to then. Damage of what was
synced is an error as ever.
";

/// All keys, a table for each scope.
pub fn markdown() -> String {
    let mut text = String::from("# Configuration\n");
    for scope in Scope::ALL {
        let _ = write!(
            text,
            "\n## {}\n\n| key | type | default | allowed | importance | change | effect | meaning \
             |\n|---|---|---|---|---|---|---|---|\n",
            title(scope)
        );
        for key in scope.keys().iter().filter(|key| !key.internal) {
            text.push_str(&row(key));
        }
    }
    text.push_str(UNSYNCED);
    text
}

fn title(scope: Scope) -> &'static str {
    match scope {
        Scope::Broker => "Broker",
        Scope::Topic => "Topic",
        Scope::Group => "Group",
        Scope::ClientMetrics => "Client metrics",
    }
}

fn row(key: &Key) -> String {
    let default = match key.default {
        Initial::Is("") => "(empty)",
        Initial::Is(text) => text,
        Initial::Null | Initial::Required => "(none)",
    };
    let importance = match key.importance {
        Importance::High => "high",
        Importance::Medium => "medium",
        Importance::Low => "low",
    };
    let update = match key.update {
        Update::ReadOnly => "at restart",
        Update::PerBroker => "running, per broker",
        Update::ClusterWide => "running",
    };
    let effect = match key.effect {
        Effect::Works => "works".to_owned(),
        Effect::Accepted(reason) | Effect::NotApplicable(reason) => reason.to_owned(),
        Effect::Restricts(reason) => format!("refused with another value: {reason}"),
    };
    let kind = key.kind.name().to_ascii_lowercase();
    let allowed = key.allowed();
    format!(
        "| `{}` | {kind} | {} | {allowed} | {importance} | {update} | {effect} | {} |\n",
        key.name,
        default.replace('|', "\\|"),
        key.sentence
    )
}

impl Key {
    /// The bounds in words; empty if any value of the type will do.
    pub fn allowed(&self) -> String {
        use super::keys::Bounds;
        match self.bounds {
            Bounds::Any => String::new(),
            Bounds::From(least) => format!("at least {least}"),
            Bounds::Range(least, most) => format!("{least} to {most}"),
            Bounds::RangeOr(least, most, also) => format!("{least} to {most}, or {also}"),
            Bounds::Fraction(least, most) => format!("{least} to {most}"),
            Bounds::OneOf(words) | Bounds::OneOfAnyCase(words) => words.join(", "),
            Bounds::NonEmpty => "not empty".to_owned(),
            Bounds::Elements { allowed, may_be_empty } => {
                let any = if may_be_empty { "" } else { "not empty" };
                if allowed.is_empty() { any.to_owned() } else { allowed.join(", ") }
            }
            Bounds::Voters => "id@host:port, ...".to_owned(),
            Bounds::Bootstrap => "host:port, ...".to_owned(),
            Bounds::ThrottledReplicas => "* or partition:broker, ...".to_owned(),
            Bounds::OffsetReset => "earliest, latest, by_duration:PnDTnHnMnS".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_that_is_not_internal_has_a_row_with_its_sentence() {
        let text = markdown();
        for scope in Scope::ALL {
            for key in scope.keys().iter().filter(|key| !key.internal) {
                assert!(text.contains(&row(key)), "{}", key.name);
            }
        }
        assert!(
            text.lines()
                .filter(|line| line.starts_with("| `"))
                .all(|line| { line.replace("\\|", "").matches('|').count() == 9 })
        );
    }
}
