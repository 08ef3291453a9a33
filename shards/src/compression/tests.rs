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

/// What Apache Kafka 4.3.1 makes of frames that clients or chance may bring, asked of a broker with
/// each of them: whether it takes them.
mod as_kafka {
    use super::*;
    use twox_hash::XxHash32;

    fn takes(codec: Codec, bytes: &[u8], expected: &[u8]) -> bool {
        match unpacked(codec, bytes, 1 << 20) {
            Ok(output) => output == expected,
            Err(DecompressError::Damaged { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn lz4_frame(described: &[u8], blocks: &[&[u8]]) -> Vec<u8> {
        let checksum = (XxHash32::oneshot(0, described) >> 8) as u8;
        [&[0x04, 0x22, 0x4d, 0x18], described, &[checksum], &blocks.concat()].concat()
    }

    fn sized(size: usize, flags: u32, block: &[u8]) -> Vec<u8> {
        [&(size as u32 | flags).to_le_bytes(), block].concat()
    }

    fn lz4_block(bytes: &[u8]) -> Vec<u8> {
        let block = lz4_flex::block::compress(bytes);
        sized(block.len(), 0, &block)
    }

    const STORED: u32 = 1 << 31;
    const PLAIN: &[u8] = &[0x60, 0x40];
    const END: &[u8] = &[0; 4];

    #[test]
    fn lz4_headers() {
        let bytes = text(3000);
        let block = lz4_block(&bytes);
        for (what, described, is_taken) in [
            ("plain", PLAIN, true),
            ("blocks of 4 MiB", &[0x60, 0x70], true),
            ("a content size that is not so", &[0x68, 0x40, 1, 0, 0, 0, 0, 0, 0, 0], true),
            ("linked blocks", &[0x40, 0x40], false),
            ("version 2", &[0xa0, 0x40], false),
            ("version 0", &[0x20, 0x40], false),
            ("a reserved bit", &[0x62, 0x40], false),
            ("a dictionary", &[0x61, 0x40, 0, 0, 0, 0], false),
            ("a reserved bit of the block size", &[0x60, 0x41], false),
            ("its highest bit", &[0x60, 0xc0], false),
            ("a block size too small", &[0x60, 0x30], false),
            ("a content size cut off", &[0x68, 0x40, 1, 0], false),
        ] {
            let frame = lz4_frame(described, &[&block, END]);
            assert_eq!(takes(Codec::Lz4, &frame, &bytes), is_taken, "{what}");
        }
        let mut frame = lz4_frame(PLAIN, &[&block, END]);
        frame[6] ^= 1;
        assert!(!takes(Codec::Lz4, &frame, &bytes), "a wrong header checksum");
        let skippable = [&0x184D_2A50_u32.to_le_bytes()[..], &[4, 0, 0, 0, 1, 2, 3, 4], &frame];
        assert!(!takes(Codec::Lz4, &skippable.concat(), &bytes), "a skippable frame first");
        assert!(!takes(Codec::Lz4, b"", b""), "nothing");
    }

    #[test]
    fn lz4_blocks_and_ends() {
        let bytes = text(3000);
        let whole = lz4_block(&bytes);
        let stored = sized(bytes.len(), STORED, &bytes);
        let (first, second) = (lz4_block(&bytes[..50]), lz4_block(&bytes[50..]));
        let nothing = sized(1, 0, &[0]);
        let further = lz4_frame(PLAIN, &[&whole, END]);
        for (what, blocks, is_taken) in [
            ("two blocks", &[&first[..], &second, END][..], true),
            ("a stored block", &[&stored, END], true),
            ("an empty stored block is an end", &[&whole, &STORED.to_le_bytes()], true),
            ("junk behind", &[&whole, END, b"junk"], true),
            ("a frame behind", &[&whole, END, &further], true),
            ("no end mark", &[&whole], false),
            ("an end mark cut off", &[&whole, &[0; 3]], false),
            ("a block cut off", &[&whole[..whole.len() - 1]], false),
            // Kafka's broker takes it, Kafka's consumers do not.
            ("a block of nothing", &[&nothing, &whole, END], false),
        ] {
            assert_eq!(takes(Codec::Lz4, &lz4_frame(PLAIN, blocks), &bytes), is_taken, "{what}");
        }
        let two_frames = [lz4_frame(PLAIN, &[&first, END]), lz4_frame(PLAIN, &[&second, END])];
        assert!(takes(Codec::Lz4, &two_frames.concat(), &bytes[..50]), "the first frame alone");
    }

    #[test]
    fn lz4_checksums() {
        let bytes = text(3000);
        let whole = lz4_block(&bytes);
        let sum = XxHash32::oneshot(0, &whole[4..]).to_le_bytes();
        let stored = sized(bytes.len(), STORED, &bytes);
        let stored_sum = XxHash32::oneshot(0, &bytes).to_le_bytes();
        for (what, flags, blocks, is_taken) in [
            ("of a block", 0x70, &[&whole[..], &sum, END][..], true),
            ("of a stored block", 0x70, &[&stored, &stored_sum, END], true),
            ("of a block, wrong", 0x70, &[&whole, &[7; 4], END], false),
            ("of a block, missing", 0x70, &[&whole], false),
            ("of the content, wrong", 0x64, &[&whole, END, b"abcd"], true),
            ("of the content, missing", 0x64, &[&whole, END], false),
            ("of the content, cut off", 0x64, &[&whole, END, b"ab"], false),
        ] {
            let frame = lz4_frame(&[flags, 0x40], blocks);
            assert_eq!(takes(Codec::Lz4, &frame, &bytes), is_taken, "checksum {what}");
        }
    }

    #[test]
    fn lz4_sizes_of_blocks() {
        let zeros = vec![b'a'; 70_000];
        let (full, rest) = (lz4_block(&zeros[..65_536]), lz4_block(&zeros[65_536..]));
        assert!(takes(Codec::Lz4, &lz4_frame(PLAIN, &[&full, &rest, END]), &zeros));
        let too_much = lz4_frame(PLAIN, &[&lz4_block(&zeros), END]);
        assert!(!takes(Codec::Lz4, &too_much, &zeros), "more than a block may make");
        let stored = lz4_frame(PLAIN, &[&sized(zeros.len(), STORED, &zeros), END]);
        assert!(!takes(Codec::Lz4, &stored, &zeros), "more than a block may hold");
    }

    /// The reference decoder copies in words, and refuses blocks that leave it no room for that.
    #[test]
    fn lz4_blocks_end_with_literals() {
        let block = |bytes: &[u8]| lz4_frame(PLAIN, &[&sized(bytes.len(), 0, bytes), END]);
        let literals = block(b"\x50abcde");
        assert!(takes(Codec::Lz4, &literals, b"abcde"), "nothing but literals");
        let five_last = block(b"\x10a\x01\0\x50bcdef");
        assert!(takes(Codec::Lz4, &five_last, b"aaaaabcdef"), "a match and five literals");
        let four_last = block(b"\x10a\x01\0\x40bcde");
        assert!(!takes(Codec::Lz4, &four_last, b"aaaaabcde"), "a match and four literals");
        let match_last = block(b"\x10a\x01\0");
        assert!(!takes(Codec::Lz4, &match_last, b"aaaaa"), "a match at the end");
    }

    fn gzip_with(flags: u8, optional: &[u8], bytes: &[u8]) -> Vec<u8> {
        let packed = packed(Codec::Gzip, bytes);
        [&packed[..3], &[flags], &packed[4..10], optional, &packed[10..]].concat()
    }

    #[test]
    fn gzip_headers() {
        let bytes = text(3000);
        let bare = gzip_with(0x02, &[], &bytes);
        let mut crc = flate2::Crc::new();
        crc.update(&bare[..10]);
        let sum = (crc.sum() as u16).to_le_bytes();
        for (what, flags, optional, is_taken) in [
            ("a name", 0x08, &b"name\0"[..], true),
            ("a comment", 0x10, b"comment\0", true),
            ("extra bytes", 0x04, b"\x04\0abcd", true),
            ("reserved flags", 0xe0, b"", true),
            ("its checksum", 0x02, &sum, true),
            ("a wrong checksum", 0x02, b"ab", false),
        ] {
            let member = gzip_with(flags, optional, &bytes);
            assert_eq!(takes(Codec::Gzip, &member, &bytes), is_taken, "a header with {what}");
        }
        assert!(!takes(Codec::Gzip, b"", b""), "nothing");
    }

    #[test]
    fn what_follows_a_gzip_member() {
        let bytes = text(3000);
        let member = packed(Codec::Gzip, &bytes);
        let (empty, other) = (packed(Codec::Gzip, b""), packed(Codec::Gzip, &text(40)));
        for (what, behind, is_taken) in [
            ("junk", &b"abc"[..], true),
            ("more junk", &[b'j'; 30], true),
            ("zeros", &[0; 20_000], true),
            ("an empty member", &empty, true),
            ("a header alone", &empty[..10], true),
            ("18 bytes of a member", &other[..18], true),
            ("19 bytes of a member", &other[..19], false),
            ("a member of another method", &[&[0x1f, 0x8b, 7][..], &[0; 30]].concat(), true),
            ("a damaged member", &[&[0x1f, 0x8b, 8][..], &[0; 7], &[0xff; 30]].concat(), false),
        ] {
            let all = [&member[..], behind].concat();
            assert_eq!(takes(Codec::Gzip, &all, &bytes), is_taken, "{what} behind a member");
        }
        let first = [&empty[..], &member].concat();
        assert!(takes(Codec::Gzip, &first, &bytes), "an empty member first");
        for cut in [1, 8] {
            assert!(!takes(Codec::Gzip, &member[..member.len() - cut], &bytes), "{cut} missing");
        }
        for at in [1, 5] {
            let mut wrong = member.clone();
            let at = wrong.len() - at;
            wrong[at] ^= 1;
            assert!(!takes(Codec::Gzip, &wrong, &bytes), "a trailer that is wrong at {at}");
        }
    }

    #[test]
    fn snappy_streams() {
        let bytes = text(3000);
        let header = |version: u8| [&b"\x82SNAPPY\0\0\0\0"[..], &[version, 0, 0, 0, 1]].concat();
        let block = |bytes: &[u8]| {
            let block = snap::raw::Encoder::new().compress_vec(bytes).unwrap();
            [&(block.len() as u32).to_be_bytes()[..], &block].concat()
        };
        let (whole, one) = (block(&bytes), header(1));
        let (first, second) = (block(&bytes[..50]), block(&bytes[50..]));
        for (what, pieces, is_taken) in [
            ("two blocks", &[&one[..], &first, &second][..], true),
            ("an empty block", &[&one, &block(b""), &whole], true),
            ("version 0", &[&header(0), &whole], true),
            ("version 9", &[&header(9), &whole], true),
            ("a byte behind", &[&one, &whole, b"x"], true),
            ("three bytes behind", &[&one, &whole, b"xxx"], true),
            ("four zeros behind", &[&one, &whole, &[0; 4]], false),
            ("five bytes behind", &[&one, &whole, b"xxxxx"], false),
            ("a negative length behind", &[&one, &whole, &[0xff; 4]], false),
            ("two streams", &[&one, &first, &one, &second], true),
            ("a second header cut off", &[&one, &whole, &one[..9]], false),
            ("half a magic number", &[&one, &whole, &one[..4], b"abcdefghijklm"], true),
            ("a second stream of version 0", &[&one, &first, &header(0), &second], false),
            ("a block cut off", &[&one, &whole[..whole.len() - 1]], false),
            ("a header cut off", &[&one[..12]], false),
            ("plain snappy with a byte behind", &[&whole[4..], b"x"], false),
            ("nothing", &[], false),
        ] {
            assert_eq!(takes(Codec::Snappy, &pieces.concat(), &bytes), is_taken, "{what}");
        }
    }

    #[test]
    fn zstd_frames() {
        let bytes = text(3000);
        let whole = packed(Codec::Zstd, &bytes);
        let (first, second) =
            (packed(Codec::Zstd, &bytes[..50]), packed(Codec::Zstd, &bytes[50..]));
        let empty = packed(Codec::Zstd, b"");
        let skippable = [&0x184D_2A50_u32.to_le_bytes()[..], &[4, 0, 0, 0, 1, 2, 3, 4]].concat();
        for (what, pieces, is_taken) in [
            ("two frames", &[&first[..], &second][..], true),
            ("an empty frame first", &[&empty, &whole], true),
            ("an empty frame last", &[&whole, &empty], true),
            ("a skippable frame first", &[&skippable, &whole], true),
            ("a skippable frame last", &[&whole, &skippable], true),
            ("a byte behind", &[&whole, b"x"], false),
            ("zeros behind", &[&whole, &[0; 9]], false),
            ("a frame cut off", &[&whole[..whole.len() - 1]], false),
            // Kafka takes it where it lies in one buffer with the end of the frame.
            ("the beginning of a frame behind", &[&whole, &whole[..4]], false),
        ] {
            assert_eq!(takes(Codec::Zstd, &pieces.concat(), &bytes), is_taken, "{what}");
        }
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
