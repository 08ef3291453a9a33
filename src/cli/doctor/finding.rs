//! What the doctor says: one line for each thing that was looked at.

use serde_json::{Value, json};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Severity {
    Ok,
    /// It says nothing about this machine, or could not be looked at.
    Skipped,
    /// The broker works, and would work better.
    Advice,
    /// The broker does not start or work like this.
    Broken,
}

impl Severity {
    /// In JSON.
    pub(in crate::cli) fn name(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Skipped => "skipped",
            Severity::Advice => "advice",
            Severity::Broken => "broken",
        }
    }
}

#[derive(Clone, Debug)]
pub(in crate::cli) struct Finding {
    /// Group, dot, name.
    pub(in crate::cli) id: String,
    pub(in crate::cli) severity: Severity,
    /// What was found.
    pub(in crate::cli) text: String,
    /// What it costs; empty if nothing.
    pub(in crate::cli) cost: String,
    /// What to do; empty if nothing.
    pub(in crate::cli) remedy: String,
    /// How to take the remedy back; empty if that says itself.
    pub(in crate::cli) undo: String,
}

impl Finding {
    pub(in crate::cli) fn new(id: &str, severity: Severity, text: impl Into<String>) -> Finding {
        Finding {
            id: id.to_owned(),
            severity,
            text: text.into(),
            cost: String::new(),
            remedy: String::new(),
            undo: String::new(),
        }
    }

    pub(in crate::cli) fn ok(id: &str, text: impl Into<String>) -> Finding {
        Finding::new(id, Severity::Ok, text)
    }

    pub(in crate::cli) fn costs(mut self, cost: impl Into<String>) -> Finding {
        self.cost = cost.into();
        self
    }

    pub(in crate::cli) fn remedy(mut self, remedy: impl Into<String>) -> Finding {
        self.remedy = remedy.into();
        self
    }

    pub(in crate::cli) fn undo(mut self, undo: impl Into<String>) -> Finding {
        self.undo = undo.into();
        self
    }

    pub(in crate::cli) fn line(&self) -> String {
        let severity = match self.severity {
            Severity::Ok => "ok    ",
            Severity::Skipped => "skip  ",
            Severity::Advice => "ADVICE",
            Severity::Broken => "BROKEN",
        };
        let mut line = format!("{severity}  {:<28} {}", self.id, self.text);
        for (name, what) in [("cost", &self.cost), ("remedy", &self.remedy), ("undo", &self.undo)] {
            if !what.is_empty() && self.severity >= Severity::Advice {
                line.push_str(&format!("\n          {name:<7} {}", what.replace('\n', " ")));
            }
        }
        line
    }

    pub(in crate::cli) fn json(&self) -> Value {
        json!({
            "id": self.id, "severity": self.severity.name(), "text": self.text, "cost": self.cost,
            "remedy": self.remedy, "undo": self.undo,
        })
    }
}
