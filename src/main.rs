//! The `ringlog` binary.

fn main() -> std::process::ExitCode {
    ringlog::cli::run()
}
