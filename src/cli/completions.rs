//! `ringlog completions`: what a shell needs to complete the commands.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::failure::Failure;
use super::output::Output;

/// Write what a shell needs to complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog completions bash > ~/.local/share/bash-completion/completions/ringlog
  ringlog completions zsh > ~/.zfunc/_ringlog
  ringlog completions fish > ~/.config/fish/completions/ringlog.fish")]
pub(super) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(arguments: &CompletionsArgs, command: &mut Command) -> Result<(), Failure> {
    let mut text = Vec::new();
    generate(arguments.shell, command, "ringlog", &mut text);
    let mut output = Output::stdout();
    output.bytes(&text)?;
    output.flush()
}
