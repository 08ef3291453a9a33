//! `ringlog log verify`.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde_json::{Value, json};
use shards::format::batch::{Batch, TimestampType};
use shards::format::file_names::{SegmentFile, Transition, segment};
use shards::format::records;
use shards::limits::RECORDS_DECOMPRESSED_BYTES_MAX;

use super::index_check::{EpochWatch, OffsetWatch, TimeWatch};
use super::log_files::{self, Content, LogFile};
use super::segment::{Found, Segment};
use super::{VerifyArgs, side_files};
use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::output::{Output, grouped, sized};
use crate::cli::progress;

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    file: String,
    position: Option<u64>,
    cause: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
struct Report {
    files: u64,
    segments: u64,
    batches: u64,
    records: u64,
    bytes: u64,
    problems: Vec<Problem>,
    /// What is not as usual and yet no loss.
    notes: Vec<Problem>,
}

pub(super) fn run(arguments: &VerifyArgs) -> Result<(), Failure> {
    if let Some(directory) = arguments.paths.iter().find_map(|path| files::directory_in_use(path)) {
        return Err(Failure::failed(format!(
            "a broker runs on {}: the ends of its files change while they are read, and would look \
             damaged. Stop the broker, and check then",
            directory.display()
        )));
    }
    let places = log_files::find(&arguments.paths)?;
    let shown = progress::of_bytes(total_bytes(&places));
    let mut report = Report::default();
    let mut previous: Option<(&Path, i64)> = None;
    let mut epochs: Option<(PathBuf, EpochWatch)> = None;
    for place in &places {
        report.files += 1;
        if place.content == Content::LeaderEpochs {
            let entries = side_files::epochs(&place.path);
            epochs = entries.map(|entries| (place.path.clone(), EpochWatch::new(&entries)));
        }
        let parent = place.path.parent().unwrap_or(Path::new(""));
        match side_files::read(place)? {
            Some(Ok(_)) => {}
            Some(Err(cause)) => report.problem(place, None, cause),
            None => {
                // A snapshot of metadata stands for itself.
                let is_segment = matches!(place.content, Content::Segment { .. });
                let after = previous.filter(|(directory, _)| is_segment && *directory == parent);
                let mut check = SegmentCheck {
                    place,
                    shallow: arguments.shallow,
                    progress: &shown,
                    report: &mut report,
                    last_offset: after.map(|(_, last_offset)| last_offset),
                    epochs: epochs
                        .as_mut()
                        .filter(|it| is_segment && it.0.parent() == Some(parent)),
                };
                let last_offset = check.run()?.filter(|_| is_segment);
                if let Some(last_offset) = last_offset {
                    previous = Some((parent, last_offset));
                }
            }
        }
    }
    shown.finish_and_clear();
    report.write(arguments.json)?;
    match report.problems.len() {
        0 => Ok(()),
        count => Err(Failure::failed(format!("{count} problems were found"))),
    }
}

fn total_bytes(places: &[LogFile]) -> u64 {
    let segments = places.iter().filter(|it| matches!(it.content, Content::Segment { .. }));
    segments.filter_map(|place| Some(place.path.metadata().ok()?.len())).sum()
}

impl Report {
    fn problem(&mut self, place: &LogFile, position: Option<u64>, cause: String) {
        let file = place.path.display().to_string();
        self.problems.push(Problem { file, position, cause });
    }

    fn note(&mut self, place: &LogFile, position: Option<u64>, cause: String) {
        let file = place.path.display().to_string();
        self.notes.push(Problem { file, position, cause });
    }

    fn write(&self, json: bool) -> Result<(), Failure> {
        let mut output = Output::stdout();
        if json {
            let line =
                |it: &Problem| json!({"file": it.file, "position": it.position, "cause": it.cause});
            output.json(&json!({
                "files": self.files,
                "segments": self.segments,
                "batches": self.batches,
                "records": self.records,
                "bytes": self.bytes,
                "problems": self.problems.iter().map(line).collect::<Value>(),
                "notes": self.notes.iter().map(line).collect::<Value>(),
            }))?;
            return output.flush();
        }
        for (kind, problems) in [("note", &self.notes), ("PROBLEM", &self.problems)] {
            for it in problems {
                let at = it.position.map_or_else(String::new, |it| format!(" at {it}"));
                output.line(&format!("{kind}: {}{at}: {}", it.file, it.cause))?;
            }
        }
        output.line(&format!(
            "{} files, {} segments, {} batches, {} records, {}: {} problems",
            grouped(self.files),
            grouped(self.segments),
            grouped(self.batches),
            grouped(self.records),
            sized(self.bytes),
            self.problems.len()
        ))?;
        output.flush()
    }
}

/// Goes through one segment with its indexes.
struct SegmentCheck<'a> {
    place: &'a LogFile,
    shallow: bool,
    progress: &'a ProgressBar,
    report: &'a mut Report,
    /// Of the batch before, also in the segment before.
    last_offset: Option<i64>,
    /// Of the partition, and which file says so.
    epochs: Option<&'a mut (PathBuf, EpochWatch)>,
}

impl SegmentCheck<'_> {
    /// The last offset of the segment, or of what came before if it is empty.
    fn run(&mut self) -> Result<Option<i64>, Failure> {
        self.report.segments += 1;
        let (mut offsets, mut times) = self.watches()?;
        let mut segment = Segment::open(&self.place.path)?;
        let mut scratch = Vec::new();
        loop {
            let before = segment.position();
            let Some(found) = segment.next()? else { break };
            match found {
                Found::Batch { position, batch } => {
                    self.batch(position, &batch, &mut scratch);
                    self.epoch(position, &batch);
                    let wrong = offsets.as_mut().map(|it| it.batch(position, &batch));
                    self.index_problems(SegmentFile::OffsetIndex, wrong.unwrap_or_default());
                    let wrong = times.as_mut().map(|it| it.batch(&batch));
                    self.index_problems(SegmentFile::TimeIndex, wrong.unwrap_or_default());
                }
                Found::Unused { bytes } => {
                    let words = format!("{} bytes are not used yet", grouped(bytes));
                    self.report.note(self.place, Some(before), words);
                }
                Found::Damaged { position, cause } => {
                    self.report.problem(self.place, Some(position), cause);
                }
            }
            self.progress.inc(segment.position() - before);
        }
        let left = offsets.map(OffsetWatch::end);
        self.index_problems(SegmentFile::OffsetIndex, left.unwrap_or_default());
        let left = times.map(TimeWatch::end);
        self.index_problems(SegmentFile::TimeIndex, left.unwrap_or_default());
        Ok(self.last_offset)
    }

    fn index_problems(&mut self, file: SegmentFile, causes: Vec<String>) {
        for cause in causes {
            let file = self.beside(file).display().to_string();
            self.report.problems.push(Problem { file, position: None, cause });
        }
    }

    /// Another file of the segment.
    fn beside(&self, file: SegmentFile) -> PathBuf {
        let base_offset = match self.place.content {
            Content::Segment { base_offset } => base_offset,
            _ => 0,
        };
        let directory = self.place.path.parent().unwrap_or(Path::new(""));
        directory.join(segment(base_offset, file, Transition::None))
    }

    /// The indexes beside the segment. One that is missing is rebuilt when a broker starts.
    fn watches(&mut self) -> Result<(Option<OffsetWatch>, Option<TimeWatch>), Failure> {
        let Content::Segment { base_offset } = self.place.content else { return Ok((None, None)) };
        let offsets = self.beside(SegmentFile::OffsetIndex);
        let times = self.beside(SegmentFile::TimeIndex);
        for path in [&offsets, &times] {
            if !path.exists() {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.report.note(self.place, None, format!("{name} is missing"));
            }
        }
        // A damaged index is reported by itself.
        let offsets = match offsets.exists() {
            true => side_files::offset_entries(&offsets, base_offset)?.ok().map(OffsetWatch::new),
            false => None,
        };
        let times = match times.exists() {
            true => side_files::time_entries(&times, base_offset)?.ok().map(TimeWatch::new),
            false => None,
        };
        Ok((offsets, times))
    }

    fn batch(&mut self, position: u64, batch: &Batch<'_>, scratch: &mut Vec<u8>) {
        self.report.batches += 1;
        self.report.bytes += batch.size() as u64;
        self.report.records += u64::from(batch.count().max(0).unsigned_abs());
        let wrong = match batch.verify_checksum() {
            Err(error) => vec![error.to_string()],
            Ok(()) => self.header_problems(batch),
        };
        let records =
            if wrong.is_empty() && !self.shallow { record_problem(batch, scratch) } else { None };
        for cause in wrong.into_iter().chain(records) {
            self.report.problem(self.place, Some(position), cause);
        }
        let last = self.last_offset.unwrap_or(i64::MIN);
        self.last_offset = Some(batch.last_offset().max(last));
    }

    /// No checksum covers the epoch of a batch, nor the checkpoint: either may be wrong.
    fn epoch(&mut self, position: u64, batch: &Batch<'_>) {
        let Some((path, watch)) = self.epochs.as_deref_mut() else { return };
        if let Some(cause) = watch.batch(batch) {
            let file = path.display().to_string();
            self.report.problems.push(Problem { file, position: None, cause: cause.clone() });
            self.report.problem(self.place, Some(position), cause);
        }
    }

    fn header_problems(&self, batch: &Batch<'_>) -> Vec<String> {
        let mut problems = Vec::new();
        let (first, last) = (batch.base_offset(), batch.last_offset());
        if batch.last_offset_delta() < 0 {
            problems.push(format!("the last offset delta is {}", batch.last_offset_delta()));
        }
        if let Some(before) = self.last_offset.filter(|before| *before >= first) {
            problems.push(format!("offsets {first} to {last} follow the offset {before}"));
        }
        if let Content::Segment { base_offset } = self.place.content
            && first < base_offset
        {
            problems.push(format!("offset {first} lies before the segment's begin {base_offset}"));
        }
        problems
    }
}

/// What is wrong with the records of a batch.
fn record_problem(batch: &Batch<'_>, scratch: &mut Vec<u8>) -> Option<String> {
    let records = match records::open(batch, scratch, RECORDS_DECOMPRESSED_BYTES_MAX) {
        Ok(records) => records,
        Err(error) => return Some(error.to_string()),
    };
    let mut last_delta = -1;
    let mut max_timestamp = None;
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => return Some(error.to_string()),
        };
        let delta = record.offset_delta;
        if delta <= last_delta || delta > batch.last_offset_delta() {
            return Some(format!("the offset delta {delta} follows {last_delta} in a batch"));
        }
        last_delta = delta;
        max_timestamp = max_timestamp.max(Some(record.timestamp(batch)));
    }
    let claimed = batch.max_timestamp();
    let is_create_time = batch.attributes().timestamp_type() == TimestampType::CreateTime;
    let found = max_timestamp.filter(|found| is_create_time && *found != claimed)?;
    Some(format!("the largest timestamp is {found}, not {claimed} as the batch claims"))
}

#[cfg(test)]
mod tests;
