//! Sound and damaged files.

use super::*;
use shards::compression::{Codec, Compression};
use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::format::{offset_index, time_index};

fn batch(base_offset: i64, timestamp: i64) -> Vec<u8> {
    let header = Header { base_offset, ..Header::default() };
    let mut builder = BatchBuilder::new(header, Compression::of(Codec::Lz4));
    for _ in 0..3 {
        let value = Some(b"some value".as_slice());
        builder.append(&NewRecord { timestamp, value, ..NewRecord::default() }).unwrap();
    }
    builder.finish().unwrap()
}

/// Verifies a partition with these bytes in its first segment.
fn problems(log: &[u8], index: &[u8], times: &[u8]) -> (Vec<String>, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let name = |file| directory.path().join(segment(0, file, Transition::None));
    std::fs::write(name(SegmentFile::Log), log).unwrap();
    std::fs::write(name(SegmentFile::OffsetIndex), index).unwrap();
    std::fs::write(name(SegmentFile::TimeIndex), times).unwrap();
    let places = log_files::find(&[directory.path().to_owned()]).unwrap();
    let mut report = Report::default();
    let progress = progress::hidden();
    for place in &places {
        match side_files::read(place).unwrap() {
            Some(lines) => drop(lines.map_err(|cause| report.problem(place, None, cause))),
            None => {
                let (report, progress) = (&mut report, &progress);
                let (shallow, last_offset) = (false, None);
                SegmentCheck { place, shallow, progress, report, last_offset, epochs: None }
                    .run()
                    .unwrap();
            }
        }
    }
    let causes = |problems: Vec<Problem>| problems.into_iter().map(|it| it.cause).collect();
    (causes(report.problems), causes(report.notes))
}

fn sound() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let log = [batch(0, 10), batch(3, 20)].concat();
    let position = log.len() as u32 / 2;
    let (mut index, mut times) = (Vec::new(), Vec::new());
    offset_index::append(&mut index, 0, offset_index::Entry { offset: 5, position }).unwrap();
    for (timestamp, offset) in [(10, 2), (20, 5)] {
        time_index::append(&mut times, 0, time_index::Entry { timestamp, offset }).unwrap();
    }
    (log, index, times)
}

#[test]
fn a_sound_partition_has_no_problem() {
    let (mut log, mut index, mut times) = sound();
    assert_eq!(problems(&log, &index, &times), (Vec::new(), Vec::new()));
    log.resize(log.len() + 4096, 0);
    index.resize(index.len() + 800, 0);
    times.resize(times.len() + 1200, 0);
    let (found, notes) = problems(&log, &index, &times);
    assert_eq!((found, notes), (Vec::new(), vec!["4,096 bytes are not used yet".to_owned()]));
}

#[test]
fn every_changed_byte_of_a_segment_is_found() {
    let (log, index, times) = sound();
    for at in 0..log.len() {
        let mut damaged = log.clone();
        damaged[at] ^= 0x55;
        // The leader epoch (bytes 12 to 15 of a batch) is not covered by the checksum.
        let in_epoch = (12..16).contains(&(at % (log.len() / 2)));
        let (found, _) = problems(&damaged, &index, &times);
        assert_eq!(found.is_empty(), in_epoch, "byte {at}: {found:?}");
    }
}

#[test]
fn a_torn_end_and_wrong_indexes_are_found() {
    let (log, index, times) = sound();
    let (found, _) = problems(&log[..log.len() - 1], &index, &times);
    assert!(found[0].contains("the bytes end inside a record batch"), "{found:?}");
    let (found, _) = problems(&log, &[0, 0, 0, 5, 0, 0, 0, 1], &times);
    assert!(found[0].contains("where no batch begins"), "{found:?}");
    let (found, _) = problems(&log, &index, &times[..times.len() - 1]);
    assert_eq!(found.len(), 1, "{found:?}");
    let again = [log.clone(), log.clone()].concat();
    let (found, _) = problems(&again, &index, &times);
    assert!(found[0].contains("follow the offset 5"), "{found:?}");
}
