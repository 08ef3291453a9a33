//! The maps for readers match the tree: tables of READMEs, the table of handlers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::assert_none;
use crate::sources::{Source, root, rust_sources, sources};

/// A table whose first column is headed "file" or "folder" lists what stands beside its README.
#[test]
fn tables_of_readmes_match_their_folders() {
    let readmes = sources().iter().filter(|source| source.path.ends_with("README.md"));
    let findings: Vec<String> = readmes.flat_map(differences).collect();
    assert_none(&findings);
}

/// The README's map names every part.
#[test]
fn the_map_names_every_folder_of_the_sources() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let folders = ["src", "shards/src"].into_iter().flat_map(|parent| {
        let entries = fs::read_dir(root().join(parent)).expect("a folder of sources");
        let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        folders.map(move |entry| format!("`{parent}/{}/`", entry.file_name().to_string_lossy()))
    });
    let findings: Vec<String> = folders
        .filter(|folder| !readme.contains(folder.as_str()))
        .map(|folder| format!("README.md: its map lacks {folder}"))
        .collect();
    assert_none(&findings);
}

fn differences(readme: &Source) -> Vec<String> {
    let listed = listed(&readme.text);
    if listed.is_empty() {
        return Vec::new();
    }
    let folder = root().join(Path::new(&readme.path).parent().unwrap_or(Path::new("")));
    let there = entries(&folder);
    let missing = there.iter().filter(|name| !listed.contains(*name));
    let gone = listed.iter().filter(|name| !there.contains(*name));
    missing
        .map(|name| format!("{}: does not list `{name}`", readme.path))
        .chain(gone.map(|name| format!("{}: lists `{name}`, which is not there", readme.path)))
        .collect()
}

/// Names in the first cells of such tables; a module and its folder are one name.
fn listed(markdown: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in markdown.lines() {
        let Some(cell) = line.strip_prefix('|').and_then(|row| row.split('|').next()) else {
            inside = false;
            continue;
        };
        let cell = cell.trim();
        if ["file", "folder"].contains(&cell.to_lowercase().as_str()) {
            inside = true;
        } else if inside {
            let quoted = cell.split('`').skip(1).step_by(2);
            names.extend(quoted.map(stem));
        }
    }
    names
}

fn entries(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder of a README can be read");
    entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.') && !NOT_LISTED.contains(&name.as_str()))
        .map(|name| stem(&name))
        .collect()
}

fn stem(name: &str) -> String {
    name.trim_end_matches('/').trim_end_matches(".rs").to_string()
}

const NOT_LISTED: &[&str] = &[
    "README.md",
    "mod.rs",
    "lib.rs",
    "main.rs",
    "tests.rs",
    "tests",
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "clippy.toml",
    "rustfmt.toml",
    "rust-toolchain.toml",
    "target",
    "ringlog-data",
    "ROADMAP.md",
];

/// Each `name::API` of the table has its file, and each file with an API is in the table.
#[test]
fn the_table_of_handlers_matches_their_files() {
    let folder = "src/handlers/";
    let Some(table) = sources().iter().find(|source| source.path == "src/handlers/table.rs") else {
        return;
    };
    let entries: BTreeSet<String> = table
        .text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter_map(|word| word.strip_suffix("::API")?.rsplit("::").next().map(String::from))
        .collect();
    let files: BTreeSet<String> = rust_sources()
        .filter(|source| source.text.contains("const API: Api"))
        .filter_map(|source| source.path.strip_prefix(folder))
        .map(|name| name.trim_end_matches(".rs").trim_end_matches("/mod").to_string())
        .collect();
    assert!(!entries.is_empty(), "{}: no entry `name::API` found", table.path);
    assert_eq!(entries, files, "entries of {} against files of {folder}", table.path);
}

#[test]
fn names_are_read_from_tables_of_files_alone() {
    let text = "| file | what |\n|---|---|\n| `a.rs`, `b/` | x |\n\n\
                | key | what |\n|---|---|\n| `c` | y |\n";
    assert_eq!(listed(text), BTreeSet::from(["a".to_string(), "b".to_string()]));
}
