//! Asks the HTTP listener of a node (`ringlog.metrics.listener`) for one page.
//!
//! Promise: an answer is bounded in size and time; one that is no HTTP is refused.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::failure::Failure;

/// The page of metrics of a node with thousands of partitions is a few megabytes.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// What a node answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub(super) fn is_ok(&self) -> bool {
        self.status == 200
    }

    /// The first line, for a message.
    pub(super) fn sentence(&self) -> &str {
        self.body.lines().next().unwrap_or_default()
    }

    pub(super) fn json(&self) -> Result<Value, Failure> {
        if !self.is_ok() {
            return Err(Failure::failed(format!("the node says: {}", self.sentence())));
        }
        let refused = |cause| Failure::failed(format!("the node's answer is no JSON: {cause}"));
        serde_json::from_str(&self.body).map_err(refused)
    }
}

/// `address` is HOST:PORT.
pub(super) fn get(address: &str, path: &str) -> Result<Answer, Failure> {
    let asked = ask(address, path).map_err(|cause| {
        Failure::failed(format!(
            "cannot ask http://{address}{path}: {cause}\nringlog.metrics.listener says where a \
             node answers; it is off unless that is set"
        ))
    })?;
    let refused = || Failure::failed(format!("what listens on {address} does not speak HTTP"));
    parse(&asked).ok_or_else(refused)
}

fn ask(address: &str, path: &str) -> io::Result<Vec<u8>> {
    let began = Instant::now();
    let left = || {
        let left = PATIENCE.saturating_sub(began.elapsed());
        if left.is_zero() { Err(io::Error::from(io::ErrorKind::TimedOut)) } else { Ok(left) }
    };
    let target = address.to_socket_addrs()?.next();
    let target = target.ok_or_else(|| io::Error::other("the host has no address"))?;
    let mut stream = TcpStream::connect_timeout(&target, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut piece = [0; 16 << 10];
    loop {
        stream.set_read_timeout(Some(left()?))?;
        let got = stream.read(&mut piece)?;
        answer.extend_from_slice(&piece[..got]);
        if got == 0 {
            return Ok(answer);
        }
        if answer.len() as u64 > ANSWER_BYTES_MAX {
            return Err(io::Error::other("the answer is too large"));
        }
    }
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        let answer = parse(b"HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\nstopping\n").unwrap();
        assert_eq!((answer.status, answer.sentence()), (503, "stopping"));
        assert!(answer.json().unwrap_err().to_string().ends_with("stopping"));
        let answer = parse(b"HTTP/1.0 200 OK\r\n\r\n{\"a\": 1}").unwrap();
        assert_eq!(answer.json().unwrap()["a"], 1);
        for rubbish in [&b""[..], b"\0\0\0\x04", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 x y\r\n\r\n"] {
            assert!(parse(rubbish).is_none(), "{rubbish:?}");
        }
    }

    #[test]
    fn nobody_who_listens_is_told_with_a_remedy() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let told = get(&address, "/readyz").unwrap_err().to_string();
        assert!(told.contains("ringlog.metrics.listener"), "{told}");
    }
}
