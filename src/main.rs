//! The `ringlog` binary.

use std::io::Write;
use std::process::ExitCode;

use ringlog::config::{BrokerConfig, Settings};

/// `ringlog serve [FILE]`, until the other commands are here.
fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _unseen = writeln!(std::io::stderr(), "ringlog: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let file = arguments.iter().find(|argument| argument.ends_with(".properties"));
    let content = file.map(std::fs::read).transpose()?;
    let overrides: Vec<String> =
        arguments.iter().filter(|argument| argument.contains('=')).cloned().collect();
    let (settings, notices) = Settings::load(content.as_deref(), &overrides)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    ringlog::boot::serve(BrokerConfig::new(&settings)?)?;
    Ok(())
}
