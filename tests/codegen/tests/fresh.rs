//! The committed code is what the schemata give.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn generated_code_is_fresh() {
    let root = codegen::protocol_directory();
    let expected = codegen::generate(&codegen::load());
    for (path, text) in &expected {
        let committed = fs::read_to_string(root.join(path)).unwrap_or_default();
        assert!(
            committed == *text,
            "{} differs from its schema: cargo run -p codegen",
            path.display()
        );
    }
    let mut committed = BTreeSet::from([PathBuf::from("generated.rs")]);
    list(&root, &root.join("generated"), &mut committed);
    let expected: BTreeSet<PathBuf> = expected.into_keys().collect();
    assert_eq!(committed, expected, "files that no schema makes: cargo run -p codegen");
}

fn list(root: &Path, directory: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).expect("generated/ is committed") {
        let path = entry.expect("a readable directory").path();
        if path.is_dir() {
            list(root, &path, found);
        } else {
            found.insert(path.strip_prefix(root).expect("listed below it").to_owned());
        }
    }
}
