//! One connection to one broker: requests go out in order, responses come back in order.
//!
//! Promise: `open` has asked which versions the broker serves, and each call uses the newest that
//! both speak. Never: reserves memory for a response before its bytes are there.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::error::ClientError;
use super::limits;
use crate::protocol::generated::api_versions;
use crate::protocol::{
    ApiKey, Call, ErrorCode, Message, Reader, RequestHeader, ResponseHeader, Writer,
};

/// The port of a broker whose address names none.
pub const PORT_DEFAULT: u16 = 9092;
/// Response bytes read at first; more is taken as they come.
const READ_AHEAD_BYTES: usize = 64 << 10;

/// Where a broker listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

impl Address {
    /// Reads `host:port`, `host` or `[v6]:port`.
    pub fn parse(text: &str) -> Result<Self, ClientError> {
        let malformed = || ClientError::Address { address: text.to_owned() };
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.starts_with('[') => {
                let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
                let number = port.parse().ok().filter(|port| *port > 0);
                (host, number.ok_or_else(|| no_port(text, port, is_number))?)
            }
            _ => (text, PORT_DEFAULT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let plain = !host.is_empty() && !host.contains(|c: char| c == '/' || c.is_whitespace());
        plain.then(|| Self { host: host.to_owned(), port }).ok_or_else(malformed)
    }

    /// Reads addresses with commas between them.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, ClientError> {
        text.split(',').map(|address| Self::parse(address.trim())).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

/// Why what stands in a port's place is none.
fn no_port(text: &str, port: &str, is_number: bool) -> ClientError {
    let address = text.to_owned();
    match is_number {
        true => ClientError::Port { address, port: port.to_owned() },
        false => ClientError::Address { address },
    }
}

/// What all connections of a client share.
#[derive(Debug, Clone)]
pub struct Options {
    pub client_id: String,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a response, and for a call with all its attempts.
    pub request_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: "ringlog-cli".to_owned(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
        }
    }
}

/// A request that is not answered yet.
#[derive(Debug)]
struct Pending {
    correlation_id: i32,
    version: i16,
}

#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    address: Address,
    client_id: String,
    request_timeout: Duration,
    versions: BTreeMap<i16, (i16, i16)>,
    correlation_id: i32,
    pending: VecDeque<Pending>,
}

impl Connection {
    pub fn open(address: &Address, options: &Options) -> Result<Self, ClientError> {
        let unreachable = |cause| ClientError::Unreachable { address: address.to_string(), cause };
        let stream = connect(address, options.connect_timeout).map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        stream.set_write_timeout(Some(options.request_timeout)).map_err(unreachable)?;
        let mut connection = Self {
            stream,
            address: address.clone(),
            client_id: options.client_id.clone(),
            request_timeout: options.request_timeout,
            versions: BTreeMap::new(),
            correlation_id: 0,
            pending: VecDeque::new(),
        };
        connection.negotiate()?;
        Ok(connection)
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Requests sent and not answered.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Asks which versions the broker serves: in the newest that any broker understands, and
    /// again in the oldest if it answers that it does not.
    fn negotiate(&mut self) -> Result<(), ClientError> {
        let request = api_versions::Request {
            client_software_name: "ringlog".to_owned(),
            client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Default::default()
        };
        let mut response = api_versions::Response::default();
        for version in [3, 0] {
            self.send_version(&request, version)?;
            let waited = self.request_timeout;
            let frame = self.receive_frame(ApiKey::ApiVersions, Instant::now() + waited, waited)?;
            // An unknown version is answered in version 0.
            let code = frame.get(4..6).map_or(0, |code| i16::from_be_bytes([code[0], code[1]]));
            let refused = code == ErrorCode::UnsupportedVersion.code();
            let answered = if refused { 0 } else { version };
            response = self.decode::<api_versions::Request>(&frame, answered)?;
            if !refused {
                break;
            }
        }
        super::error::check(response.error_code, None, || format!("{}", self.address))?;
        let range = |api: &api_versions::response::ApiVersion| {
            (api.api_key, (api.min_version, api.max_version))
        };
        self.versions = response.api_keys.iter().map(range).collect();
        Ok(())
    }

    /// The newest version that both sides speak, up to `version_max`.
    pub fn version_of<R: Call>(&self, version_max: i16) -> Result<i16, ClientError> {
        let unsupported = || {
            let address = self.address.to_string();
            let serves = |api: ApiKey| self.versions.contains_key(&(api as i16));
            match !serves(ApiKey::Metadata) && serves(ApiKey::Fetch) {
                true => ClientError::Controller { address },
                false => ClientError::Unsupported { address, api: R::API },
            }
        };
        let (min, max) = self.versions.get(&(R::API as i16)).ok_or_else(unsupported)?;
        let version = (*max).min(*R::VERSIONS.end()).min(version_max);
        let speaks = version >= *min && version >= *R::VERSIONS.start();
        speaks.then_some(version).ok_or_else(unsupported)
    }

    pub fn call<R: Call>(&mut self, request: &R) -> Result<R::Response, ClientError> {
        self.send(request, version_max::<R>())?;
        self.receive::<R>(self.request_timeout)
    }

    /// A call that the broker may hold for `patience` before it answers.
    pub fn call_patiently<R: Call>(
        &mut self,
        request: &R,
        patience: Duration,
    ) -> Result<R::Response, ClientError> {
        self.send(request, version_max::<R>())?;
        self.receive::<R>(self.request_timeout.saturating_add(patience))
    }

    /// Waits no longer than this for answers from now on.
    pub fn set_request_timeout(&mut self, timeout: Duration) {
        self.request_timeout = timeout;
    }

    /// Sends without waiting for the answer; `receive` gets the answers in the same order.
    pub fn send<R: Call>(&mut self, request: &R, version_max: i16) -> Result<(), ClientError> {
        let version = self.version_of::<R>(version_max)?;
        self.send_version(request, version)
    }

    /// Sends what has no answer (Produce with acks 0).
    pub fn send_unanswered<R: Call>(
        &mut self,
        request: &R,
        version_max: i16,
    ) -> Result<(), ClientError> {
        self.send(request, version_max)?;
        self.pending.pop_back();
        Ok(())
    }

    fn send_version<R: Call>(&mut self, request: &R, version: i16) -> Result<(), ClientError> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let correlation_id = self.correlation_id;
        let client_id = Some(self.client_id.clone());
        let mut writer = Writer::new();
        writer.i32(0);
        RequestHeader { api: R::API, version, correlation_id, client_id }.encode(&mut writer)?;
        request.encode(&mut writer, version)?;
        let length = i32::try_from(writer.len() - 4);
        let length = length.map_err(|_| ClientError::Record {
            cause: format!(
                "a request of {} bytes is more than the protocol can count",
                writer.len()
            ),
        })?;
        writer.set_i32_at(0, length);
        self.stream.write_all(writer.as_slice()).map_err(|cause| self.broken(cause))?;
        self.pending.push_back(Pending { correlation_id, version });
        Ok(())
    }

    /// The answer to the oldest request without one, which must have been an `R`.
    pub fn receive<R: Call>(&mut self, timeout: Duration) -> Result<R::Response, ClientError> {
        self.receive_by::<R>(Instant::now() + timeout, timeout)
    }

    /// The same until `deadline`, by when `waited` will have gone by since it was asked for.
    pub fn receive_by<R: Call>(
        &mut self,
        deadline: Instant,
        waited: Duration,
    ) -> Result<R::Response, ClientError> {
        let version = self.pending.front().map(|pending| pending.version);
        let version = version.ok_or_else(|| self.broken(io::ErrorKind::NotConnected.into()))?;
        let frame = self.receive_frame(R::API, deadline, waited)?;
        self.decode::<R>(&frame, version)
    }

    /// Whether bytes of an answer are there within `timeout`.
    pub fn is_answered_within(&mut self, timeout: Duration) -> Result<bool, ClientError> {
        let timeout = timeout.max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(timeout)).map_err(|cause| self.broken(cause))?;
        match self.stream.peek(&mut [0]) {
            Ok(_) => Ok(true),
            Err(cause) if is_timeout(&cause) => Ok(false),
            Err(cause) => Err(self.broken(cause)),
        }
    }

    fn receive_frame(
        &mut self,
        api: ApiKey,
        deadline: Instant,
        waited: Duration,
    ) -> Result<Bytes, ClientError> {
        let mut length = [0; 4];
        self.read_exact(&mut length, deadline, api, waited)?;
        let bytes = i32::from_be_bytes(length);
        let limit = limits::RESPONSE_BYTES_MAX;
        let size = usize::try_from(bytes).ok().filter(|size| *size <= limit);
        let address = || self.address.to_string();
        let size = size.ok_or_else(|| ClientError::ResponseTooLarge {
            address: address(),
            bytes: i64::from(bytes),
            limit,
        })?;
        let mut frame = Vec::with_capacity(size.min(READ_AHEAD_BYTES));
        while frame.len() < size {
            // Doubles with what has come, so that a false length costs nothing.
            let start = frame.len();
            let step = (size - start).min(start.max(READ_AHEAD_BYTES));
            frame.resize(start + step, 0);
            self.read_exact(&mut frame[start..], deadline, api, waited)?;
        }
        Ok(Bytes::from(frame))
    }

    fn read_exact(
        &mut self,
        mut buffer: &mut [u8],
        deadline: Instant,
        api: ApiKey,
        waited: Duration,
    ) -> Result<(), ClientError> {
        while !buffer.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = left.max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left)).map_err(|cause| self.broken(cause))?;
            match self.stream.read(buffer) {
                Ok(0) => return Err(self.broken(io::ErrorKind::UnexpectedEof.into())),
                Ok(read) => buffer = &mut buffer[read..],
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) if is_timeout(&cause) => {
                    let address = self.address.to_string();
                    return Err(ClientError::TimedOut { address, api, waited });
                }
                Err(cause) => return Err(self.broken(cause)),
            }
        }
        Ok(())
    }

    fn decode<R: Call>(&mut self, frame: &Bytes, version: i16) -> Result<R::Response, ClientError> {
        let address = || self.address.to_string();
        let malformed = |cause| ClientError::Malformed { address: address(), api: R::API, cause };
        let mut reader = Reader::sharing(frame);
        let header = ResponseHeader::decode(&mut reader, R::API, version).map_err(malformed)?;
        let expected = self.pending.pop_front().map_or(0, |pending| pending.correlation_id);
        let found = header.correlation_id;
        if found != expected {
            return Err(ClientError::OutOfOrder { address: address(), expected, found });
        }
        let response = R::Response::decode(&mut reader, version).map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        Ok(response)
    }

    fn broken(&self, cause: io::Error) -> ClientError {
        ClientError::Broken { address: self.address.to_string(), cause }
    }
}

/// The newest version of a call that this client uses: it names topics, so not those that name
/// them by id alone.
pub fn version_max<R: Call>() -> i16 {
    match R::API {
        ApiKey::Produce | ApiKey::Fetch => 12,
        ApiKey::OffsetCommit | ApiKey::OffsetFetch => 9,
        _ => *R::VERSIONS.end(),
    }
}

fn connect(address: &Address, timeout: Duration) -> io::Result<TcpStream> {
    let deadline = Instant::now() + timeout;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for socket in resolve(address, timeout)? {
        let left = deadline.saturating_duration_since(Instant::now());
        match TcpStream::connect_timeout(&socket, left.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(cause) => last = cause,
        }
    }
    Err(last)
}

/// The addresses of a host. The system's resolver has no timeout of its own: a thread waits for it.
fn resolve(address: &Address, timeout: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = address.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, address.port)]);
    }
    let (sender, resolved) = mpsc::channel();
    let (host, port) = (address.host.clone(), address.port);
    thread::Builder::new().name("resolver".to_owned()).spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs();
        // Nobody waits for it any more: it took too long.
        let _unheard = sender.send(found.map(Iterator::collect));
    })?;
    resolved.recv_timeout(timeout).unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, "its name is not resolved in time"))
    })
}

fn is_timeout(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
