//! Makes `src/protocol/generated` from `src/protocol/schemata`.
//!
//! `cargo run -p codegen` writes the files; `cargo test -p codegen` checks that they are fresh.
//! Read next: schema.rs (the text form), emit.rs (the Rust that comes out).

mod emit;
mod emit_body;
mod emit_records;
mod emit_table;
mod rust_type;
pub mod sample;
pub mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

pub use schema::{Field, FieldType, File, FileKind, Message, MessageKind, Versions};

/// Where the schemata lie.
pub fn schemata_directory() -> PathBuf {
    protocol_directory().join("schemata")
}

/// Where the generated code lies: `generated.rs` and `generated/`.
pub fn protocol_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/protocol")
}

/// Reads all schemata, APIs by key, then records by file name.
pub fn load() -> Vec<File> {
    let directory = schemata_directory();
    let entries = fs::read_dir(&directory).expect("the schemata are part of the source tree");
    let mut files: Vec<File> = entries
        .map(|entry| entry.expect("a readable directory").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "schema"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a schema is UTF-8 text");
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            schema::parse(stem, &text).unwrap_or_else(|error| panic!("{stem}.schema: {error}"))
        })
        .collect();
    files.sort_by_key(|file| (file.api_key().unwrap_or(i16::MAX), file.stem.clone()));
    files
}

/// All generated files, formatted: path below `src/protocol`, and text.
pub fn generate(files: &[File]) -> BTreeMap<PathBuf, String> {
    format(emit(files)).expect("rustfmt is part of the pinned toolchain")
}

/// Runs rustfmt over a copy of the files below a temporary directory.
fn format(files: BTreeMap<PathBuf, String>) -> io::Result<BTreeMap<PathBuf, String>> {
    let directory = std::env::temp_dir().join(format!("codegen-{}", std::process::id()));
    for (path, text) in &files {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&directory))?;
        fs::write(path, text)?;
    }
    // The root names the others as its modules, so that rustfmt finds them all.
    let status = Command::new("rustfmt")
        .current_dir(protocol_directory())
        .arg("--config-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rustfmt.toml"))
        .args(["--edition", "2024"])
        .arg(directory.join("generated.rs"))
        .status()?;
    let formatted = files
        .into_keys()
        .map(|path| fs::read_to_string(directory.join(&path)).map(|text| (path, text)))
        .collect();
    fs::remove_dir_all(&directory)?;
    if status.success() { formatted } else { Err(io::Error::other("rustfmt failed")) }
}

fn emit(files: &[File]) -> BTreeMap<PathBuf, String> {
    let mut output = BTreeMap::new();
    for file in files {
        match &file.kind {
            FileKind::Api(_) => {
                let path = format!("generated/{}.rs", file.stem);
                output.insert(path.into(), emit::api_file(file));
            }
            FileKind::Records { .. } => {
                for (path, text) in emit_records::files(file) {
                    output.insert(path, text);
                }
            }
        }
    }
    output.insert("generated.rs".into(), emit_table::root(files));
    output.insert("generated/api_key.rs".into(), emit_table::api_key(files));
    output.insert("generated/recode.rs".into(), emit_table::recode(files));
    output
}
