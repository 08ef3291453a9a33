//! Why a command ends without success, in words that say what to do.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::client::ClientError;
use crate::protocol::ErrorCode;

/// The shell's number for a process that ended by SIGINT.
const INTERRUPTED: u8 = 130;

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Called wrongly: exit code 2.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("cannot write the output: {}", without_number(.0))]
    Output(#[from] io::Error),
    #[error("{path}: {}", without_number(cause))]
    File { path: String, cause: io::Error },
    /// Ctrl-C or SIGTERM ended it before its time.
    #[error("interrupted: {0}")]
    Interrupted(String),
}

/// The cause in words, without the number that the operating system has for it.
fn without_number(cause: &io::Error) -> String {
    let text = cause.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

impl Failure {
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// Tells the operator, and which exit code it is.
    pub(super) fn report(&self) -> ExitCode {
        let code = self.exit_code();
        if code != 0 {
            // Nothing is left to do if stderr is closed too.
            let _ = write!(io::stderr().lock(), "{}", self.text());
        }
        ExitCode::from(code)
    }

    /// Whether who reads the output wants no more of it: no failure, and nothing to tell.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }

    fn exit_code(&self) -> u8 {
        match self {
            _ if self.is_closed_pipe() => 0,
            Self::Usage(_)
            | Self::Client(ClientError::Address { .. } | ClientError::Port { .. }) => 2,
            Self::Interrupted(_) => INTERRUPTED,
            _ => 1,
        }
    }

    fn text(&self) -> String {
        let remedy = self.remedy().map_or_else(String::new, |remedy| format!("{remedy}\n"));
        format!("error: {}\n{remedy}", self.to_string().trim_end())
    }

    /// What the operator can do about it.
    fn remedy(&self) -> Option<&'static str> {
        let Self::Client(error) = self else { return None };
        match error {
            ClientError::Unreachable { .. } => Some(
                "Is the broker running? Start one with `ringlog serve`, or name another with \
                 --server.",
            ),
            ClientError::TimedOut { .. } => Some(
                "Is it a broker that is overloaded or waits for room on a full disk (its log \
                     says so), or another kind of server?",
            ),
            ClientError::Controller { .. } => Some(
                "`listeners` of the broker's configuration names both; controller.listener.names \
                 says which are controllers'.",
            ),
            ClientError::ResponseTooLarge { .. } | ClientError::Malformed { .. } => {
                Some("Is this a Kafka listener without TLS? --server takes HOST:PORT of one.")
            }
            _ => match error.code()? {
                ErrorCode::UnknownTopicOrPartition => {
                    Some("`ringlog topic list` shows the topics; `ringlog topic create` makes one.")
                }
                ErrorCode::TopicAlreadyExists => {
                    Some("--if-not-exists passes over it; `ringlog topic alter` changes it.")
                }
                ErrorCode::UnknownTopicId => Some("`ringlog topic list` shows the topics."),
                ErrorCode::InvalidConfig => Some("`ringlog config docs` explains all settings."),
                ErrorCode::GroupIdNotFound => Some("`ringlog group list` shows the groups."),
                ErrorCode::OffsetOutOfRange => Some(
                    "`ringlog topic describe` shows the first and the end offset of each \
                     partition; --from beginning reads from the first.",
                ),
                ErrorCode::MessageTooLarge => Some(
                    "Send smaller batches (--batch-bytes) or raise max.message.bytes of the \
                     topic: `ringlog topic alter`.",
                ),
                ErrorCode::NonEmptyGroup => Some("Stop the group's members first."),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_is_not_there_is_named_with_a_remedy() {
        let cause = io::Error::from(io::ErrorKind::ConnectionRefused);
        let address = "127.0.0.1:9092".to_owned();
        let failure = Failure::from(ClientError::Unreachable { address, cause });
        assert_eq!(
            failure.text(),
            "error: cannot reach 127.0.0.1:9092: connection refused\nIs the broker running? Start \
             one with `ringlog serve`, or name another with --server.\n"
        );
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn numbers_of_the_operating_system_are_left_out() {
        let cause = io::Error::from_raw_os_error(2);
        let failure = Failure::File { path: "a.log".to_owned(), cause };
        assert_eq!(failure.text(), "error: a.log: No such file or directory\n");
    }

    #[test]
    fn exit_codes() {
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::from(closed).exit_code(), 0);
        assert_eq!(Failure::from(io::Error::other("full")).exit_code(), 1);
        assert_eq!(Failure::usage("x").exit_code(), 2);
        assert_eq!(Failure::Interrupted("x".to_owned()).exit_code(), 130);
    }
}
