use super::*;
use proptest::prelude::*;

fn packed(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    compress(Compression::of(codec), bytes, &mut output).unwrap();
    output
}

fn unpacked(codec: Codec, bytes: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let mut output = b"before".to_vec();
    decompress(codec, bytes, &mut output, limit)?;
    Ok(output.split_off(6))
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|index| b'a' + (index * index / 7 % 11) as u8).collect()
}

#[test]
fn every_codec_gives_back_what_it_took() {
    for codec in Codec::ALL {
        for length in [0, 1, 100, 32 << 10, (32 << 10) + 1, 300_000] {
            let bytes = text(length);
            let packed = packed(codec, &bytes);
            assert_eq!(unpacked(codec, &packed, length).unwrap(), bytes, "{codec:?} {length}");
        }
    }
}

#[test]
fn output_past_the_limit_is_refused() {
    let bytes = vec![7; 1 << 20];
    for codec in Codec::ALL {
        let packed = packed(codec, &bytes);
        let limit = bytes.len() - 1;
        let refused = Err(DecompressError::TooLarge { codec, limit });
        assert_eq!(unpacked(codec, &packed, limit), refused);
        assert!(unpacked(codec, &packed, bytes.len()).is_ok());
    }
}

#[test]
fn a_prefix_is_never_taken_for_the_whole() {
    let bytes = text(100_000);
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let packed = packed(codec, &bytes);
        for cut in (0..packed.len()).step_by(97) {
            if let Ok(output) = unpacked(codec, &packed[..cut], bytes.len()) {
                // Where a codec has no end mark, the records inside are counted by the batch.
                assert!(output.len() < bytes.len(), "{codec:?} cut at {cut}");
            }
        }
    }
}

#[test]
fn plain_snappy_is_read() {
    let bytes = text(50_000);
    let plain = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
    assert_eq!(unpacked(Codec::Snappy, &plain, bytes.len()).unwrap(), bytes);
}

#[test]
fn a_snappy_length_that_its_bytes_cannot_make_is_refused() {
    // 2^30 in a varint, and nothing after it.
    let error = unpacked(Codec::Snappy, &[0x80, 0x80, 0x80, 0x80, 0x04], 1 << 31).unwrap_err();
    assert!(matches!(error, DecompressError::Damaged { .. }), "{error}");
}

#[test]
fn several_gzip_members_are_one_stream() {
    let mut two = packed(Codec::Gzip, b"one");
    two.extend(packed(Codec::Gzip, b"two"));
    assert_eq!(unpacked(Codec::Gzip, &two, 100).unwrap(), b"onetwo");
}

#[test]
fn names_and_numbers() {
    for codec in Codec::ALL {
        assert_eq!(Codec::from_id(codec.id()), Ok(codec));
        assert_eq!(Codec::from_name(codec.name()), Some(codec));
    }
    assert_eq!(Codec::from_id(5), Err(5));
    assert_eq!(Codec::from_name("uncompressed"), Some(Codec::None));
    assert_eq!(Codec::from_name("producer"), None);
}

#[test]
fn levels_are_taken() {
    let bytes = text(200_000);
    let levels = [(Codec::Gzip, 9), (Codec::Gzip, 1), (Codec::Zstd, 19), (Codec::Zstd, -5)];
    for (codec, level) in levels {
        let mut output = Vec::new();
        compress(Compression { codec, level }, &bytes, &mut output).unwrap();
        assert_eq!(unpacked(codec, &output, bytes.len()).unwrap(), bytes);
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>, limit in 0usize..10_000) {
        for codec in Codec::ALL {
            if let Ok(output) = unpacked(codec, &bytes, limit) {
                prop_assert!(output.len() <= limit);
            }
        }
    }

    #[test]
    fn damaged_bytes_never_panic(at in 0usize..1000, bit in 0u8..8, length in 1usize..5000) {
        for codec in Codec::ALL {
            let mut packed = packed(codec, &text(length));
            let at = at % packed.len();
            packed[at] ^= 1 << bit;
            if let Ok(output) = unpacked(codec, &packed, 10_000) {
                prop_assert!(output.len() <= 10_000);
            }
        }
    }

    #[test]
    fn random_bytes_round_trip(bytes: Vec<u8>) {
        for codec in Codec::ALL {
            let packed = packed(codec, &bytes);
            prop_assert_eq!(unpacked(codec, &packed, bytes.len()).unwrap(), bytes.clone());
        }
    }
}
