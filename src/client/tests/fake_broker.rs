//! A broker of one node that answers what a test says.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;

use crate::client::{Cluster, Options};
use crate::protocol::generated::api_versions;
use crate::protocol::{
    ApiKey, Call, Message, Reader, RequestHeader, ResponseHeader, Writer, find_coordinator,
    metadata,
};

/// The number of the only broker.
pub(super) const NODE: i32 = 1;

/// A request as it came.
pub(super) struct Asked {
    pub api: ApiKey,
    pub version: i16,
    correlation_id: i32,
    body: Bytes,
}

pub(super) enum Reply {
    /// A whole frame.
    Frame(Vec<u8>),
    /// No answer ever.
    Silence,
    Close,
}

impl Asked {
    pub(super) fn read<R: Call>(&self) -> R {
        R::decode(&mut Reader::sharing(&self.body), self.version).unwrap()
    }

    pub(super) fn answer<R: Call>(&self, response: &R::Response) -> Reply {
        assert_eq!(self.api, R::API);
        self.answer_in::<R>(response, self.version)
    }

    pub(super) fn answer_in<R: Call>(&self, response: &R::Response, version: i16) -> Reply {
        let mut writer = Writer::new();
        writer.i32(0);
        let correlation_id = self.correlation_id;
        ResponseHeader { correlation_id }.encode(&mut writer, self.api, version);
        response.encode(&mut writer, version).unwrap();
        let length = writer.len() as i32 - 4;
        writer.set_i32_at(0, length);
        Reply::Frame(writer.into_vec())
    }

    /// Every version that is generated.
    pub(super) fn answer_api_versions(&self) -> Reply {
        let range = |api: &ApiKey| api_versions::response::ApiVersion {
            api_key: *api as i16,
            min_version: *api.info().versions.start(),
            max_version: *api.info().versions.end(),
        };
        let api_keys = ApiKey::ALL.iter().map(range).collect();
        let response = api_versions::Response { api_keys, ..Default::default() };
        self.answer::<api_versions::Request>(&response)
    }
}

type Handler = dyn FnMut(&Asked) -> Option<Reply> + Send;

pub(super) struct FakeBroker {
    port: u16,
    stopped: Arc<AtomicBool>,
}

impl FakeBroker {
    /// Answers with what `handle` returns; where that is none, ApiVersions, Metadata (of the topic
    /// `t` with so many partitions) and FindCoordinator are answered as a broker would.
    pub(super) fn start(
        partitions: i32,
        handle: impl FnMut(&Asked) -> Option<Reply> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, handle): (_, Arc<Mutex<Handler>>) =
            (stopped.clone(), Arc::new(Mutex::new(handle)));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let handle = handle.clone();
                thread::spawn(move || serve(stream.unwrap(), port, partitions, &handle));
            }
        });
        Self { port, stopped }
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn cluster(&self) -> Cluster {
        Cluster::connect(&self.address(), options()).unwrap()
    }
}

impl Drop for FakeBroker {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// Timeouts that a test can wait for.
pub(super) fn options() -> Options {
    let second = Duration::from_secs(1);
    Options { request_timeout: 5 * second, connect_timeout: second, ..Options::default() }
}

fn serve(mut stream: TcpStream, port: u16, partitions: i32, handle: &Mutex<Handler>) {
    while let Some(asked) = read_request(&mut stream) {
        let told = (handle.lock().unwrap())(&asked);
        match told.unwrap_or_else(|| usual(&asked, port, partitions)) {
            Reply::Frame(frame) => {
                if stream.write_all(&frame).is_err() {
                    return;
                }
            }
            Reply::Silence => {}
            Reply::Close => return drop(stream.shutdown(Shutdown::Both)),
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut frame = vec![0; i32::from_be_bytes(length) as usize];
    stream.read_exact(&mut frame).ok()?;
    let frame = Bytes::from(frame);
    let mut reader = Reader::new(&frame);
    let header = RequestHeader::decode(&mut reader).unwrap();
    let body = frame.slice(reader.position()..);
    let RequestHeader { api, version, correlation_id, .. } = header;
    Some(Asked { api, version, correlation_id, body })
}

fn usual(asked: &Asked, port: u16, partitions: i32) -> Reply {
    let (host, port) = ("127.0.0.1".to_owned(), i32::from(port));
    match asked.api {
        ApiKey::ApiVersions => asked.answer_api_versions(),
        ApiKey::Metadata => {
            let partition = |partition_index| metadata::response::MetadataResponsePartition {
                partition_index,
                leader_id: NODE,
                ..Default::default()
            };
            let topic = metadata::response::MetadataResponseTopic {
                name: Some("t".to_owned()),
                partitions: (0..partitions).map(partition).collect(),
                ..Default::default()
            };
            let broker = metadata::response::MetadataResponseBroker {
                node_id: NODE,
                host,
                port,
                ..Default::default()
            };
            asked.answer::<metadata::Request>(&metadata::Response {
                brokers: vec![broker],
                controller_id: NODE,
                topics: vec![topic],
                ..Default::default()
            })
        }
        ApiKey::FindCoordinator => {
            let request: find_coordinator::Request = asked.read();
            let coordinator = |key: &String| find_coordinator::response::Coordinator {
                key: key.clone(),
                node_id: NODE,
                host: host.clone(),
                port,
                ..Default::default()
            };
            asked.answer::<find_coordinator::Request>(&find_coordinator::Response {
                coordinators: request.coordinator_keys.iter().map(coordinator).collect(),
                ..Default::default()
            })
        }
        api => panic!("the test has no answer for {api:?}"),
    }
}
