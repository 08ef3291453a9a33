//! Lines of a function, lines of a file, columns of a line.

use crate::assert_none;
use crate::sources::{Source, rust_sources, sources};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 800;
const COLUMNS_MAX: usize = 100;

/// Functions that are longer today, as "path function": they may shrink, never grow.
const LONGER_FUNCTIONS: &[(&str, usize)] = &[("tests/codegen/src/emit_body.rs encode", 96)];

/// Files that are longer today: they may shrink, never grow.
const LONGER_FILES: &[(&str, usize)] = &[];

/// Lines over 100 columns that a file has today.
const WIDE_LINES: &[(&str, usize)] = &[
    ("src/protocol/error_codes.rs wide lines", 1),
    ("src/protocol/fetch.rs wide lines", 1),
    ("src/protocol/fetch/tests.rs wide lines", 2),
    ("src/protocol/produce/tests.rs wide lines", 3),
];

#[test]
fn functions_are_short() {
    let functions = rust_sources().flat_map(|source| {
        functions(source)
            .into_iter()
            .map(|(name, lines)| (format!("{} {name}", source.path), lines))
    });
    assert_none(&ratchet(functions, FUNCTION_LINES_MAX, LONGER_FUNCTIONS));
}

#[test]
fn files_are_short() {
    let files = rust_sources().map(|source| (source.path.clone(), source.text.lines().count()));
    assert_none(&ratchet(files, FILE_LINES_MAX, LONGER_FILES));
}

#[test]
fn lines_are_narrow() {
    let code = sources().iter().filter(|source| !source.is_generated() && is_code(&source.path));
    let wide = code.map(|source| {
        let wide = source.text.lines().filter(|line| line.chars().count() > COLUMNS_MAX);
        (format!("{} wide lines", source.path), wide.count())
    });
    assert_none(&ratchet(wide, 0, WIDE_LINES));
}

/// What is longer than `max` or than its ratchet, and each ratchet that could be tightened.
fn ratchet(
    found: impl Iterator<Item = (String, usize)>,
    max: usize,
    ratchets: &[(&str, usize)],
) -> Vec<String> {
    let mut findings = Vec::new();
    let mut unused: Vec<&str> = ratchets.iter().map(|(name, _)| *name).collect();
    for (name, lines) in found {
        let ratchet = ratchets.iter().find(|(ratchet, _)| *ratchet == name);
        let allowed = ratchet.map_or(max, |(_, lines)| *lines);
        if lines > allowed {
            findings.push(format!("{name}: {lines} lines, {allowed} allowed: cut it up"));
        } else if ratchet.is_some() && lines == allowed {
            unused.retain(|ratchet| *ratchet != name);
        }
    }
    findings.extend(unused.iter().map(|name| format!("{name}: tighten or remove its ratchet")));
    findings
}

/// Names and line counts: a formatted function ends with a brace below its first word.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let starts = lines.iter().enumerate().filter_map(|(start, line)| {
        let (name, indent) = function_start(line)?;
        let end = format!("{}}}", " ".repeat(indent));
        let body = lines[start..].iter().position(|line| *line == end || ends_at_once(line))?;
        Some((name, body + 1))
    });
    starts.collect()
}

fn function_start(line: &str) -> Option<(String, usize)> {
    let trimmed = line.trim_start();
    let (before, after) = trimmed.split_once("fn ")?;
    let modifiers = ["pub", "pub(crate)", "pub(super)", "async", "const", "unsafe", "extern"];
    let is_modifier = |word: &str| modifiers.contains(&word) || word.starts_with("\"");
    if !before.split_whitespace().all(is_modifier) {
        return None;
    }
    let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some((name, line.len() - trimmed.len()))
}

/// A whole function in one line, or the declaration of one without a body.
fn ends_at_once(line: &str) -> bool {
    function_start(line).is_some() && (line.ends_with('}') || line.ends_with(';'))
}

fn is_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_none_or(|extension| ["rs", "py", "js", "go", "sh"].contains(&extension))
        && name != "LICENSE"
}

#[test]
fn the_length_of_a_function_is_counted_from_its_name_to_its_brace() {
    let text =
        "fn one() {\n    if x {\n    }\n}\n\nimpl T {\n    pub async fn two(\n    ) {\n    }\n}\n";
    let source = Source { path: "a.rs".into(), text: text.into() };
    assert_eq!(functions(&source), [("one".to_string(), 4), ("two".to_string(), 3)]);
}
