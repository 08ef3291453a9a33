//! One block of a stopped node's files that is not what was written there.
//!
//! Lives on: the simulator's thread, between two turns.
//! Only files whose contents are covered by checksums, or checked against such: the text files of
//! Kafka's formats have none, and are believed.

use std::fmt;
use std::path::{Path, PathBuf};

use shards::format::file_names;
use shards::io::simulation::{self, SavedDisk};

use super::dice::Dice;
use super::options::DATA;

const PAGE_BYTES: usize = 4096;
const MISDIRECTED_PERCENT: u64 = 30;

/// What was done, and the disk from before.
pub(super) struct Damage {
    pub file: PathBuf,
    page: u64,
    what: String,
    before: SavedDisk,
}

impl Damage {
    /// Changes a page of a file; none if there is none that counts.
    pub(super) fn do_some(dice: &mut Dice) -> Option<Damage> {
        let before = simulation::save_disk();
        let files = files();
        let (file, bytes) = dice.pick(&files)?.clone();
        let page = dice.within(0..bytes.div_ceil(PAGE_BYTES as u64));
        let what = match dice.percent(MISDIRECTED_PERCENT) {
            true => {
                let (other, other_bytes) = dice.pick(&files)?.clone();
                let from = dice.within(0..other_bytes.div_ceil(PAGE_BYTES as u64));
                if from == page && passes_for(&other, &file) {
                    return None;
                }
                let position = from * PAGE_BYTES as u64;
                let mut stray = simulation::peek(&other, position, PAGE_BYTES);
                stray.resize(PAGE_BYTES, 0);
                simulation::change_page(&file, page, |page| page.copy_from_slice(&stray));
                format!("holds page {from} of {}", other.display())
            }
            false => {
                let used = (bytes - page * PAGE_BYTES as u64).min(PAGE_BYTES as u64);
                let bit = dice.within(0..8 * used);
                let (byte, mask) = ((bit / 8) as usize, 1 << (bit % 8));
                simulation::change_page(&file, page, |page| page[byte] ^= mask);
                format!("bit {bit} flipped")
            }
        };
        Some(Damage { file, page, what, before })
    }

    pub(super) fn undo(&self) {
        simulation::restore_disk(&self.before);
    }

    /// Who refuses says which file is to blame.
    pub(super) fn is_named(&self, reason: &str) -> Result<(), String> {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        match reason.contains(&*name) {
            true => Ok(()),
            false => Err(format!("{self:?} makes the node say: {reason}")),
        }
    }
}

impl fmt::Debug for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page {} of {} {}", self.page, self.file.display(), self.what)
    }
}

/// Files and their sizes, in order.
fn files() -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut pending = vec![PathBuf::from(DATA)];
    while let Some(directory) = pending.pop() {
        for (name, bytes) in simulation::entries_of(&directory) {
            let path = directory.join(name);
            match bytes {
                None => pending.push(path),
                Some(bytes) if bytes > 0 && is_checked(&path) => files.push((path, bytes)),
                Some(_) => {}
            }
        }
    }
    files
}

/// Whether the same page of another file may go on where this one's did: Kafka's formats do not
/// tell one log's batches, entries and snapshots from another's.
fn passes_for(other: &Path, file: &Path) -> bool {
    let form = |path: &Path| match path.extension()?.to_str()? {
        // A snapshot of metadata is a log.
        "checkpoint" => Some("log".to_owned()),
        end @ ("log" | "index" | "timeindex" | "snapshot") => Some(end.to_owned()),
        _ => None,
    };
    other != file && form(file).is_some() && form(other) == form(file)
}

fn is_checked(path: &Path) -> bool {
    let ends = ["log", "index", "timeindex", "snapshot", "checkpoint"];
    let of_parts = path.extension().is_some_and(|end| ends.iter().any(|known| end == *known));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    of_parts || file_names::parse_journal(&name).is_some()
}
