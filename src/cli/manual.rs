//! `ringlog man`: manual pages, from the same declarations as `--help`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Command};

use super::failure::Failure;
use super::files;
use super::output::Output;

/// Write manual pages of all commands
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog man | man --local-file -
  ringlog man --to ~/.local/share/man/man1")]
pub(super) struct ManualArgs {
    /// A folder for a page of each command; without it the first page is printed
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub(super) fn run(arguments: &ManualArgs, command: Command) -> Result<(), Failure> {
    let Some(folder) = &arguments.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        let mut output = Output::stdout();
        output.bytes(&page)?;
        return output.flush();
    };
    fs::create_dir_all(folder).map_err(|cause| files::failure(folder, cause))?;
    clap_mangen::generate_to(command, folder).map_err(|cause| files::failure(folder, cause))
}
