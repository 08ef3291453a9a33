//! The pieces that every record passes, one by one (Criterion).
//!
//! Checksum and validation of a batch, a journal page, a Produce request, a Fetch answer, a look
//! into an index. Bytes a second where there are bytes.
//! Run: `cargo bench --bench hot`; `-- NAME` picks some; `-- --quick` takes seconds.

use std::hint::black_box;
use std::rc::Rc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ringlog::protocol::fetch::{FetchResponse, PartitionResponse, TopicResponse};
use ringlog::protocol::produce::{ProduceRequest, TopicReference};
use ringlog::protocol::{ErrorCode, Reader, Writer};
use shards::format::checksum::crc32c;
use shards::format::offset_index::{self, OffsetIndex};
use shards::format::validate::{Origin, Rules, Scratch, validate};
use shards::journal::open_page::OpenPage;
use shards::journal::page::PageHeader;
use shards::journal::writer::Appender;
use shards::journal::{EntryHeader, EntryKind, PageSequence};
use shards::units::{LeaderEpoch, Offset, PartitionId, Uuid};
use support::batch::{self, Sequence};
use support::calls::{Acks, produce_body};

/// Of records of 100 bytes, about as large as asked for.
fn batch_of(bytes: usize) -> Vec<u8> {
    let value = [b'v'; 91];
    let values: Vec<&[u8]> = (0..(bytes / 100).max(1)).map(|_| &value[..]).collect();
    batch::build(&values, Sequence::NONE, 1_700_000_000_000)
}

const SIZES: [(&str, usize); 3] = [("1 KB", 1 << 10), ("16 KB", 16 << 10), ("64 KB", 64 << 10)];

fn checksum(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crc32c");
    for (name, size) in SIZES {
        let bytes = batch_of(size);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| crc32c(black_box(&bytes))));
    }
}

fn validation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validate");
    let rules = Rules::default();
    let mut scratch = Scratch::default();
    for (name, size) in SIZES {
        let bytes = batch_of(size);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let now_ms = 1_700_000_000_000;
                validate(black_box(&bytes), Origin::Client, &rules, now_ms, &mut scratch)
            });
        });
    }
}

struct Nobody;

impl Appender for Nobody {
    fn durable(self: Rc<Self>, _end: Offset, _page: PageSequence) {}
    fn failed(&self) {}
}

/// A page of ten entries, from the first copy to the pieces that are written.
fn journal_page(criterion: &mut Criterion) {
    const ENTRIES: u32 = 10;
    let mut group = criterion.benchmark_group("journal page");
    let appender: Rc<dyn Appender> = Rc::new(Nobody);
    for (name, size) in SIZES {
        let bytes = batch_of(size);
        let entry = EntryHeader {
            kind: EntryKind::Append,
            length: bytes.len() as u32,
            partition: PartitionId { topic: Uuid::from_u128(7), index: 3 },
            leader_epoch: LeaderEpoch(2),
            base_offset: Offset(100),
            next_offset: Offset(105),
            segment_base: Offset(64),
            position: 4711,
        };
        group.throughput(Throughput::Bytes(bytes.len() as u64 * u64::from(ENTRIES)));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut page = OpenPage::new(PageSequence(5));
                for _ in 0..ENTRIES {
                    page.add(&entry, &[black_box(&bytes)], &appender);
                }
                let header = PageHeader {
                    sequence: 5,
                    journal_id: Uuid::from_u128(3),
                    length: page.length() as u32,
                    entries: ENTRIES,
                    oldest_sequence: 4,
                    oldest_position: 8192,
                    unsynced: 0,
                    position: 12288,
                };
                page.seal(&header)
            });
        });
    }
}

fn produce_request(criterion: &mut Criterion) {
    const VERSION: i16 = 9;
    let body = produce_body("versus", 3, Acks::All, &batch_of(16 << 10));
    criterion.bench_function("decode Produce", |bencher| {
        bencher.iter(|| ProduceRequest::decode(&mut Reader::new(black_box(&body)), VERSION));
    });
}

/// The written part of an answer about so many partitions.
fn fetch_answer(criterion: &mut Criterion) {
    const VERSION: i16 = 16;
    let mut group = criterion.benchmark_group("encode Fetch");
    for partitions in [1, 8, 1000] {
        let partition = |index| PartitionResponse {
            index,
            error_code: ErrorCode::None,
            high_watermark: 1 << 30,
            last_stable_offset: 1 << 30,
            log_start_offset: 0,
            diverging_epoch: None,
            current_leader: None,
            snapshot_id: None,
            aborted_transactions: None,
            preferred_read_replica: -1,
            records: vec![0_u8; 64],
        };
        let answer = || FetchResponse {
            throttle_time_ms: 0,
            error_code: ErrorCode::None,
            session_id: 7,
            topics: vec![TopicResponse {
                topic: TopicReference::Id(Uuid::from_u128(7)),
                partitions: (0..partitions).map(partition).collect(),
            }],
            node_endpoints: Vec::new(),
        };
        group.throughput(Throughput::Elements(partitions as u64));
        group.bench_function(format!("{partitions} partitions"), |bencher| {
            let encode = |answer: FetchResponse<'_, Vec<u8>>| {
                let mut writer = Writer::new();
                let insertions = answer.encode(&mut writer, VERSION);
                (writer, insertions)
            };
            bencher.iter_batched(answer, encode, BatchSize::SmallInput);
        });
    }
}

/// In the index of a segment of 1 GiB, an entry for each 4 KiB.
fn index_lookup(criterion: &mut Criterion) {
    const ENTRIES: i64 = 262_144;
    let mut bytes = Vec::new();
    for number in 1..=ENTRIES {
        let entry = offset_index::Entry { offset: number * 40, position: (number * 4096) as u32 };
        // Every entry is behind the one before it.
        let appended = offset_index::append(&mut bytes, 0, entry);
        assert!(appended.is_ok(), "entry {number}");
    }
    let index = OffsetIndex::new(0, &bytes);
    let mut wanted = 0;
    criterion.bench_function("look up an offset", |bencher| {
        bencher.iter(|| {
            wanted = (wanted + 7_919_999) % (ENTRIES * 40);
            index.lookup(black_box(wanted))
        });
    });
}

criterion_group!(
    hot,
    checksum,
    validation,
    journal_page,
    produce_request,
    fetch_answer,
    index_lookup
);
criterion_main!(hot);
