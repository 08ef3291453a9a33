//! One bit of one file: what it belongs to, which records it may cost, and whether anyone needs it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use support::load::random::Random;

/// A bit, in a file below the data directory.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    /// Below the data directory: `topic-0/name`, or a name alone.
    pub(crate) file: PathBuf,
    pub(crate) position: u64,
    pub(crate) mask: u8,
}

/// Each file is as likely as another; so is each of its bits.
pub(crate) fn anywhere(files: &[(PathBuf, u64)], random: &mut Random) -> Spot {
    let (file, bytes) = &files[random.below(files.len() as u64) as usize];
    let (position, mask) = (random.below(*bytes), 1 << random.below(8));
    Spot { file: file.clone(), position, mask }
}

/// The files below a folder that are not empty, with their sizes.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            let bytes = entry.metadata()?.len();
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if bytes > 0 {
                let below = entry.path().strip_prefix(folder).map(Path::to_owned);
                found.push((below.map_err(io::Error::other)?, bytes));
            }
        }
    }
    found.sort();
    Ok(found)
}

impl Spot {
    pub(crate) fn flip(&self, data: &Path) -> io::Result<()> {
        let file = File::options().read(true).write(true).open(data.join(&self.file))?;
        let mut byte = [0];
        file.read_exact_at(&mut byte, self.position)?;
        byte[0] ^= self.mask;
        file.write_all_at(&byte, self.position)
    }

    /// The folder of the partition that the file belongs to.
    pub(crate) fn folder(&self) -> Option<String> {
        let parent = self.file.parent().filter(|parent| !parent.as_os_str().is_empty())?;
        Some(parent.display().to_string())
    }

    /// The name of the file with that of its folder, as the log must have it.
    pub(crate) fn name(&self, data: &Path) -> String {
        match self.folder() {
            Some(_) => self.file.display().to_string(),
            None => {
                let folder = data.file_name().unwrap_or_default().to_string_lossy();
                format!("{folder}/{}", self.file.display())
            }
        }
    }

    /// What kind of file it is.
    pub(crate) fn kind(&self) -> String {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_numbered = name.starts_with("0000");
        match name.rsplit_once('.') {
            Some((_, ending)) if is_numbered && self.is_metadata() => format!("metadata .{ending}"),
            Some((_, ending)) if is_numbered => format!(".{ending}"),
            _ if name.contains("journal") => "journal".to_owned(),
            _ => name,
        }
    }

    fn is_metadata(&self) -> bool {
        self.file.starts_with("__cluster_metadata-0")
    }

    /// The records that a flip in a segment may cost: those of its batch, and where the batch does
    /// not say any more where the next one is, those up to the next that the index knows. None: the
    /// file is no segment.
    pub(crate) fn may_cost(&self, sound: &Path) -> io::Result<Option<BTreeSet<i64>>> {
        if self.file.extension().is_none_or(|ending| ending != "log") {
            return Ok(None);
        }
        let path = sound.join(&self.file);
        let segment = fs::read(&path)?;
        let (mut at, mut offsets) = (0, BTreeSet::new());
        let (mut is_hit, mut has_head_hit) = (false, false);
        let index = fs::read(path.with_extension("index"))?;
        while let Some(head) = segment.get(at..at + HEAD_BYTES) {
            let size = number(&head[8..12]) as usize + 12;
            let position = self.position as usize;
            is_hit |= (at..at + size).contains(&position);
            has_head_hit |= (at..at + HEAD_BYTES).contains(&position);
            if is_hit {
                let base = (number(&head[..4]) << 32) + number(&head[4..8]);
                offsets.extend(base..=base + number(&head[23..27]));
            }
            at += size;
            let is_known = index.chunks_exact(8).any(|entry| number(&entry[4..]) as usize == at);
            if is_hit && (!has_head_hit || is_known) {
                break;
            }
        }
        Ok(Some(offsets))
    }

    /// Why a flip here need not be found, if so.
    pub(crate) fn unneeded(&self, sound: &Path) -> io::Result<Option<&'static str>> {
        Ok(match self.kind().as_str() {
            ".kafka_cleanshutdown" => Some("that the file is there is all that it says"),
            "journal" if self.position >= JOURNAL_IDENTITY_BYTES => {
                Some("after a stop in order nothing in the journal is needed but whose it is")
            }
            "replication-offset-checkpoint" => {
                Some("written for Kafka alone: of one replica all is committed")
            }
            "meta.properties" if is_comment(&fs::read(sound.join(&self.file))?, self.position) => {
                Some("a comment")
            }
            ".index" if self.names_a_later_batch(sound)? => {
                Some("a reader that it leads to a place before misses nothing")
            }
            ".timeindex" if self.names_a_batch_as_young(sound)? => {
                Some("the entry is as true as before: the batch that it names is as young")
            }
            "bootstrap.checkpoint" if self.is_of_a_place(sound)? => {
                Some("where a batch stands in this file: its records alone are read")
            }
            "leader-epoch-checkpoint" if self.begins_earlier(sound)? => {
                Some("a log's first epoch begins with the log, if it is said to begin before")
            }
            "quorum-state" => {
                let text = fs::read_to_string(sound.join(&self.file))?;
                let name = text.find(CHECKSUM_NAME).map(|at| at..at + CHECKSUM_NAME.len());
                let is_hit = name.is_some_and(|name| name.contains(&(self.position as usize)));
                is_hit.then_some("the name of the checksum of what is as it was")
            }
            _ => None,
        })
    }
}

impl Spot {
    /// Whether the entry of a time index that was hit names an offset of a batch of its time.
    fn names_a_batch_as_young(&self, sound: &Path) -> io::Result<bool> {
        let path = sound.join(&self.file);
        let mut index = fs::read(&path)?;
        index[self.position as usize] ^= self.mask;
        let entry = self.position as usize / 12 * 12;
        let offset = base_of(&path)? + number(&index[entry + 8..entry + 12]);
        let segment = fs::read(path.with_extension("log"))?;
        let time = number(&index[entry..entry + 8]);
        let found = batches(&segment).find(|batch| (batch.first..=batch.last).contains(&offset));
        Ok(found.is_some_and(|batch| batch.max_timestamp == time))
    }

    /// Whether it is the offset or the leader epoch in a batch's head, which no checksum covers.
    fn is_of_a_place(&self, sound: &Path) -> io::Result<bool> {
        let bytes = fs::read(sound.join(&self.file))?;
        let (mut at, position) = (0, self.position as usize);
        while let Some(head) = bytes.get(at..at + HEAD_BYTES) {
            if (at..at + 8).contains(&position) || (at + 12..at + 16).contains(&position) {
                return Ok(true);
            }
            at += number(&head[8..12]) as usize + 12;
        }
        Ok(false)
    }

    /// Whether all that has changed is that the first epoch begins earlier.
    fn begins_earlier(&self, sound: &Path) -> io::Result<bool> {
        let mut bytes = fs::read(sound.join(&self.file))?;
        let before = epochs(&bytes);
        bytes[self.position as usize] ^= self.mask;
        let after = epochs(&bytes);
        Ok(match (before.as_deref(), after.as_deref()) {
            (Some([(epoch, start), rest @ ..]), Some([(same, earlier), others @ ..])) => {
                epoch == same && earlier < start && rest == others
            }
            _ => false,
        })
    }

    /// Whether the entry of an index that was hit has the last offset of a later batch now, as
    /// one of Kafka's has that stands for several batches.
    fn names_a_later_batch(&self, sound: &Path) -> io::Result<bool> {
        let path = sound.join(&self.file);
        let mut index = fs::read(&path)?;
        let entry = self.position as usize / 8 * 8;
        let before = number(&index[entry..entry + 8]);
        index[self.position as usize] ^= self.mask;
        let after = number(&index[entry..entry + 8]);
        let offset = base_of(&path)? + (after >> 32);
        let segment = fs::read(path.with_extension("log"))?;
        let mut ends = batches(&segment).map(|batch| batch.last);
        Ok(after > before && after as i32 == before as i32 && ends.any(|last| last == offset))
    }
}

/// Epochs and where they begin, if the text is as it must be.
fn epochs(text: &[u8]) -> Option<Vec<(i64, i64)>> {
    let mut lines = std::str::from_utf8(text).ok()?.lines().skip(1);
    let count: usize = lines.next()?.parse().ok()?;
    let entry = |line: &str| {
        let (epoch, start) = line.split_once(' ')?;
        Some((epoch.parse().ok()?, start.parse().ok()?))
    };
    let found: Option<Vec<_>> = lines.map(entry).collect();
    found.filter(|found| found.len() == count)
}

/// The offset that a segment's files are named after.
fn base_of(path: &Path) -> io::Result<i64> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    name.parse().map_err(io::Error::other)
}

/// What a batch's head says.
struct Head {
    first: i64,
    last: i64,
    max_timestamp: i64,
}

fn batches(segment: &[u8]) -> impl Iterator<Item = Head> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let head = segment.get(at..at + HEAD_BYTES)?;
        at += number(&head[8..12]) as usize + 12;
        let first = number(&head[..8]);
        let last = first + number(&head[23..27]);
        Some(Head { first, last, max_timestamp: number(&head[35..43]) })
    })
}

fn is_comment(text: &[u8], position: u64) -> bool {
    let before = &text[..position as usize];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    text[start] == b'#'
}

fn number(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

const CHECKSUM_NAME: &str = "\"ringlogCrc32c\":";
const HEAD_BYTES: usize = 61;
const JOURNAL_IDENTITY_BYTES: u64 = 28;
