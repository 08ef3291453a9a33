use bytes::Bytes;
use proptest::prelude::*;

use super::{DECODED_ELEMENT_BYTES_MAX, DecodeCause, DecodeError, EncodeError, Reader, Writer};

fn flexible(bytes: &[u8]) -> Reader<'_> {
    let mut reader = Reader::new(bytes);
    reader.set_flexible(true);
    reader
}

#[test]
fn null_is_told_from_empty() {
    assert_eq!(Reader::new(b"\xff\xff").nullable_string(), Ok(None));
    assert_eq!(Reader::new(b"\0\0").nullable_string(), Ok(Some(String::new())));
    assert_eq!(flexible(b"\0").nullable_string(), Ok(None));
    assert_eq!(flexible(b"\x01").nullable_string(), Ok(Some(String::new())));
    assert_eq!(Reader::new(b"\xff\xff\xff\xff").nullable_bytes(), Ok(None));
    assert_eq!(flexible(b"\x01").nullable_bytes(), Ok(Some(Bytes::new())));
    assert_eq!(Reader::new(b"\xff").nullable_struct(Reader::i32), Ok(None));
}

#[test]
fn errors_name_offset_and_cause() {
    let mut reader = Reader::new(b"\0\x01\xff\xff");
    assert_eq!(reader.i16(), Ok(1));
    let error = reader.string().unwrap_err();
    assert_eq!(error, DecodeError { offset: 2, cause: DecodeCause::UnexpectedNull });
    let text = error.to_string();
    assert_eq!(text, "malformed message from the peer at byte 2: null where a value is required");
}

#[test]
fn what_kafka_lets_pass_is_read_as_it_reads_it() {
    assert_eq!(Reader::new(b"\0\x02\xc3\x28").string(), Ok("\u{fffd}(".to_owned()));
    assert_eq!(Reader::new(b"\x80\0").nullable_string(), Ok(None));
    assert_eq!(Reader::new(b"\xff\xff\xff\xfe").nullable_bytes(), Ok(None));
    assert_eq!(Reader::new(b"\xff\xff\xff\xfe").nullable_array(Reader::i8), Ok(None));
}

/// A replacement takes three bytes: what is read can still be given again.
#[test]
fn a_string_that_is_too_long_once_it_is_read_is_refused() {
    let string = |length: u16| {
        let mut frame = length.to_be_bytes().to_vec();
        frame.resize(2 + usize::from(length), 0xfc);
        Reader::new(&frame).string()
    };
    assert_eq!(string(10_922), Ok("\u{fffd}".repeat(10_922)));
    assert_eq!(string(10_923).unwrap_err().cause, DecodeCause::StringTooLong(32_769));
}

/// A body of four bytes that claims 2^31 - 1 elements.
#[test]
fn counts_beyond_the_input_are_refused_before_anything_is_reserved() {
    for (mut reader, count) in [
        (Reader::new(b"\x7f\xff\xff\xff"), 0x7fff_ffff),
        (flexible(b"\xff\xff\xff\xff\x0f"), 0xffff_fffe),
    ] {
        let cause = reader.array(Reader::i64).unwrap_err().cause;
        assert_eq!(cause, DecodeCause::CountTooLarge { count, remaining: 0 });
    }
}

#[test]
fn memory_of_decoded_elements_is_bounded() {
    let elements = 8 << 20;
    let mut bytes = (elements as i32).to_be_bytes().to_vec();
    bytes.resize(4 + elements, 0);
    let mut reader = Reader::new(&bytes);
    let result = reader.array(|reader| reader.u8().map(|byte| [u64::from(byte); 8]));
    let limit = DECODED_ELEMENT_BYTES_MAX;
    assert_eq!(result.unwrap_err().cause, DecodeCause::MemoryLimit { limit });
}

#[test]
fn byte_fields_share_the_frame_when_asked_to() {
    let frame = Bytes::from_static(b"\0\0\0\x03abc");
    let shared = Reader::sharing(&frame).bytes().unwrap();
    assert_eq!(shared, "abc");
    assert_eq!(shared.as_ptr(), frame[4..].as_ptr());
    let copied = Reader::new(&frame).bytes().unwrap();
    assert_eq!(copied, "abc");
    assert_ne!(copied.as_ptr(), frame[4..].as_ptr());
}

#[test]
fn varints_end() {
    assert_eq!(Reader::new(b"\xff\xff\xff\xff\x0f").unsigned_varint(), Ok(u32::MAX));
    for bytes in [&b"\xff\xff\xff\xff\x10"[..], b"\x80\x80\x80\x80\x80\x00"] {
        let error = Reader::new(bytes).unsigned_varint().unwrap_err();
        assert_eq!(error, DecodeError { offset: 0, cause: DecodeCause::VarintTooLong(5) });
    }
    assert_eq!(Reader::new(&[0xff; 11]).varlong().unwrap_err().offset, 0);
}

#[test]
fn tagged_fields_keep_to_their_size() {
    let read = |bytes: &[u8]| {
        let mut found = None;
        let mut reader = flexible(bytes);
        reader.tagged_fields(|reader, tag| {
            if tag == 1 {
                found = Some(reader.i16()?);
            }
            Ok(tag == 1)
        })?;
        reader.finish()?;
        Ok(found)
    };
    assert_eq!(read(b"\x01\x01\x02\0\x07"), Ok(Some(7)));
    assert_eq!(read(b"\x02\x01\x02\0\x07\x09\x01x"), Ok(Some(7)), "unknown tags are skipped");
    let cause = |bytes| read(bytes).map_err(|error: DecodeError| error.cause).unwrap_err();
    let size = |size| DecodeCause::TaggedFieldSize { tag: 1, size };
    assert_eq!(cause(b"\x01\x01\x03\0\x07\0"), size(3));
    assert_eq!(cause(b"\x01\x01\x01\0\x07"), DecodeCause::Truncated { wanted: 2, remaining: 1 });
    assert_eq!(cause(b"\x01\x01\x05\0\x07"), size(5));
}

#[test]
fn long_tagged_field_has_its_size_in_front() {
    let mut writer = Writer::new();
    writer.set_flexible(true);
    writer.tagged_field(3, |writer| writer.bytes(&[7; 200])).unwrap();
    let bytes = writer.into_vec();
    assert_eq!(bytes[..5], [3, 0xca, 0x01, 0xc9, 0x01]);
    assert_eq!(bytes[5..], [7; 200]);
}

/// MessageDataGenerator of Kafka: more than 0x7fff bytes are refused in flexible versions too.
#[test]
fn strings_too_long_for_two_bytes_are_refused() {
    let text = "x".repeat(32_768);
    for is_flexible in [false, true] {
        let mut writer = Writer::new();
        writer.set_flexible(is_flexible);
        assert_eq!(writer.string(&text), Err(EncodeError::TooLong { length: 32_768 }));
        assert_eq!(writer.string(&text[1..]), Ok(()));
    }
    let mut frame = vec![0x81, 0x80, 0x02];
    frame.extend_from_slice(text.as_bytes());
    let refused = flexible(&frame).str().unwrap_err();
    assert_eq!(refused.cause, DecodeCause::StringTooLong(32_768));
}

proptest! {
    #[test]
    fn numbers_round_trip(short: i32, long: i64, unsigned: u32, real: f64) {
        let mut writer = Writer::new();
        writer.varint(short);
        writer.varlong(long);
        writer.unsigned_varint(unsigned);
        writer.f64(real);
        let bytes = writer.into_vec();
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.varint(), Ok(short));
        prop_assert_eq!(reader.varlong(), Ok(long));
        prop_assert_eq!(reader.unsigned_varint(), Ok(unsigned));
        prop_assert_eq!(reader.f64().map(f64::to_bits), Ok(real.to_bits()));
        prop_assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn texts_round_trip(is_flexible: bool, texts: Vec<Option<String>>) {
        let mut writer = Writer::new();
        writer.set_flexible(is_flexible);
        writer.array(&texts, |writer, text| writer.nullable_string(text.as_deref())).unwrap();
        let bytes = writer.into_vec();
        let mut reader = Reader::new(&bytes);
        reader.set_flexible(is_flexible);
        prop_assert_eq!(reader.array(Reader::nullable_string), Ok(texts));
        prop_assert_eq!(reader.finish(), Ok(()));
    }
}
