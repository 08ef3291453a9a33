//! As much of HTTP/1.1 as one page needs: the head of a request is read, a response written, the
//! connection closed.
//!
//! Lives on: the thread of the metrics. Promise: a client that sends nothing, too much or too
//! slowly costs `limits::METRICS_CLIENT` at the most.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use crate::limits;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers one request; `page` is what `/metrics` holds, or None if there is no telling.
pub(super) fn answer(stream: &TcpStream, page: impl FnOnce() -> Option<String>) -> io::Result<()> {
    let deadline = Instant::now() + limits::METRICS_CLIENT;
    let head = read_head(stream, deadline)?;
    let reply = reply_to(&head, page);
    write_until(stream, reply.as_bytes(), deadline)?;
    stream.shutdown(Shutdown::Write)
}

fn reply_to(head: &[u8], page: impl FnOnce() -> Option<String>) -> String {
    let mut words = head.split(|byte| byte.is_ascii_whitespace()).map(String::from_utf8_lossy);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = match (&*method, path) {
        ("GET" | "HEAD", "/metrics") => match page() {
            Some(page) => ("200 OK", page),
            None => ("503 Service Unavailable", "the cores do not answer\n".to_owned()),
        },
        ("GET" | "HEAD", "/") => ("200 OK", "Ringlog: see /metrics\n".to_owned()),
        ("GET" | "HEAD", _) => ("404 Not Found", "there is /metrics\n".to_owned()),
        (_, path) if path.starts_with('/') => {
            ("405 Method Not Allowed", "GET /metrics\n".to_owned())
        }
        _ => ("400 Bad Request", "this is HTTP: GET /metrics\n".to_owned()),
    };
    let mut reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {TEXT}\r\nContent-Length: {}\r\nConnection: close\r\n\
         \r\n",
        body.len()
    );
    if method != "HEAD" {
        reply.push_str(&body);
    }
    reply
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
