//! Sends answers in rounds, each with a time limit.
//!
//! Lives on: the connection's core.
//! Promise: small answers that are due together go out in one send; bytes in files go from the page
//! cache to the socket. A peer that does not take a round in time is given up.
//! Limits: limits::SEND_ROUND_BYTES_MAX, limits::SEND_ROUND.   Read next: connection.rs.

use std::io;

use shards::clock;
use shards::io::{File, Slice, Socket};

use super::metrics::{ConnectionMetrics, count};
use crate::handlers::Response;
use crate::limits;
use crate::routing::segment::Segment;

/// Why answers could not be sent. To blame: the peer, or the network to it.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("the peer does not read its answers")]
    NotReading,
    #[error("the peer closed the connection before its answers were sent")]
    Gone,
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for SendError {
    fn from(error: io::Error) -> SendError {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => SendError::Gone,
            _ => SendError::Io(error),
        }
    }
}

/// Sends `answers` in order.
pub async fn send(
    socket: &Socket,
    answers: Vec<Response>,
    metrics: &ConnectionMetrics,
) -> Result<(), SendError> {
    for round in rounds(answers) {
        let sent = clock::timeout(limits::SEND_ROUND, round.send(socket)).await;
        let bytes = sent.map_err(|_| SendError::NotReading)??;
        count(&metrics.bytes_sent, bytes);
    }
    Ok(())
}

/// What is sent under one time limit.
#[derive(Debug)]
enum Round {
    Memory(Vec<Slice>),
    File { file: File, offset: u64, length: u64 },
}

impl Round {
    async fn send(self, socket: &Socket) -> io::Result<u64> {
        match self {
            Round::Memory(slices) => {
                let bytes = slices.iter().map(|slice| slice.len() as u64).sum();
                socket.send_all(slices).await?;
                Ok(bytes)
            }
            Round::File { file, offset, length } => {
                socket.send_file(&file, offset, length).await?;
                Ok(length)
            }
        }
    }
}

fn rounds(answers: Vec<Response>) -> Vec<Round> {
    let mut rounds = Rounds::default();
    for answer in answers {
        match answer {
            Response::Encoded(bytes) => rounds.copy(bytes),
            Response::Segments(segments) => {
                segments.into_iter().for_each(|segment| rounds.segment(segment));
            }
            Response::None => {}
        }
    }
    rounds.end_memory();
    rounds.all
}

/// Builds rounds: encoded answers are joined, everything else stays where it is.
#[derive(Default)]
struct Rounds {
    all: Vec<Round>,
    slices: Vec<Slice>,
    slices_bytes: usize,
    joined: Vec<u8>,
}

impl Rounds {
    fn copy(&mut self, bytes: Vec<u8>) {
        if self.joined.is_empty() {
            self.joined = bytes;
        } else {
            self.joined.extend_from_slice(&bytes);
        }
        if self.slices_bytes + self.joined.len() >= limits::SEND_ROUND_BYTES_MAX {
            self.end_memory();
        }
    }

    fn segment(&mut self, segment: Segment) {
        match segment {
            Segment::Memory(mut slice) => {
                self.end_joined();
                while !slice.is_empty() {
                    let room = limits::SEND_ROUND_BYTES_MAX - self.slices_bytes;
                    let part = slice.split_to(room.min(slice.len()));
                    self.push(part);
                }
            }
            Segment::File { file, mut offset, mut length } => {
                self.end_memory();
                while length > 0 {
                    let part = length.min(limits::SEND_ROUND_BYTES_MAX as u64);
                    self.all.push(Round::File { file: file.clone(), offset, length: part });
                    offset += part;
                    length -= part;
                }
            }
        }
    }

    fn end_joined(&mut self) {
        let mut joined = Slice::from(std::mem::take(&mut self.joined));
        while !joined.is_empty() {
            let room = limits::SEND_ROUND_BYTES_MAX - self.slices_bytes;
            let part = joined.split_to(room.min(joined.len()));
            self.push(part);
        }
    }

    fn push(&mut self, slice: Slice) {
        self.slices_bytes += slice.len();
        self.slices.push(slice);
        if self.slices_bytes == limits::SEND_ROUND_BYTES_MAX {
            self.end_slices();
        }
    }

    fn end_slices(&mut self) {
        if !self.slices.is_empty() {
            self.all.push(Round::Memory(std::mem::take(&mut self.slices)));
            self.slices_bytes = 0;
        }
    }

    fn end_memory(&mut self) {
        self.end_joined();
        self.end_slices();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(round: &Round) -> Vec<u8> {
        match round {
            Round::Memory(slices) => slices.iter().flat_map(|slice| slice.to_vec()).collect(),
            Round::File { .. } => panic!("no file was given"),
        }
    }

    #[test]
    fn small_answers_are_one_round_and_one_slice() {
        let answers = vec![
            Response::Encoded(b"ab".to_vec()),
            Response::None,
            Response::Encoded(b"cd".to_vec()),
        ];
        let rounds = rounds(answers);
        assert!(matches!(&rounds[..], [Round::Memory(slices)] if slices.len() == 1));
        assert_eq!(bytes_of(&rounds[0]), b"abcd");
    }

    #[test]
    fn order_is_kept_and_no_round_is_too_large() {
        let large: Vec<u8> =
            (0..limits::SEND_ROUND_BYTES_MAX * 2 + 10).map(|at| at as u8).collect();
        let answers = vec![
            Response::Encoded(b"head".to_vec()),
            Response::Segments(vec![
                Segment::Memory(Slice::from(b"header".to_vec())),
                Segment::Memory(Slice::from(large.clone())),
            ]),
            Response::Encoded(large.clone()),
            Response::Encoded(b"tail".to_vec()),
        ];
        let rounds = rounds(answers);
        let whole: Vec<u8> = rounds.iter().flat_map(bytes_of).collect();
        let expected = [b"headheader".to_vec(), large.clone(), large, b"tail".to_vec()].concat();
        assert!(whole == expected);
        for round in &rounds {
            assert!((1..=limits::SEND_ROUND_BYTES_MAX).contains(&bytes_of(round).len()));
        }
    }

    #[test]
    fn nothing_to_send_is_no_round() {
        assert!(rounds(vec![Response::None, Response::Segments(Vec::new())]).is_empty());
    }
}
