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

/// What no key holds.
const LOGGERS: &str = "
## Loggers

`ringlog.log.level` is the level at the start, and RINGLOG_LOG goes before it. While the broker
runs, each part of the program has a logger: `ringlog`, `shards`, and their modules, as in
`ringlog::listeners`. One without a level of its own has that of the logger above it, and in the end
that of `root`. `ringlog config alter loggers`, or Kafka's `kafka-configs --entity-type
broker-loggers --alter`, sets FATAL, ERROR, WARN, INFO, DEBUG or TRACE, which hold at once and until
the next start.

With `ringlog.log.format=json` each line of the log is one object, with these fields and no others:
`time` (RFC 3339, UTC), `level` (error, warn, info, debug, trace), `node`, `thread`, `target` (the
module), `message`, `fields` (an object with what the message is about). What is said before the
configuration is read, and why it is refused, is text.
";

/// One key as people read it, or each key whose name has the text in it; none if there is none.
pub fn of_key(text: &str) -> Option<String> {
    let all =
        || Scope::ALL.into_iter().flat_map(|scope| scope.keys().iter().map(move |k| (scope, k)));
    let shown = |(scope, key): (Scope, &&'static Key)| paragraph(scope, key);
    let exact: String = all().filter(|(_, key)| key.name == text).map(shown).collect();
    if !exact.is_empty() {
        return Some(exact);
    }
    let part: String = all().filter(|(_, key)| key.name.contains(text)).map(shown).collect();
    (!part.is_empty()).then_some(part)
}

fn paragraph(scope: Scope, key: &Key) -> String {
    let Cells { default, importance, update, effect, kind, allowed } = cells(key);
    let mut text = format!("{} ({})\n  {}\n", key.name, title(scope).to_lowercase(), key.sentence);
    let mut line = |name: &str, value: &str| text.push_str(&format!("  {name:<11}{value}\n"));
    line("type", &kind);
    line("default", &default);
    if !allowed.is_empty() {
        line("allowed", &allowed);
    }
    line("importance", importance);
    line("changed", update);
    line("effect", &effect);
    text.push('\n');
    text
}

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
    text.push_str(LOGGERS);
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

/// A key in words.
struct Cells {
    default: String,
    importance: &'static str,
    update: &'static str,
    effect: String,
    kind: String,
    allowed: String,
}

fn row(key: &Key) -> String {
    let Cells { default, importance, update, effect, kind, allowed } = cells(key);
    format!(
        "| `{}` | {kind} | {} | {allowed} | {importance} | {update} | {effect} | {} |\n",
        key.name,
        default.replace('|', "\\|"),
        key.sentence
    )
}

fn cells(key: &Key) -> Cells {
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
    let (default, allowed) = (default.to_owned(), key.allowed());
    Cells { default, importance, update, effect, kind, allowed }
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
    fn a_key_is_found_by_its_name_or_by_a_part_of_it() {
        let one = of_key("log.retention.ms").unwrap();
        assert!(one.starts_with("log.retention.ms (broker)\n  Age in milliseconds"), "{one}");
        assert_eq!(one.matches("  default ").count(), 1, "{one}");
        let both = of_key("min.insync.replicas").unwrap();
        assert!(both.contains("(broker)") && both.contains("(topic)"), "{both}");
        assert!(of_key("retention").unwrap().matches("\n\n").count() > 3);
        assert_eq!(of_key("no.such.key"), None);
    }

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
