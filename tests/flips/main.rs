//! Single bits flipped in the files of a stopped broker: what is damaged is named and never given
//! out, and nothing else is lost.
//!
//! A load is written, read, and the broker stopped. Then, again and again: a copy of its directory
//! with one bit of one file flipped; a start; and all of the log read and held against what it was.
//! A broker may refuse to start, or refuse some records, if it names the file. All else must be as
//! it was.
//! RINGLOG_FLIPS: how many (default 200). RINGLOG_SEED: as a failed run printed it.
//! Run: `cargo test --release --test flips -- --ignored --nocapture`.
//! Read next: known.rs.

mod known;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use known::{Known, Outcome};
use support::broker::{Broker, Launch};
use support::load::Load;
use support::load::random::Random;

#[test]
#[ignore = "takes minutes"]
fn a_flipped_bit_is_named_and_never_given_out() {
    let mut random = Random::from_environment();
    let flips = Random::number("RINGLOG_FLIPS").unwrap_or(200);
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let settings = ["log.segment.bytes=1048576"];
    let mut broker = Broker::start(&launch, &settings).expect("the broker starts");
    let load = Load::start(&broker, &mut random).expect("a topic and its producers");
    load.run_for(Duration::from_secs(2));
    load.hold();
    load.finish(&broker);
    let known = Known::read(&broker).expect("the log can be read");
    broker.stop().expect("it stops");
    let data = broker.data();
    let sound = data.with_file_name("sound");
    fs::rename(&data, &sound).expect("the directory can be moved");
    let mut counts = Counts::default();
    for flip in 1..=flips {
        copy(&sound, &data).expect("a copy");
        let file = flip_one_bit(&data, &mut random).expect("a bit can be flipped");
        let outcome = look(&mut broker, &known);
        println!("{flip}: {}: {outcome}", file.display());
        counts.note(&outcome);
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let said = broker.log_of_last_start();
        match outcome {
            Outcome::Unharmed => {}
            Outcome::Refused | Outcome::Lost { .. } => {
                assert!(said.contains(&name), "{name} is not named in:\n{said}");
            }
            Outcome::Wrong(what) => panic!("{}: {what}; it said:\n{said}", file.display()),
        }
        fs::remove_dir_all(&data).expect("the copy can go");
    }
    println!("{counts:?}");
    copy(&sound, &data).expect("a copy");
}

#[derive(Debug, Default)]
struct Counts {
    unharmed: usize,
    refused: usize,
    partly_lost: usize,
}

impl Counts {
    fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Unharmed => self.unharmed += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Lost { .. } => self.partly_lost += 1,
            Outcome::Wrong(_) => {}
        }
    }
}

fn look(broker: &mut Broker, known: &Known) -> Outcome {
    if broker.restart().is_err() {
        let _already_gone = broker.kill();
        return Outcome::Refused;
    }
    let outcome = known.compare(broker);
    broker.kill().expect("it runs");
    outcome
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let status = Command::new("cp").args(["-a", "--sparse=always"]).arg(from).arg(to).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("cp failed")) }
}

/// Each file is as likely as another; so is each of its bits.
fn flip_one_bit(folder: &Path, random: &mut Random) -> io::Result<PathBuf> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    let path = files[random.below(files.len() as u64) as usize].clone();
    let file = File::options().read(true).write(true).open(&path)?;
    let position = random.below(file.metadata()?.len());
    let mut byte = [0];
    file.read_exact_at(&mut byte, position)?;
    byte[0] ^= 1 << random.below(8);
    file.write_all_at(&byte, position)?;
    Ok(path)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else if entry.metadata()?.len() > 0 {
            files.push(entry.path());
        }
    }
    Ok(())
}
