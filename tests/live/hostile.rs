//! One hostile client: connection after connection, each with a behaviour of its own.
//!
//! Promise: where a client may expect an answer (a whole request, an honest wait for what comes
//! back), it gets that answer or the end of its connection; anything else is reported.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use ringlog::handlers::table::APIS;
use support::load::random::Random;

use crate::catalogue::Entry;
use crate::learned::Learned;
use crate::sampler::{self, flip};
use crate::windows::Clock;

/// The longest wait that a request may ask for is seconds; a busy machine makes it longer.
const PATIENCE: Duration = Duration::from_secs(90);
/// Connections that a client leaves open and does nothing with.
const LEFT_OPEN_MAX: usize = 100;
/// What a client did last, for the report of a failure.
const TRAIL_MAX: usize = 40;
const TRAIL_BYTES_MAX: usize = 300;
const ANSWER_BYTES_MAX: usize = 128 << 20;

/// What all hostile clients share.
pub(crate) struct Course {
    pub(crate) address: SocketAddr,
    pub(crate) over: AtomicBool,
    /// When to rest.
    pub(crate) clock: Clock,
    pub(crate) requests: AtomicU64,
    pub(crate) answers: AtomicU64,
    pub(crate) connections: AtomicU64,
    /// The last things each client did.
    pub(crate) trails: Vec<Mutex<VecDeque<String>>>,
}

pub(crate) struct Hostile<'c> {
    index: usize,
    course: &'c Course,
    catalogue: &'c [Entry],
    random: Random,
    learned: Learned,
    left_open: Vec<TcpStream>,
    correlation: i32,
}

/// A request that was sent whole.
struct Pending {
    correlation: i32,
    key: i16,
    version: i16,
    may_be_unanswered: bool,
}

struct Frame {
    bytes: Vec<u8>,
    pending: Pending,
}

/// How a conversation ended.
enum End {
    Answered,
    Closed,
}

impl<'c> Hostile<'c> {
    pub(crate) fn new(index: usize, course: &'c Course, catalogue: &'c [Entry], seed: u64) -> Self {
        let (random, learned) = (Random::new(seed), Learned::default());
        let left_open = Vec::new();
        Hostile { index, course, catalogue, random, learned, left_open, correlation: 0 }
    }

    /// Until the course is over. Panics on a connection that is neither answered nor closed.
    pub(crate) fn run(mut self) {
        while !self.course.over.load(Ordering::Relaxed) {
            self.rest();
            let Ok(stream) = self.connect() else {
                sleep(Duration::from_millis(20));
                continue;
            };
            let done = match self.random.below(20) {
                0..9 => self.talk(stream),
                9..12 => self.pipeline(stream),
                12..14 => self.damaged(stream),
                14 => self.half_a_frame(stream),
                15 => self.never_read(stream),
                16 => self.garbage(stream),
                17 => self.drip(stream),
                18 => self.vanish(stream),
                _ => self.crowd(stream),
            };
            // A connection that the broker closes is an answer.
            let _closed = done;
            if self.left_open.len() > LEFT_OPEN_MAX {
                let place = self.random.below(self.left_open.len() as u64) as usize;
                self.left_open.swap_remove(place);
            }
        }
    }

    /// While the healthy clients are measured alone.
    fn rest(&self) {
        while self.course.clock.is_at_rest() && !self.course.over.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(20));
        }
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.course.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        self.course.connections.fetch_add(1, Ordering::Relaxed);
        Ok(stream)
    }

    /// One request after the other, each answered before the next.
    fn talk(&mut self, mut stream: TcpStream) -> io::Result<()> {
        for _ in 0..1 + self.random.below(40) {
            self.rest();
            let frame = self.request();
            self.send(&mut stream, &frame)?;
            if let End::Closed = self.await_answers(&mut stream, vec![frame.pending]) {
                return Ok(());
            }
        }
        self.leave(stream);
        Ok(())
    }

    /// Many requests, then their answers in order.
    fn pipeline(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let mut pending = Vec::new();
        let mut bytes = Vec::new();
        for _ in 0..1 + self.random.below(30) {
            let frame = self.request();
            bytes.extend_from_slice(&frame.bytes);
            self.note("together", &frame.bytes);
            pending.push(frame.pending);
        }
        stream.write_all(&bytes)?;
        self.await_answers(&mut stream, pending);
        self.leave(stream);
        Ok(())
    }

    /// A frame with a few bytes changed. Whatever it now asks for, it is left to it.
    fn damaged(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        for _ in 0..1 + self.random.below(20) {
            let mut frame = self.request();
            let start = if self.random.below(10) == 0 { 0 } else { 4 };
            flip(&mut frame.bytes[start..], &mut self.random);
            self.send(&mut stream, &frame)?;
            if read_frame(&mut stream).is_err() {
                break;
            }
        }
        self.leave(stream);
        Ok(())
    }

    fn half_a_frame(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let frame = self.request();
        let end = self.random.below(frame.bytes.len() as u64) as usize;
        self.note("half of", &frame.bytes[..end]);
        stream.write_all(&frame.bytes[..end])?;
        self.leave(stream);
        Ok(())
    }

    /// Asks as long as the broker listens, and reads nothing.
    fn never_read(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_write_timeout(Some(Duration::from_millis(200)))?;
        self.note("never reads", &[]);
        for _ in 0..self.random.below(400) {
            let frame = self.request();
            stream.write_all(&frame.bytes)?;
        }
        self.left_open.push(stream);
        Ok(())
    }

    /// What is no request must end the connection, or be waited for as the rest of one.
    fn garbage(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let bytes = match self.random.below(6) {
            0 => b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n".to_vec(),
            1 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            2 => i32::MAX.to_be_bytes().to_vec(),
            3 => i32::MIN.to_be_bytes().to_vec(),
            4 => vec![0; 4],
            _ => (0..self.random.below(5000)).map(|_| self.random.below(256) as u8).collect(),
        };
        self.note("garbage", &bytes);
        stream.write_all(&bytes)?;
        self.left_open.push(stream);
        Ok(())
    }

    /// A request whose bytes come one by one.
    fn drip(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let frame = self.request();
        self.note("dripping", &frame.bytes);
        let (slow, rest) = frame.bytes.split_at(frame.bytes.len().min(60));
        for byte in slow {
            stream.write_all(&[*byte])?;
            sleep(Duration::from_millis(self.random.below(5)));
        }
        stream.write_all(rest)?;
        self.await_answers(&mut stream, vec![frame.pending]);
        Ok(())
    }

    /// Asks and is gone before the answer.
    fn vanish(&mut self, mut stream: TcpStream) -> io::Result<()> {
        for _ in 0..1 + self.random.below(10) {
            let frame = self.request();
            self.send(&mut stream, &frame)?;
        }
        if self.random.below(2) == 0 {
            stream.shutdown(std::net::Shutdown::Write)?;
        }
        Ok(())
    }

    fn crowd(&mut self, stream: TcpStream) -> io::Result<()> {
        let mut crowd = vec![stream];
        for _ in 0..self.random.below(60) {
            crowd.push(self.connect()?);
        }
        for stream in &mut crowd {
            let frame = self.request();
            stream.write_all(&frame.bytes)?;
        }
        Ok(())
    }

    fn leave(&mut self, stream: TcpStream) {
        if self.random.below(4) == 0 {
            self.left_open.push(stream);
        }
    }

    fn request(&mut self) -> Frame {
        let random = &mut self.random;
        let (entry, versions) = match random.below(25) {
            0 => any_request(self.catalogue, random),
            _ => served_request(self.catalogue, random),
        };
        let span = (versions.end() - versions.start()) as u64 + 1;
        let version = versions.start() + random.below(span) as i16;
        let sample = sampler::sample(entry, version, random, &self.learned);
        self.correlation += 1;
        let correlation = self.correlation;
        let mut told = entry.key;
        let mut told_version = version;
        match random.below(300) {
            0 => told = random.below(300) as i16 - 100,
            1 => told_version = random.below(300) as i16 - 100,
            _ => {}
        }
        let mut frame = vec![0; 4];
        frame.extend_from_slice(&told.to_be_bytes());
        frame.extend_from_slice(&told_version.to_be_bytes());
        frame.extend_from_slice(&correlation.to_be_bytes());
        frame.extend_from_slice(b"\0\x07hostile");
        if entry.request.flexible.contains(version) {
            frame.push(0);
        }
        frame.extend_from_slice(&sample.body);
        let length = (frame.len() - 4) as u32;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        // One that says another key or version than it is may be anything.
        let as_told = told == entry.key && told_version == version;
        let may_be_unanswered = !sample.is_answered || !as_told;
        let pending = Pending { correlation, key: told, version: told_version, may_be_unanswered };
        self.course.requests.fetch_add(1, Ordering::Relaxed);
        Frame { bytes: frame, pending }
    }

    fn send(&mut self, stream: &mut TcpStream, frame: &Frame) -> io::Result<()> {
        let what = format!("{} version {}", frame.pending.key, frame.pending.version);
        self.note(&what, &frame.bytes);
        stream.write_all(&frame.bytes)
    }

    /// Waits for the answer to each, in order. Those that may have none are passed over.
    fn await_answers(&mut self, stream: &mut TcpStream, pending: Vec<Pending>) -> End {
        let mut pending = VecDeque::from(pending);
        while pending.iter().any(|request| !request.may_be_unanswered) {
            let answer = match read_frame(stream) {
                Ok(answer) => answer,
                Err(error) if is_timeout(&error) => {
                    let waiting: Vec<_> = pending
                        .iter()
                        .map(|request| (request.correlation, request.key, request.version))
                        .collect();
                    panic!("neither answered nor closed: {waiting:?}");
                }
                Err(_) => return End::Closed,
            };
            let head = answer.first_chunk().copied().expect("an answer has a correlation id");
            let correlation = i32::from_be_bytes(head);
            // To an earlier request that might have had no answer.
            if pending.front().is_some_and(|request| request.correlation > correlation) {
                continue;
            }
            loop {
                let next = pending.pop_front();
                let request = next.unwrap_or_else(|| panic!("an answer to {correlation}, unasked"));
                if request.correlation == correlation {
                    self.course.answers.fetch_add(1, Ordering::Relaxed);
                    if !request.may_be_unanswered {
                        self.learned.note(request.key, request.version, &answer);
                    }
                    break;
                }
                let (key, unanswered) = (request.key, request.correlation);
                assert!(
                    request.may_be_unanswered,
                    "no answer to {unanswered} (API {key}), but to {correlation}"
                );
            }
        }
        End::Answered
    }

    fn note(&self, what: &str, bytes: &[u8]) {
        let shown = &bytes[..bytes.len().min(TRAIL_BYTES_MAX)];
        let hex: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut trail = self.course.trails[self.index].lock().expect("no thread panicked with it");
        trail.push_back(format!("{what} ({} bytes) {hex}", bytes.len()));
        if trail.len() > TRAIL_MAX {
            trail.pop_front();
        }
    }
}

fn served_request<'e>(
    catalogue: &'e [Entry],
    random: &mut Random,
) -> (&'e Entry, RangeInclusive<i16>) {
    let api = APIS[random.below(APIS.len() as u64) as usize];
    let key = api.key as i16;
    let entry = catalogue.iter().find(|entry| entry.key == key).expect("it has a schema");
    (entry, api.versions.clone())
}

fn any_request<'e>(
    catalogue: &'e [Entry],
    random: &mut Random,
) -> (&'e Entry, RangeInclusive<i16>) {
    let entry = &catalogue[random.below(catalogue.len() as u64) as usize];
    (entry, entry.request.versions.first..=entry.request.versions.last)
}

fn read_frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    assert!(length <= ANSWER_BYTES_MAX, "an answer of {length} bytes");
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
