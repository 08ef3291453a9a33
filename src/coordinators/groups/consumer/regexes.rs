//! Subscriptions by a pattern: when they are resolved, and what comes of it.
//!
//! Patterns are those of the crate `regex`, whose time is linear in a name's length; a whole name
//! must match. All patterns of a group are resolved together, a slice of the topics at a time
//! (../regex_jobs.rs), when a new pattern comes, when topics were created, or after
//! `group.consumer.regex.refresh.interval.ms`; not more often than each 10 s.
//! Source: GroupMetadataManager.maybeUpdateRegularExpressions, handleRegularExpressionsResult.

use super::member::MemberMetadata;
use super::record::{ConsumerChange, ResolvedRegex};
use super::work::Work;
use crate::coordinators::groups::limits;
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Between two resolutions of a group's patterns (REGEX_BATCH_REFRESH_MIN_INTERVAL_MS).
const RESOLUTION_PAUSE_MS: i64 = 10_000;

/// What became of a member's pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegexUpdate {
    Same,
    /// To one that is not resolved yet.
    Changed,
    ChangedAndResolved,
}

/// A pattern that a whole name must match.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    let build = |text: &str| RegexBuilder::new(text).size_limit(limits::REGEX_BYTES_MAX).build();
    // By itself first: `a)|(b` is a pattern only within the brackets.
    build(pattern)?;
    build(&format!("^(?:{pattern})$"))
}

/// Whether a pattern that a member brings can be used, and if not, why.
pub fn check_regex(pattern: &str) -> Result<(), String> {
    if pattern.len() > limits::REGEX_PATTERN_BYTES_MAX {
        return Err(format!("it is longer than {} bytes", limits::REGEX_PATTERN_BYTES_MAX));
    }
    let reason = |error: regex::Error| match error {
        regex::Error::CompiledTooBig(_) => "it takes too much memory".to_owned(),
        other => other.to_string().lines().last().unwrap_or_default().to_owned(),
    };
    compile(pattern).map(drop).map_err(reason)
}

impl Work<'_> {
    /// Looks after the patterns when a member's metadata went from `before` to `after`, and asks
    /// for their resolution if it is due.
    pub(super) fn update_regexes(
        &mut self,
        before: &MemberMetadata,
        after: &MemberMetadata,
    ) -> RegexUpdate {
        let update = self.note_regex_change(&before.regex, &after.regex);
        if self.must_resolve() {
            let regexes = self.group.subscribed_regexes().map(str::to_owned).collect();
            self.resolve(regexes);
        }
        update
    }

    fn note_regex_change(&mut self, before: &str, after: &str) -> RegexUpdate {
        if before == after {
            return RegexUpdate::Same;
        }
        if !before.is_empty() && self.group.regex_members(before) == 0 {
            self.forget_regex(before);
        }
        let is_settled = after.is_empty() || self.group.resolved(after).is_some();
        if is_settled { RegexUpdate::ChangedAndResolved } else { RegexUpdate::Changed }
    }

    /// Nobody subscribes to the pattern any more.
    pub(super) fn forget_regex(&mut self, regex: &str) {
        if self.group.resolved(regex).is_some() {
            let regex = regex.to_owned();
            self.set(ConsumerChange::Regex { regex, resolved: None });
        }
    }

    fn must_resolve(&self) -> bool {
        let group = &self.group;
        if group.is_resolving || group.subscribed_regexes().next().is_none() {
            return false;
        }
        let last = group.resolved_regexes().values().next();
        let last_ms = last.map(|last| last.resolved_at_ms);
        // A clock that was set back does not stop resolutions.
        let since_ms = last_ms.map(|last_ms| self.around.now.wall_ms.saturating_sub(last_ms));
        if since_ms.is_some_and(|since_ms| (0..=RESOLUTION_PAUSE_MS).contains(&since_ms)) {
            return false;
        }
        let refresh_ms = self.around.config.consumer.regex_refresh_ms;
        let has_unresolved =
            group.subscribed_regexes().any(|regex| group.resolved(regex).is_none());
        let has_new_topics = last.is_none_or(|last| last.version < self.around.versions.created);
        has_unresolved || has_new_topics || since_ms.is_none_or(|since_ms| since_ms > refresh_ms)
    }

    /// The patterns' topics are known.
    pub(crate) fn take_resolved(&mut self, resolved: BTreeMap<String, ResolvedRegex>) {
        self.group.is_resolving = false;
        let mut has_changed = false;
        for (regex, resolved) in resolved {
            if self.group.regex_members(&regex) == 0 {
                continue;
            }
            let before = self.group.resolved(&regex);
            let no_topics = BTreeSet::new();
            let topics_before = before.map_or(&no_topics, |before| &before.topics);
            has_changed |= *topics_before != resolved.topics;
            self.set(ConsumerChange::Regex { regex, resolved: Some(Rc::new(resolved)) });
        }
        self.update_epoch(has_changed);
    }
}
