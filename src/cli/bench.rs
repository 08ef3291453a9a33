//! `ringlog bench device`: what the device under a data directory can do for a broker.
//!
//! Promise: the file that is written is removed again, also when the bench fails.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::json;
use shards::io::executor::{self, RingConfig};
use shards::io::{Buffer, Durability, File, OpenOptions, directory};

use super::failure::Failure;
use super::output::{Output, grouped, note};
use super::server::seconds;

/// Measure what the machine can do
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// Synced journal writes, writes to segments, and reads of old data, on the device of a folder
    #[command(after_help = "Example:\n  ringlog bench device --data /var/lib/ringlog\n\n\
                            It writes a file of --size-mib there and removes it again. Run it \
                            before the broker is\nstarted: both at once measure each other.")]
    Device(DeviceArgs),
}

#[derive(Debug, Args)]
struct DeviceArgs {
    /// A folder on the device
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// How many seconds each measurement takes
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    each: Duration,
    /// How large the file is, in MiB
    #[arg(long, value_name = "MIB", default_value = "256",
          value_parser = clap::value_parser!(u64).range(16..=65536))]
    size_mib: u64,
    /// The figures as JSON
    #[arg(long)]
    json: bool,
}

/// One kind of operation, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    /// As the journal writes: synced, over blocks that were written before.
    Journal {
        bytes: usize,
    },
    /// As segments are written: not synced each time.
    Segment {
        bytes: usize,
    },
    Read {
        bytes: usize,
    },
}

const PATTERNS: [Pattern; 5] = [
    Pattern::Journal { bytes: 4 << 10 },
    Pattern::Journal { bytes: 64 << 10 },
    Pattern::Journal { bytes: 1 << 20 },
    Pattern::Segment { bytes: 1 << 20 },
    Pattern::Read { bytes: 1 << 20 },
];

#[derive(Debug)]
struct Figures {
    pattern: Pattern,
    per_second: f64,
    megabytes_per_second: f64,
    p50: Duration,
    p99: Duration,
}

pub(super) fn run(arguments: &BenchArgs) -> Result<(), Failure> {
    let BenchCommand::Device(arguments) = &arguments.command;
    let path = arguments.data.join(format!("ringlog-bench-{}.tmp", std::process::id()));
    let measured = executor::run(RingConfig::default(), async {
        let measured = measure(&path, arguments).await;
        let removed = directory::remove_file(&path).await;
        measured.and_then(|measured| removed.map(|()| measured))
    });
    let measured = measured
        .map_err(|cause| Failure::failed(format!("io_uring cannot be used: {cause}")))?
        .map_err(|cause| Failure::File { path: path.display().to_string(), cause })?;
    let (figures, is_direct) = measured;
    let mut output = Output::stdout();
    if arguments.json {
        let rows = figures.iter().map(|it| {
            json!({
                "pattern": it.pattern.name(), "bytes": it.pattern.bytes(),
                "per_second": it.per_second, "megabytes_per_second": it.megabytes_per_second,
                "p50_us": it.p50.as_micros() as u64, "p99_us": it.p99.as_micros() as u64,
            })
        });
        output.json(&json!({ "direct": is_direct, "rows": rows.collect::<Vec<_>>() }))?;
        return output.flush();
    }
    if !is_direct {
        note("this file system has no direct I/O: every byte goes through the page cache");
    }
    for row in &figures {
        output.line(&row.line())?;
    }
    if let Some(small) = figures.first() {
        output.line(&format!(
            "one core of a broker gets about {} synced acknowledgements a second here, p99 {:.1?}",
            grouped(small.per_second as u64),
            small.p99
        ))?;
    }
    output.flush()
}

async fn measure(path: &Path, arguments: &DeviceArgs) -> std::io::Result<(Vec<Figures>, bool)> {
    let options = OpenOptions::new().write(true).create_new(true).direct(true);
    let file = File::open(path, options).await?;
    let size = arguments.size_mib << 20;
    fill(&file, size).await?;
    let mut figures = Vec::new();
    for pattern in PATTERNS {
        figures.push(measure_one(&file, size, pattern, arguments.each).await?);
    }
    Ok((figures, file.is_direct()))
}

/// Writes the whole file once: what is measured has no blocks to find.
async fn fill(file: &File, size: u64) -> std::io::Result<()> {
    const STEP: usize = 1 << 20;
    let block = block(STEP).freeze();
    for at in (0..size).step_by(STEP) {
        file.write_all_at(vec![block.clone()], at, Durability::Cached).await?;
    }
    file.sync_all().await
}

fn block(bytes: usize) -> Buffer {
    let mut block = Buffer::with_capacity(bytes);
    // Devices that compress would make zeros look fast.
    let mut word = 0x9E37_79B9_7F4A_7C15_u64;
    while block.len() < bytes {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        block.extend_from_slice(&word.to_le_bytes());
    }
    block
}

async fn measure_one(
    file: &File,
    size: u64,
    pattern: Pattern,
    each: Duration,
) -> std::io::Result<Figures> {
    let bytes = pattern.bytes();
    let data = block(bytes).freeze();
    let mut into = Buffer::with_capacity(bytes);
    let mut took = Vec::new();
    let (begun, mut at) = (Instant::now(), 0);
    while begun.elapsed() < each || took.is_empty() {
        let asked = Instant::now();
        match pattern {
            Pattern::Journal { .. } => {
                file.write_all_at(vec![data.clone()], at, Durability::Synced).await?;
            }
            Pattern::Segment { .. } => {
                file.write_all_at(vec![data.clone()], at, Durability::Cached).await?;
            }
            Pattern::Read { .. } => {
                into.clear();
                let (read, buffer) = file.read_exact_at(into, bytes, at).await;
                into = buffer;
                read?;
            }
        }
        took.push(asked.elapsed());
        at = (at + bytes as u64) % (size - bytes as u64 + 1) / 4096 * 4096;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let count = took.len();
    took.sort_unstable();
    Ok(Figures {
        pattern,
        per_second: count as f64 / seconds,
        megabytes_per_second: (count * bytes) as f64 / 1e6 / seconds,
        p50: took[count / 2],
        p99: took[count * 99 / 100],
    })
}

impl Pattern {
    fn name(self) -> &'static str {
        match self {
            Pattern::Journal { .. } => "journal, synced",
            Pattern::Segment { .. } => "segment",
            Pattern::Read { .. } => "read",
        }
    }

    fn bytes(self) -> usize {
        match self {
            Pattern::Journal { bytes } | Pattern::Segment { bytes } | Pattern::Read { bytes } => {
                bytes
            }
        }
    }
}

impl Figures {
    fn line(&self) -> String {
        format!(
            "{:<16} {:>5} KiB  {:>9} a second  {:>7.0} MB/s  p50 {:>9.1?}  p99 {:>9.1?}",
            self.pattern.name(),
            self.pattern.bytes() >> 10,
            grouped(self.per_second as u64),
            self.megabytes_per_second,
            self.p50,
            self.p99,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_measured_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = DeviceArgs {
            data: folder.path().to_owned(),
            each: Duration::from_millis(1),
            size_mib: 16,
            json: true,
        };
        run(&BenchArgs { command: BenchCommand::Device(arguments) }).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let arguments = DeviceArgs {
            data: PathBuf::from("not/there"),
            each: Duration::from_millis(1),
            size_mib: 16,
            json: false,
        };
        let failed = run(&BenchArgs { command: BenchCommand::Device(arguments) }).unwrap_err();
        assert!(failed.to_string().contains("not/there"), "{failed}");
    }
}
