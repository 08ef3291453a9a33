//! `ringlog log`: what the files of a log directory hold, and whether they are sound. Offline.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::server::offset;

mod decode;
mod dump;
mod index_check;
mod log_files;
mod segment;
mod side_files;
mod verify;

use decode::Decoding;

/// Look into the files of a data directory and check them, without a broker
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog log dump ringlog-data/logs-0                        the batches of a partition
  ringlog log dump --records ringlog-data/__consumer_offsets-3
  ringlog log verify ringlog-data                             everything

A path is a file, the directory of a partition, or a whole data directory. Files are only read.
Of a broker that runs, dump shows what is in its files by now; verify wants it stopped.")]
pub(super) struct LogArgs {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Show batches, records, index entries, snapshots and checkpoints
    #[command(after_help = "Examples:\n  \
                            ringlog log dump ringlog-data/logs-0 --from-offset 1000 \
                            --max-batches 3 --records\n  \
                            ringlog log dump ringlog-data/logs-0/00000000000000000000.index\n  \
                            ringlog log dump ringlog-data/logs-0 --records --json | grep alice\n\n\
                            A path is a file, the directory of a partition, or a whole data \
                            directory.")]
    Dump(DumpArgs),
    /// Check batches, records, indexes, snapshots and checkpoints; fails if something is wrong
    #[command(after_help = "Examples:\n  ringlog log verify ringlog-data\n  \
                            ringlog log verify ringlog-data/logs-0 --shallow\n\n\
                            Stop the broker first: the files of one that runs are refused.")]
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct DumpArgs {
    /// Files or directories
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Also the records of each batch
    #[arg(long, short)]
    records: bool,
    /// How keys and values are shown
    #[arg(long = "as", value_name = "WHAT", default_value = "auto")]
    decoding: Decoding,
    /// Pass over batches that end before this offset
    #[arg(long, value_name = "OFFSET", value_parser = offset, allow_negative_numbers = true)]
    from_offset: Option<i64>,
    /// Stop each segment after so many batches
    #[arg(long, value_name = "COUNT")]
    max_batches: Option<u64>,
    /// Write a JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// Files or directories
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Check batches by their checksums alone, not each record
    #[arg(long)]
    shallow: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &LogArgs) -> Result<(), Failure> {
    match &arguments.command {
        LogCommand::Dump(arguments) => dump::run(arguments),
        LogCommand::Verify(arguments) => verify::run(arguments),
    }
}
