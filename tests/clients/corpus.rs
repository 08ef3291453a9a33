//! The text that the clients carry: the sources and documents that this machine has anyway.
//!
//! Promise: the same files in the same order as long as they do not change; made once a machine.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::digest::Digest;
use crate::install;

pub(crate) struct Corpus {
    pub(crate) file: PathBuf,
    pub(crate) digest: Digest,
}

/// All of it: at least 200 MB of text.
fn whole() -> &'static Corpus {
    static WHOLE: OnceLock<Corpus> = OnceLock::new();
    WHOLE.get_or_init(|| open(WHOLE_BYTES))
}

/// As much as a slow client can carry in a short time.
pub(crate) fn slice() -> &'static Corpus {
    static SLICE: OnceLock<Corpus> = OnceLock::new();
    SLICE.get_or_init(|| open(SLICE_BYTES))
}

/// Enough to fill a few frames.
pub(crate) fn sample() -> &'static Corpus {
    static SAMPLE: OnceLock<Corpus> = OnceLock::new();
    SAMPLE.get_or_init(|| open(SAMPLE_BYTES))
}

/// All of it, but for slow clients, which carry it in `./test --full` alone.
pub(crate) fn for_clients(are_slow: bool) -> &'static Corpus {
    let full = std::env::var("RINGLOG_CLIENTS").is_ok_and(|mode| mode == "full");
    if are_slow && !full { slice() } else { whole() }
}

/// Thirds of its text, to be sent one after the other.
pub(crate) fn thirds(corpus: &Corpus) -> Vec<Vec<u8>> {
    let text = fs::read(&corpus.file).expect("the corpus can be read");
    let line_end = |near: usize| {
        near + text[near..].iter().position(|byte| *byte == b'\n').expect("a last newline") + 1
    };
    let (first, second) = (line_end(text.len() / 3), line_end(text.len() * 2 / 3));
    [&text[..first], &text[first..second], &text[second..]].map(<[u8]>::to_vec).into()
}

fn open(text_bytes: usize) -> Corpus {
    let file = install::cache().join(format!("corpus-{text_bytes}.txt"));
    if !file.exists() {
        make(&file, text_bytes).expect("the corpus can be written");
    }
    let lines = BufReader::with_capacity(1 << 20, File::open(&file).expect("just made"));
    let digest = Digest::of_lines(lines).expect("the corpus can be read");
    Corpus { file, digest }
}

fn make(file: &Path, text_bytes: usize) -> io::Result<()> {
    let unfinished = file.with_extension("unfinished");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
    let mut left = text_bytes;
    for root in roots() {
        add_folder(&root, &mut left, &mut out)?;
    }
    if left > 0 {
        return Err(io::Error::other(format!("{left} bytes of text too few on this machine")));
    }
    out.flush()?;
    fs::rename(unfinished, file)
}

/// Where text is looked for, in this order; folders that are not there are passed over.
fn roots() -> Vec<PathBuf> {
    let home = PathBuf::from(std::env::var_os("HOME").expect("HOME is set"));
    let cargo = std::env::var_os("CARGO_HOME").map_or(home.join(".cargo"), PathBuf::from);
    let rustup = std::env::var_os("RUSTUP_HOME").map_or(home.join(".rustup"), PathBuf::from);
    vec![
        cargo.join("registry/src"),
        "/usr/local/go/src".into(),
        "/usr/include".into(),
        "/usr/share".into(),
        rustup.join("toolchains"),
        "/usr/lib".into(),
    ]
}

fn add_folder(folder: &Path, left: &mut usize, out: &mut impl Write) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if *left == 0 {
            return Ok(());
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            add_folder(&entry.path(), left, out)?;
        } else if kind.is_file() {
            add_file(&entry.path(), left, out)?;
        }
    }
    Ok(())
}

fn add_file(path: &Path, left: &mut usize, out: &mut impl Write) -> io::Result<()> {
    let Some(key) = path.to_str().filter(|key| !key.contains(['\t', '\n', '\r'])) else {
        return Ok(());
    };
    let text = fs::read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text.filter(|text| is_carried_by_all(text)) else { return Ok(()) };
    for line in text.lines() {
        writeln!(out, "{key}\t{line}")?;
        *left = left.saturating_sub(line.len() + 1);
    }
    Ok(())
}

/// Line oriented tools take a carriage return for a line's end, and a zero for a string's.
fn is_carried_by_all(text: &str) -> bool {
    !text.contains(['\r', '\0']) && text.lines().all(|line| line.len() <= LINE_BYTES_MAX)
}

const WHOLE_BYTES: usize = 200_000_000;
const SLICE_BYTES: usize = 20_000_000;
const SAMPLE_BYTES: usize = 500_000;
const LINE_BYTES_MAX: usize = 100_000;
