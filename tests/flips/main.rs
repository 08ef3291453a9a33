//! Single bits flipped in the files of a stopped broker: what is damaged is named and never given
//! out, and nothing else is lost.
//!
//! A load is written, read, and the broker stopped. Then, again and again: a copy of its directory
//! with one bit of one file flipped; a start; and all that was known asked again: records with
//! their epochs, offsets by time and by epoch, ends, committed offsets, topics and their configs,
//! a batch that is sent again.
//! A broker may refuse to start, or refuse some records of the partition that was hit, if its log
//! names the file with its folder. All else must be as it was; and a flip that nobody sees must be
//! named by the log, or by `ringlog log verify`, or be where nobody needs it: `spot.rs` says where.
//! RINGLOG_FLIPS: how many anywhere (default 200), and then some in each kind of file.
//! RINGLOG_FLIPS_EACH: how many of those (default 6). RINGLOG_SEED: as a failed run printed it.
//! RINGLOG_FLIPS_GO_ON=1: tells of all failures at the end.
//! Run: `cargo test --release --test flips -- --ignored --nocapture`.
//! Read next: scene.rs, known.rs, spot.rs.

mod known;
mod scene;
mod spot;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use known::{Findings, Known};
use scene::{SETTINGS, Scene};
use spot::Spot;
use support::broker::{Broker, Launch};
use support::load::random::Random;

#[test]
#[ignore = "takes minutes"]
fn a_flipped_bit_is_named_and_never_given_out() {
    let mut random = Random::from_environment();
    let mut flipping = Flipping::prepare(&mut random);
    let spots = flipping.spots(&mut random);
    let (mut table, mut failures) = (Table::default(), Vec::new());
    let goes_on = Random::number("RINGLOG_FLIPS_GO_ON").is_some();
    for (number, spot) in spots.iter().enumerate() {
        let outcome = flipping.try_one(spot).expect("a copy can be damaged and looked at");
        let place = format!("{} at {} ^ {:#04x}", spot.file.display(), spot.position, spot.mask);
        println!("{number}: {place}: {outcome}");
        if let Outcome::Wrong(_) = outcome {
            let said = flipping.broker.log_of_last_start();
            assert!(goes_on, "{place}: {outcome}; it said:\n{said}");
            failures.push(format!("{place}: {outcome}"));
        }
        table.note(spot, &outcome);
    }
    println!("{table}");
    flipping.put_back().expect("a copy");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What became of the log.
#[derive(Debug)]
enum Outcome {
    /// All is answered as it was, and the log names the file.
    Named,
    /// All is answered as it was, and `ringlog log verify` names the file.
    Verified,
    /// All is answered as it was, and nobody needs the bit.
    Unneeded(&'static str),
    /// The broker does not start, and says why.
    NotStarted,
    /// Some is refused of the partition that was hit, which the log names.
    Refused { records: usize, all: bool },
    /// Something is given that was never written, or missing without a word.
    Wrong(String),
}

impl Outcome {
    const COLUMNS: [&'static str; 7] =
        ["named", "verify", "unneeded", "no start", "records", "offline", "wrong"];

    fn column(&self) -> usize {
        match self {
            Outcome::Named => 0,
            Outcome::Verified => 1,
            Outcome::Unneeded(_) => 2,
            Outcome::NotStarted => 3,
            Outcome::Refused { all: false, .. } => 4,
            Outcome::Refused { all: true, .. } => 5,
            Outcome::Wrong(_) => 6,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Named => f.write_str("unharmed, named by the log"),
            Outcome::Verified => f.write_str("unharmed, named by verify"),
            Outcome::Unneeded(reason) => write!(f, "unharmed, unneeded: {reason}"),
            Outcome::NotStarted => f.write_str("named, and not started"),
            Outcome::Refused { records, all: false } => write!(f, "{records} records refused"),
            Outcome::Refused { all: true, .. } => f.write_str("the partition is refused"),
            Outcome::Wrong(what) => write!(f, "WRONG: {what}"),
        }
    }
}

/// A stopped broker, what it had, and the directory that it left.
struct Flipping {
    broker: Broker,
    known: Known,
    sound: PathBuf,
}

impl Flipping {
    fn prepare(random: &mut Random) -> Flipping {
        let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
        let mut broker = Broker::start(&launch, &SETTINGS).expect("the broker starts");
        let scene = Scene::play(&mut broker, random).expect("all is written");
        let data = broker.data();
        let sound = data.with_file_name("sound");
        fs::rename(&data, &sound).expect("the directory can be moved");
        copy(&sound, &data).expect("a copy");
        broker.restart().expect("it starts on a copy");
        let known = Known::read(&broker, &scene).expect("the log can be read");
        let findings = known.compare(&broker);
        assert!(findings.is_empty(), "before any damage: {findings:?}");
        broker.kill().expect("it runs");
        fs::remove_dir_all(&data).expect("the copy can go");
        println!("{} records", known.records());
        let flipping = Flipping { broker, known, sound };
        let complaints = flipping.verify(&flipping.sound, None).expect("verify runs");
        assert!(complaints.is_empty(), "before any damage: {complaints}");
        flipping
    }

    /// Anywhere, and then in each kind of file.
    fn spots(&self, random: &mut Random) -> Vec<Spot> {
        let files = spot::files(&self.sound).expect("the directory can be read");
        let flips = Random::number("RINGLOG_FLIPS").unwrap_or(200);
        let each = Random::number("RINGLOG_FLIPS_EACH").unwrap_or(6);
        let mut spots: Vec<Spot> = (0..flips).map(|_| spot::anywhere(&files, random)).collect();
        let mut kinds: BTreeMap<String, Vec<(PathBuf, u64)>> = BTreeMap::new();
        for (file, bytes) in files {
            let kind = Spot { file: file.clone(), position: 0, mask: 0 }.kind();
            kinds.entry(kind).or_default().push((file, bytes));
        }
        for files in kinds.values() {
            spots.extend((0..each).map(|_| spot::anywhere(files, random)));
        }
        spots
    }

    fn try_one(&mut self, spot: &Spot) -> io::Result<Outcome> {
        let data = self.broker.data();
        copy(&self.sound, &data)?;
        spot.flip(&data)?;
        let findings = match self.broker.restart() {
            Ok(()) => Some(self.known.compare(&self.broker)),
            Err(_) => None,
        };
        let _already_gone = self.broker.kill();
        let said = self.broker.log_of_last_start();
        fs::remove_dir_all(&data)?;
        let is_named = said.contains(&spot.name(&data));
        let Some(findings) = findings else {
            return Ok(match is_named {
                true => Outcome::NotStarted,
                false => Outcome::Wrong("it does not start and does not name the file".into()),
            });
        };
        if !findings.wrong.is_empty() {
            return Ok(Outcome::Wrong(findings.wrong.join("; ")));
        }
        if !findings.is_empty() {
            return self.judge_harm(spot, &findings, is_named);
        }
        if is_named {
            return Ok(Outcome::Named);
        }
        copy(&self.sound, &data)?;
        spot.flip(&data)?;
        let complaints = self.verify(&data, spot.folder().as_deref())?;
        fs::remove_dir_all(&data)?;
        if complaints.contains(&spot.name(&data)) {
            return Ok(Outcome::Verified);
        }
        Ok(match spot.unneeded(&self.sound)? {
            Some(reason) => Outcome::Unneeded(reason),
            None => Outcome::Wrong("nobody has seen it".into()),
        })
    }

    /// Something is refused: of the partition that was hit alone, and no more than must be.
    fn judge_harm(&self, spot: &Spot, findings: &Findings, named: bool) -> io::Result<Outcome> {
        if !named {
            return Ok(Outcome::Wrong(format!("refused, and not named: {findings:?}")));
        }
        let hit = spot.folder().unwrap_or_default();
        let harmed = findings.lost.keys().chain(&findings.refused);
        if let Some(other) = harmed.into_iter().find(|folder| **folder != hit) {
            return Ok(Outcome::Wrong(format!("{other} is refused: {findings:?}")));
        }
        let none = Default::default();
        let lost = findings.lost.get(&hit).unwrap_or(&none);
        let may_cost = spot.may_cost(&self.sound)?;
        let all = may_cost.is_none_or(|may_cost| !lost.is_subset(&may_cost));
        // More than the batch: only if the partition is refused as a whole.
        if all && self.known.records_of(&hit).is_some_and(|count| count != lost.len()) {
            return Ok(Outcome::Wrong(format!("{} records are refused", lost.len())));
        }
        Ok(Outcome::Refused { records: lost.len(), all })
    }

    /// What `ringlog log verify` complains of, in a folder or everywhere.
    fn verify(&self, data: &Path, folder: Option<&str>) -> io::Result<String> {
        let path = folder.map_or(data.to_owned(), |folder| data.join(folder));
        let binary = env!("CARGO_BIN_EXE_ringlog");
        let done = Command::new(binary).args(["log", "verify"]).arg(path).output()?;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let problems = said.lines().filter(|line| line.starts_with("PROBLEM"));
        Ok(problems.collect::<Vec<_>>().join("\n"))
    }

    /// For who looks at what a failure has left.
    fn put_back(&self) -> io::Result<()> {
        copy(&self.sound, &self.broker.data())
    }
}

/// How often each outcome came, by the kind of file.
#[derive(Default)]
struct Table(BTreeMap<String, [usize; Outcome::COLUMNS.len()]>);

impl Table {
    fn note(&mut self, spot: &Spot, outcome: &Outcome) {
        let key = spot.kind();
        self.0.entry(key).or_default()[outcome.column()] += 1;
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, name: &str, cells: [String; 7]| {
            let cells: String = cells.iter().map(|cell| format!(" {cell:>9}")).collect();
            writeln!(f, "{name:<34}{cells}")
        };
        line(f, "", Outcome::COLUMNS.map(String::from))?;
        let mut sums = [0; Outcome::COLUMNS.len()];
        for (kind, counts) in &self.0 {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            line(f, kind, counts.map(|count| count.to_string()))?;
        }
        line(f, "all", sums.map(|sum| sum.to_string()))
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let status = Command::new("cp").args(["-a", "--sparse=always"]).arg(from).arg(to).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("cp failed")) }
}
