//! Which names a topic may have, and which topics are internal.

pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";
pub const TRANSACTION_STATE: &str = "__transaction_state";
pub const SHARE_GROUP_STATE: &str = "__share_group_state";
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

const NAME_LENGTH_MAX: usize = 249;

/// Whether clients are told that the topic is internal.
pub fn is_internal(name: &str) -> bool {
    matches!(name, CONSUMER_OFFSETS | TRANSACTION_STATE | SHARE_GROUP_STATE)
}

/// The sentence is the one that Kafka's tools and their tests know.
pub fn validate(name: &str) -> Result<(), String> {
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." => "'.' is not allowed".to_owned(),
        ".." => "'..' is not allowed".to_owned(),
        _ if name.encode_utf16().count() > NAME_LENGTH_MAX => {
            format!(
                "the length of '{name}' is longer than the max allowed length {NAME_LENGTH_MAX}"
            )
        }
        _ if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) => {
            format!(
                "'{name}' contains one or more characters other than ASCII alphanumerics, \
                 '.', '_' and '-'"
            )
        }
        _ => return Ok(()),
    };
    Err(format!("Topic name is invalid: {reason}"))
}

/// Names that differ in '.' and '_' only would share the names of their metrics.
pub fn may_collide(name: &str) -> bool {
    name.contains(['.', '_'])
}

pub fn normalize(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_names() {
        let longest = "x".repeat(NAME_LENGTH_MAX);
        for name in ["a", "A.b_c-9", "...", "__consumer_offsets", &longest] {
            assert_eq!(validate(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn illegal_names_say_why() {
        let long = "x".repeat(NAME_LENGTH_MAX + 1);
        for (name, part) in [
            ("", "Topic name is invalid: the empty string is not allowed"),
            (".", "'.' is not allowed"),
            ("..", "'..' is not allowed"),
            ("a b", "'a b' contains one or more characters other than ASCII alphanumerics"),
            ("ä", "other than ASCII alphanumerics, '.', '_' and '-'"),
            (&long, "is longer than the max allowed length 249"),
        ] {
            let message = validate(name).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
