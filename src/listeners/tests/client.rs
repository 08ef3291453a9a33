//! A client that blocks, and the requests that tests send with it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use shards::compression::Compression;
use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};

use super::node::{TOPIC, topic_id};
use crate::protocol::generated::{fetch, produce};
use crate::protocol::{Call, Message, Reader, RequestHeader, ResponseHeader, Writer};

/// Far longer than anything takes that is meant to happen.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Client {
    pub stream: TcpStream,
    sent: i32,
    received: i32,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, sent: 0, received: 0 }
    }

    pub(super) fn send<M: Call>(&mut self, request: &M, version: i16) {
        self.send_with_rest(request, version, &[]);
    }

    /// Sends a request with bytes behind it that do not belong to it.
    pub(super) fn send_with_rest<M: Call>(&mut self, request: &M, version: i16, rest: &[u8]) {
        self.sent += 1;
        let header = RequestHeader {
            api: M::API,
            version,
            correlation_id: self.sent,
            client_id: Some("test".into()),
        };
        let mut writer = Writer::new();
        writer.i32(0);
        header.encode(&mut writer).unwrap();
        request.encode(&mut writer, version).unwrap();
        writer.raw(rest);
        let length = writer.len() as i32 - 4;
        writer.set_i32_at(0, length);
        self.stream.write_all(writer.as_slice()).unwrap();
    }

    pub(super) fn receive<M: Call>(&mut self, version: i16) -> M::Response {
        self.received += 1;
        let frame = self.frame();
        let mut reader = Reader::new(&frame);
        let header = ResponseHeader::decode(&mut reader, M::API, version).unwrap();
        assert_eq!(header.correlation_id, self.received, "answers come in order");
        let response = M::Response::decode(&mut reader, version).unwrap();
        reader.finish().unwrap();
        response
    }

    pub(super) fn call<M: Call>(&mut self, request: &M, version: i16) -> M::Response {
        self.send(request, version);
        self.receive::<M>(version)
    }

    /// The next frame, whatever is in it.
    pub(super) fn frame(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).unwrap();
        frame
    }

    /// Whether the broker closes the connection without another byte.
    pub(super) fn is_closed(&mut self) -> bool {
        loop {
            match self.stream.read(&mut [0]) {
                Ok(count) => return count == 0,
                // A read with a time limit ends so when the process was stopped and continued.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) => panic!("reading until the end: {error}"),
            }
        }
    }
}

/// A batch of one record.
pub(super) fn batch(value: &[u8]) -> Bytes {
    let mut builder = BatchBuilder::new(Header::default(), Compression::NONE);
    let record = NewRecord { timestamp: 1000, value: Some(value), ..NewRecord::default() };
    builder.append(&record).unwrap();
    Bytes::from(builder.finish().unwrap())
}

/// Appends `values`, one to each of the partitions.
pub(super) fn produce_to(partitions: &[(i32, &[u8])], acks: i16) -> produce::Request {
    let partition_data = partitions
        .iter()
        .map(|(index, value)| produce::request::PartitionProduceData {
            index: *index,
            records: Some(batch(value)),
        })
        .collect();
    produce::Request {
        transactional_id: None,
        acks,
        timeout_ms: 1000,
        topic_data: vec![produce::request::TopicProduceData {
            name: TOPIC.into(),
            topic_id: topic_id(),
            partition_data,
        }],
    }
}

/// Fetches `partitions` from their offsets, without a session.
pub(super) fn fetch_from(
    partitions: &[(i32, i64)],
    bytes_min: i32,
    wait_ms: i32,
) -> fetch::Request {
    let partitions = partitions
        .iter()
        .map(|(partition, fetch_offset)| fetch::request::FetchPartition {
            partition: *partition,
            fetch_offset: *fetch_offset,
            partition_max_bytes: 1 << 20,
            ..Default::default()
        })
        .collect();
    fetch::Request {
        max_wait_ms: wait_ms,
        min_bytes: bytes_min,
        max_bytes: 10 << 20,
        topics: vec![fetch::request::FetchTopic {
            topic: TOPIC.into(),
            topic_id: topic_id(),
            partitions,
        }],
        ..Default::default()
    }
}

/// Values of the records in a partition's answer.
pub(super) fn values(partition: &fetch::response::PartitionData) -> Vec<Vec<u8>> {
    let bytes = partition.records.clone().unwrap_or_default();
    let mut values = Vec::new();
    for batch in shards::format::batch::Batches::new(&bytes) {
        let batch = batch.unwrap();
        batch.verify_checksum().unwrap();
        let mut scratch = Vec::new();
        let records = shards::format::records::open(&batch, &mut scratch, 1 << 20).unwrap();
        values.extend(records.map(|record| record.unwrap().value.unwrap().to_vec()));
    }
    values
}
