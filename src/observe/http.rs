//! As much of HTTP/1.1 as a few pages need: the head of a request is read, a response written, the
//! connection closed.
//!
//! Lives on: the threads of the metrics. Promise: a client that sends nothing, too much or too
//! slowly costs `limits::METRICS_CLIENT` at the most. Never: takes a body, or a method that could
//! change something.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use serde_json::Value;

use crate::limits;

/// What a page says.
#[derive(Debug)]
pub(super) struct Reply {
    status: &'static str,
    content: &'static str,
    body: String,
}

impl Reply {
    /// Prometheus' text format.
    pub(super) fn metrics(body: String) -> Reply {
        Reply { status: "200 OK", content: "text/plain; version=0.0.4; charset=utf-8", body }
    }

    /// A sentence, and whether all is well.
    pub(super) fn health(is_well: bool, sentence: &str) -> Reply {
        let status = if is_well { "200 OK" } else { "503 Service Unavailable" };
        Reply { status, content: "text/plain; charset=utf-8", body: format!("{sentence}\n") }
    }

    pub(super) fn json(value: &Value) -> Reply {
        Reply { status: "200 OK", content: "application/json", body: format!("{value:#}\n") }
    }

    fn refusal(status: &'static str, sentence: &str) -> Reply {
        Reply { status, ..Reply::health(true, sentence) }
    }
}

/// Answers one request; `page` is what a path holds, or None if there is no such page. `pages` are
/// the paths that there are.
pub(super) fn answer(
    stream: &TcpStream,
    pages: &[&str],
    page: impl FnOnce(&str) -> Option<Reply>,
) -> io::Result<()> {
    let deadline = Instant::now() + limits::METRICS_CLIENT;
    let head = read_head(stream, deadline)?;
    let reply = reply_to(&head, pages, page);
    write_until(stream, reply.as_bytes(), deadline)?;
    stream.shutdown(Shutdown::Write)
}

fn reply_to(head: &[u8], pages: &[&str], page: impl FnOnce(&str) -> Option<Reply>) -> String {
    let mut words = head.split(|byte| byte.is_ascii_whitespace()).map(String::from_utf8_lossy);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let there_is = format!("there is {}", pages.join(", "));
    let reply = match (&*method, path) {
        ("GET" | "HEAD", "/") => Reply::health(true, &format!("Ringlog: {there_is}")),
        ("GET" | "HEAD", path) => {
            page(path).unwrap_or_else(|| Reply::refusal("404 Not Found", &there_is))
        }
        (_, path) if path.starts_with('/') => Reply::refusal(
            "405 Method Not Allowed",
            "only GET and HEAD: nothing here changes state",
        ),
        _ => Reply::refusal("400 Bad Request", "this is HTTP: GET /metrics"),
    };
    let Reply { status, content, body } = reply;
    let mut text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content}\r\nContent-Length: {}\r\nCache-Control: \
         no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    if method != "HEAD" {
        text.push_str(&body);
    }
    text
}

/// Everything up to the empty line behind the headers.
fn read_head(mut stream: &TcpStream, deadline: Instant) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    loop {
        stream.set_read_timeout(Some(left(deadline)?))?;
        let got = stream.read(&mut piece)?;
        head.extend_from_slice(&piece[..got]);
        if got == 0 || head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            return Ok(head);
        }
        if head.len() > limits::METRICS_HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

fn write_until(mut stream: &TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(deadline)?))?;
        match stream.write(bytes)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            sent => bytes = &bytes[sent..],
        }
    }
    Ok(())
}

fn left(deadline: Instant) -> io::Result<std::time::Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

#[cfg(test)]
mod tests;
