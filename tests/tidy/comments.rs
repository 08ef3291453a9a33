//! What comments must and must not hold.

use crate::assert_none;
use crate::sources::rust_sources;

#[test]
fn every_module_says_what_it_is() {
    let headless = rust_sources()
        .filter(|source| !source.text.starts_with("//!") && !source.path.ends_with("/tests.rs"));
    let findings: Vec<String> =
        headless.map(|source| format!("{}: begin with a //! header", source.path)).collect();
    assert_none(&findings);
}

#[test]
fn no_code_is_commented_out() {
    let mut findings = Vec::new();
    for source in rust_sources() {
        for (index, line) in source.text.lines().enumerate() {
            let comment = line.trim_start().strip_prefix("// ");
            if comment.is_some_and(looks_like_code) {
                findings.push(format!("{}:{}: delete it, git has it", source.path, index + 1));
            }
        }
    }
    assert_none(&findings);
}

#[test]
fn no_work_is_left_in_comments() {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    let mut findings = Vec::new();
    for source in rust_sources() {
        for (index, line) in source.text.lines().enumerate() {
            let comment = line.split_once("//").map_or("", |(_, comment)| comment);
            if marks.iter().any(|mark| comment.contains(mark.as_str())) {
                findings.push(format!("{}:{}: put it into ROADMAP.md", source.path, index + 1));
            }
        }
    }
    assert_none(&findings);
}

fn looks_like_code(comment: &str) -> bool {
    let comment = comment.trim_end();
    let starts = ["let ", "pub ", "fn ", "use ", "impl ", "struct ", "enum ", "return ", "#["];
    let ends = [";", "{", "}", "},", ");", "})"];
    let statement = starts.iter().any(|start| comment.starts_with(start))
        && ends.iter().any(|end| comment.ends_with(end));
    statement || comment.ends_with(");") || comment == "}" || comment.ends_with("? ;")
}

#[test]
fn code_is_told_from_prose() {
    assert!(looks_like_code("let x = 5;"));
    assert!(looks_like_code("self.write(page);"));
    assert!(!looks_like_code("use the page again; it is clean"));
    assert!(!looks_like_code("returns early when the page is full;"));
}
