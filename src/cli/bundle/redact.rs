//! What of a configuration and of a log may not leave the machine.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::files;
use crate::config::keys::{Kind, Scope};
use crate::config::properties;

const IN_PLACE: &str = "[redacted]";
/// Parts of the names of keys whose values are secret, whether Ringlog knows the keys or not.
const SECRET_WORDS: [&str; 6] = ["password", "secret", "token", "jaas", "credential", "private"];

/// In words, for the manifest.
pub(super) fn rules() -> Value {
    json!([
        "values of keys of the type password",
        format!("values of keys whose name has one of {SECRET_WORDS:?} in it"),
        "in the log: what follows such a word and a sign of assignment",
    ])
}

fn is_secret(key: &str) -> bool {
    let is_password = |scope: Scope| scope.find(key).is_some_and(|it| it.kind == Kind::Password);
    let lower = key.to_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word)) || Scope::ALL.into_iter().any(is_password)
}

/// The assignments of a file, one a line; comments are left out, since they may hold anything.
pub(super) fn properties(path: &Path) -> Result<Vec<u8>, String> {
    let mut text = String::new();
    for (key, value) in assigned(path)? {
        let value = if is_secret(&key) { IN_PLACE.to_owned() } else { value };
        text.push_str(&format!("{key}={}\n", value.replace('\n', "\\n")));
    }
    Ok(text.into_bytes())
}

/// The keys of a file whose values are taken out.
pub(super) fn keys(path: &Path) -> Vec<String> {
    let assigned = assigned(path).unwrap_or_default().into_iter();
    assigned.map(|(key, _)| key).filter(|key| is_secret(key)).collect()
}

fn assigned(path: &Path) -> Result<Vec<(String, String)>, String> {
    let content = files::read(path).map_err(|failure| failure.to_string())?;
    let parsed = properties::parse(&content).map_err(|cause| cause.to_string())?;
    Ok(parsed.into_iter().map(|one| (one.key, one.value)).collect())
}

/// Lines of a log, each without what follows a secret word and `=` or `:`.
pub(super) fn log(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let lower = line.to_ascii_lowercase();
        let after = |word: &&str| {
            lower.match_indices(*word).find_map(|(at, _)| {
                let start = at + word.len();
                let assigned = lower.get(start..)?.find(['=', ':'])?;
                // A word far before a sign belongs to something else.
                (assigned <= SECRET_NAME_BYTES_MAX).then_some(start + assigned + 1)
            })
        };
        match SECRET_WORDS.iter().filter_map(after).min() {
            Some(place) => format!("{}{IN_PLACE}\n", line.get(..place).unwrap_or_default()),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// The rest of a key's name behind a secret word.
const SECRET_NAME_BYTES_MAX: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.properties");
        let text = "# hunter2\nssl.keystore.password=hunter2\nsasl.jaas.config=x \\\n  hunter2;\n\
                    my.api.token : hunter2\nnum.partitions=3\n";
        std::fs::write(&path, text).unwrap();
        let redacted = String::from_utf8(properties(&path).unwrap()).unwrap();
        assert!(!redacted.contains("hunter2"), "{redacted}");
        assert!(redacted.contains("num.partitions=3\n"), "{redacted}");
        assert!(redacted.contains("ssl.keystore.password=[redacted]\n"), "{redacted}");
        let keys = keys(&path);
        assert_eq!(keys.len(), 3, "{keys:?}");
    }

    #[test]
    fn secrets_of_a_log_are_taken_out() {
        let text = "a broker started\nssl.key.PASSWORD = hunter2 more\n{\"token\":\"hunter2\"}\n\
                    bad password from that client over there, retry; password=hunter2\n\
                    the password is wrong, and so is what follows much later: all\n";
        let redacted = log(text);
        assert!(!redacted.contains("hunter2"), "{redacted}");
        assert_eq!(redacted.lines().count(), 5);
        assert!(redacted.starts_with("a broker started\n"));
        assert!(redacted.ends_with("later: all\n"), "{redacted}");
    }
}
