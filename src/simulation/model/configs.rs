//! What a topic's configuration must be, key by key.
//!
//! Promise: the value answered for last is in force, or one asked for since.

#[derive(Debug, Default)]
pub(in crate::simulation) struct ConfigModel {
    /// None: the default, whatever it is.
    answered: Option<String>,
    asked: Vec<String>,
}

impl ConfigModel {
    pub(in crate::simulation) fn asked(&mut self, value: &str) {
        self.asked.push(value.to_owned());
    }

    pub(in crate::simulation) fn answered(&mut self, value: &str) {
        self.answered = Some(value.to_owned());
        self.asked.clear();
    }

    pub(in crate::simulation) fn seen(&self, value: Option<&str>) -> Result<(), String> {
        let is_asked = value.is_some_and(|value| self.asked.iter().any(|asked| asked == value));
        if is_asked || self.answered.is_none() || self.answered.as_deref() == value {
            return Ok(());
        }
        Err(format!("{value:?} is in force after {:?} was answered for", self.answered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_for_is_in_force_until_more_is_asked() {
        let mut model = ConfigModel::default();
        assert_eq!(model.seen(Some("any")), Ok(()));
        model.asked("1");
        model.answered("1");
        assert_eq!(model.seen(Some("1")), Ok(()));
        assert!(model.seen(Some("2")).is_err() && model.seen(None).is_err());
        model.asked("2");
        assert_eq!(model.seen(Some("1")), Ok(()));
        assert_eq!(model.seen(Some("2")), Ok(()));
        assert!(model.seen(Some("3")).is_err());
    }
}
