use proptest::prelude::*;

use super::*;

const FRAME_BYTES_MAX: i32 = 100 << 20;

fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = (body.len() as i32).to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

/// Feeds `bytes` in pieces as a socket would, and collects the frames.
fn feed(frames: &mut Frames, mut bytes: &[u8], piece: usize) -> Result<Vec<Slice>, FrameError> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let mut buffer = frames.buffer()?;
        let got = piece.min(buffer.remaining()).min(bytes.len());
        buffer.extend_from_slice(&bytes[..got]);
        bytes = &bytes[got..];
        frames.received(buffer, got);
        while let Some(frame) = frames.next_frame()? {
            found.push(frame);
        }
    }
    Ok(found)
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in(
        bodies in proptest::collection::vec(
            prop_oneof![1..40_usize, 2000..2100_usize, 10_000..70_000_usize, 200_000..600_000_usize]
                .prop_flat_map(|length| (Just(length), any::<u8>())),
            1..12,
        ),
        piece in prop_oneof![1000..5000_usize, 60_000..1_000_000_usize],
    ) {
        let bodies: Vec<Vec<u8>> =
            bodies.into_iter().map(|(length, byte)| vec![byte; length]).collect();
        let stream: Vec<u8> = bodies.iter().flat_map(|body| framed(body)).collect();
        let mut frames = Frames::new(FRAME_BYTES_MAX);
        let found = feed(&mut frames, &stream, piece).unwrap();
        prop_assert!(frames.is_empty());
        prop_assert_eq!(found.len(), bodies.len());
        for (frame, body) in found.iter().zip(&bodies) {
            prop_assert!(frame[..] == body[..]);
        }
    }

    #[test]
    fn small_pieces_down_to_single_bytes(
        bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 1..8),
        piece in 1..9_usize,
    ) {
        let stream: Vec<u8> = bodies.iter().flat_map(|body| framed(body)).collect();
        let found = feed(&mut Frames::new(FRAME_BYTES_MAX), &stream, piece).unwrap();
        let found: Vec<Vec<u8>> = found.iter().map(|frame| frame.to_vec()).collect();
        prop_assert_eq!(found, bodies);
    }

    #[test]
    fn random_bytes_end_in_frames_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 1..2000), piece in 1..500_usize
    ) {
        let mut frames = Frames::new(1000);
        match feed(&mut frames, &bytes, piece) {
            Ok(found) => prop_assert!(found.iter().all(|frame| frame.len() <= 1000)),
            Err(error) => prop_assert!(error.length <= 0 || error.length > 1000),
        }
    }
}

#[test]
fn lengths_that_no_request_has_are_refused_before_anything_is_reserved() {
    for length in [0, -1, i32::MIN, i32::MAX, FRAME_BYTES_MAX + 1] {
        let mut frames = Frames::new(FRAME_BYTES_MAX);
        let error = feed(&mut frames, &length.to_be_bytes(), 4).unwrap_err();
        assert_eq!(error, FrameError { length, max: FRAME_BYTES_MAX });
    }
}

#[test]
fn a_claimed_length_reserves_little_until_its_bytes_come() {
    let mut frames = Frames::new(FRAME_BYTES_MAX);
    assert!(feed(&mut frames, &FRAME_BYTES_MAX.to_be_bytes(), 4).unwrap().is_empty());
    let mut buffer = frames.buffer().unwrap();
    let mut received = buffer.len();
    while received < 8 << 20 {
        assert!(buffer.capacity() <= limits::FRAME_RESERVED_BYTES_MAX.max(2 * received + 4096));
        let got = buffer.remaining();
        buffer.extend_zeroed(got);
        received += got;
        frames.received(buffer, got);
        assert_eq!(frames.next_frame().unwrap(), None);
        buffer = frames.buffer().unwrap();
    }
}

#[test]
fn a_large_frame_stays_in_the_buffer_it_was_received_into() {
    let body = vec![7; 900_000];
    let mut frames = Frames::new(FRAME_BYTES_MAX);
    feed(&mut frames, &framed(&body), 1 << 20).unwrap();
    // The next one of the same size: one buffer, received at once.
    let mut buffer = frames.buffer().unwrap();
    assert!(buffer.remaining() >= body.len() + LENGTH_BYTES);
    buffer.extend_from_slice(&framed(&body));
    let start = buffer.as_slice().as_ptr();
    let got = buffer.len();
    frames.received(buffer, got);
    let frame = frames.next_frame().unwrap().unwrap();
    assert_eq!(frame.as_ptr(), start.wrapping_add(LENGTH_BYTES));
}

#[test]
fn buffers_grow_with_the_load_and_shrink_again() {
    let mut frames = Frames::new(FRAME_BYTES_MAX);
    for _ in 0..10 {
        let mut buffer = frames.buffer().unwrap();
        let room = buffer.remaining();
        buffer.extend_from_slice(&framed(&vec![1; room - LENGTH_BYTES]));
        frames.received(buffer, room);
        assert!(frames.next_frame().unwrap().is_some());
    }
    assert_eq!(frames.buffer().unwrap().capacity(), limits::RECEIVE_BYTES_MAX);
    for _ in 0..10 {
        feed(&mut frames, &framed(b"x"), 100).unwrap();
    }
    assert_eq!(frames.buffer().unwrap().capacity(), limits::RECEIVE_BYTES_MIN);
}
