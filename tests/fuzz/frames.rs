//! What a connection cuts into frames, and the headers in them.

use bolero::check;
use ringlog::listeners::frame::Frames;
use ringlog::protocol::{ApiKey, Reader, RequestHeader, ResponseHeader, Writer};

const FRAME_BYTES_MAX: i32 = 100_000;

/// However the bytes arrive, the frames are the same, and their sum is what came.
#[test]
fn frames() {
    check!().with_test_time(crate::time()).with_type::<(Vec<u8>, Vec<u8>)>().for_each(
        |(stream, steps)| {
            let at_once = cut(stream, &[]);
            let in_steps = cut(stream, steps);
            assert_eq!(at_once, in_steps);
        },
    );
}

/// Frames up to the first length that none can have.
fn cut(stream: &[u8], steps: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Frames::new(FRAME_BYTES_MAX);
    let mut cut = Vec::new();
    let mut rest = stream;
    let mut steps = steps.iter().cycle();
    loop {
        match frames.next_frame() {
            Ok(Some(frame)) => cut.push(frame.to_vec()),
            Err(_) => return cut,
            Ok(None) if rest.is_empty() => return cut,
            Ok(None) => {
                let Ok(mut buffer) = frames.buffer() else { return cut };
                let step = steps.next().map_or(usize::MAX, |step| usize::from(*step).max(1));
                let got = step.min(rest.len()).min(buffer.remaining());
                buffer.extend_from_slice(&rest[..got]);
                rest = &rest[got..];
                frames.received(buffer, got);
            }
        }
    }
}

/// A header that can be read is written again as it was read.
#[test]
fn request_headers() {
    check!().with_test_time(crate::time()).with_type::<Vec<u8>>().for_each(|bytes| {
        let mut reader = Reader::new(bytes);
        let Ok(header) = RequestHeader::decode(&mut reader) else { return };
        let mut writer = Writer::new();
        header.encode(&mut writer).expect("what was read can be written");
        let again = RequestHeader::decode(&mut Reader::new(writer.as_slice()));
        assert_eq!(again, Ok(header));
    });
}

#[test]
fn response_headers() {
    check!().with_test_time(crate::time()).with_type::<(i16, i16, Vec<u8>)>().for_each(
        |(key, version, bytes)| {
            let Some(api) = ApiKey::from_i16(key % 100) else { return };
            let mut reader = Reader::new(bytes);
            if let Ok(header) = ResponseHeader::decode(&mut reader, api, *version) {
                let expected = bytes.first_chunk().map(|head| i32::from_be_bytes(*head));
                assert_eq!(Some(header.correlation_id), expected);
            }
        },
    );
}
