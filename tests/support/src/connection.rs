//! One connection to a broker: frames with request and response headers.
//!
//! Requests may be sent ahead; answers come back in their order.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::wire::{Reader, Writer};

/// A key and one version of it, from the flexible ones on.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    pub key: i16,
    pub version: i16,
}

/// A request with its header and length, ready to be written; correlation ids are all alike.
pub fn frame(api: Api, body: &[u8]) -> Vec<u8> {
    let mut header = Writer::default();
    header.i16(api.key).i16(api.version).i32(CORRELATION);
    header.i16(CLIENT_ID.len() as i16).bytes(CLIENT_ID.as_bytes()).no_tags();
    let header = header.into_vec();
    let mut frame = ((header.len() + body.len()) as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(&header);
    frame.extend_from_slice(body);
    frame
}

pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Connection> {
        Connection::open_within(address, PATIENCE)
    }

    /// One that waits no longer than `patience`, for anything.
    pub fn open_within(address: SocketAddr, patience: Duration) -> io::Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Connection { stream, answer: Vec::new() })
    }

    /// A second handle on the same socket, so that one thread sends while another receives.
    pub fn share(&self) -> io::Result<Connection> {
        Ok(Connection { stream: self.stream.try_clone()?, answer: Vec::new() })
    }

    pub fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.stream.write_all(frame)
    }

    /// Whether something has arrived that was not received yet.
    pub fn is_answered(&self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        match peeked {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The body of the next answer.
    pub fn receive(&mut self) -> io::Result<&[u8]> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > ANSWER_BYTES_MAX {
            return Err(io::Error::other(format!("an answer of {length} bytes")));
        }
        if self.answer.len() < length {
            self.answer.resize(length, 0);
        }
        let answer = &mut self.answer[..length];
        self.stream.read_exact(answer)?;
        let mut reader = Reader::new(answer);
        let correlation = reader.i32()?;
        if correlation != CORRELATION {
            return Err(io::Error::other(format!("answer to request {correlation}")));
        }
        reader.skip_tags()?;
        Ok(reader.rest())
    }

    pub fn call(&mut self, api: Api, body: &Writer) -> io::Result<&[u8]> {
        self.send(&frame(api, body.as_slice()))?;
        self.receive()
    }
}

const CLIENT_ID: &str = "ringlog-tests";
const CORRELATION: i32 = 0x52_49_4e_47;
const ANSWER_BYTES_MAX: usize = 256 << 20;
const PATIENCE: Duration = Duration::from_secs(30);
