//! What can go wrong with a broker, seen from a client.

use std::io;
use std::time::Duration;

use crate::protocol::{ApiKey, DecodeError, EncodeError, ErrorCode};

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("cannot reach {address}: {}", io_cause(cause))]
    Unreachable { address: String, cause: io::Error },
    #[error("the connection to {address} broke: {}", io_cause(cause))]
    Broken { address: String, cause: io::Error },
    #[error("{address} did not answer {api:?} within {} ms", waited.as_millis())]
    TimedOut { address: String, api: ApiKey, waited: Duration },
    #[error("{address} answered {api:?} with what this client cannot read: {cause}")]
    Malformed { address: String, api: ApiKey, cause: DecodeError },
    #[error("{address} sent a response of {bytes} bytes; at most {limit} are read")]
    ResponseTooLarge { address: String, bytes: i64, limit: usize },
    #[error("{address} answered request {found} where {expected} was the next")]
    OutOfOrder { address: String, expected: i32, found: i32 },
    #[error("{address} does not serve {api:?} in a version that this client speaks")]
    Unsupported { address: String, api: ApiKey },
    #[error("a request cannot be written: {0}")]
    Encode(#[from] EncodeError),
    #[error("{subject}: {}", refusal(*code, message.as_deref()))]
    Refused { subject: String, code: i16, message: Option<String> },
    #[error("{partition} has no leader at the moment")]
    NoLeader { partition: String },
    #[error("broker {node} does not run at the moment")]
    NoBroker { node: i32 },
    #[error("topic {topic} has no partition {partition}; it has {}", partitions_to(*last))]
    NoPartition { topic: String, partition: i32, last: i32 },
    #[error("`{address}` is no address: write host:port, for example localhost:9092")]
    Address { address: String },
    #[error("the records of {partition} at offset {offset} cannot be read: {cause}")]
    Records { partition: String, offset: i64, cause: String },
    #[error("the record cannot be sent: {cause}")]
    Record { cause: String },
    #[error("the record has {bytes} bytes, and the topic takes {max} (max.message.bytes)")]
    TooLarge { bytes: usize, max: usize },
    #[error("{address}: there is no port {port}; ports go from 1 to 65535")]
    Port { address: String, port: String },
    #[error("{address} is a controller's listener, which serves no clients: name a broker's")]
    Controller { address: String },
    /// Who waited wants no more of it.
    #[error("interrupted")]
    Interrupted,
    #[error("a thread of the client ended before its time")]
    Thread,
}

impl ClientError {
    /// What a broker says no to; none if `code` is not an error.
    pub fn refused(code: i16, message: Option<&str>, subject: impl FnOnce() -> String) -> Self {
        Self::Refused { subject: subject(), code, message: message.map(str::to_owned) }
    }

    /// The code of a refusal.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => ErrorCode::from_code(*code),
            _ => None,
        }
    }

    /// Whether the same call may succeed a little later. Beyond a quota it may, but the broker does
    /// not hear the connection till then: whoever waits for the answer is to know why.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::NoLeader { .. } | Self::NoBroker { .. } => true,
            Self::Refused { .. } if self.is_beyond_quota() => false,
            Self::Refused { .. } => self.code().is_some_and(ErrorCode::is_retriable),
            _ => false,
        }
    }

    /// Whether a client at work should go on trying: also while a broker is away for a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. })
            || self.is_beyond_quota()
            || self.is_retriable()
    }

    fn is_beyond_quota(&self) -> bool {
        self.code() == Some(ErrorCode::ThrottlingQuotaExceeded)
    }
}

/// Refuses unless `code` is 0.
pub fn check(
    code: i16,
    message: Option<&str>,
    subject: impl FnOnce() -> String,
) -> Result<(), ClientError> {
    match code {
        0 => Ok(()),
        code => Err(ClientError::refused(code, message, subject)),
    }
}

fn partitions_to(last: i32) -> String {
    match last {
        0 => "partition 0 alone".to_owned(),
        last => format!("partitions 0 to {last}"),
    }
}

/// The words of the kind, without the number of the operating system where they say enough.
fn io_cause(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::TimedOut
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => cause.kind().to_string(),
        io::ErrorKind::UnexpectedEof => "closed by the peer".to_owned(),
        _ => cause.to_string(),
    }
}

/// The broker's own message if it has one, else what the code means.
fn refusal(code: i16, message: Option<&str>) -> String {
    let message = message.filter(|message| !message.is_empty());
    match (ErrorCode::from_code(code), message) {
        (Some(known), Some(message)) => format!("{message} ({})", known.name()),
        (Some(known), None) => format!("{} ({})", known.message(), known.name()),
        (None, Some(message)) => format!("{message} (error {code})"),
        (None, None) => format!("error {code}, which this client does not know"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_prefer_the_words_of_the_broker() {
        let unknown = ErrorCode::UnknownTopicOrPartition;
        let error = ClientError::refused(3, Some("no such topic"), || "topic a".to_owned());
        assert_eq!(error.to_string(), "topic a: no such topic (UNKNOWN_TOPIC_OR_PARTITION)");
        let error = ClientError::refused(3, Some(""), || "topic a".to_owned());
        assert_eq!(
            error.to_string(),
            format!("topic a: {} (UNKNOWN_TOPIC_OR_PARTITION)", unknown.message())
        );
        assert_eq!((error.code(), error.is_retriable()), (Some(unknown), true));
        let error = ClientError::refused(999, None, || "x".to_owned());
        assert_eq!(error.to_string(), "x: error 999, which this client does not know");
        assert!(!error.is_retriable());
        let error = ClientError::refused(89, None, || "x".to_owned());
        assert_eq!((error.is_retriable(), error.is_transient()), (false, true));
    }

    #[test]
    fn an_unreachable_broker_is_named_with_its_cause() {
        let cause = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = ClientError::Unreachable { address: "127.0.0.1:9092".to_owned(), cause };
        assert_eq!(error.to_string(), "cannot reach 127.0.0.1:9092: connection refused");
    }
}
