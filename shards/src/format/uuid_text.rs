//! Uuids as Kafka writes them: 22 characters of URL-safe base64 without padding.
//!
//! Lives on: any core; pure.

use uuid::Uuid;

/// Characters of a uuid.
pub const CHARACTERS: usize = 22;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub fn encode(id: Uuid) -> String {
    // 128 bits in 22 digits of 6 bits: the last digit has 4 bits to spare.
    let (number, last) = (id.as_u128() >> 2, id.as_u128() << 4 & 0x3f);
    let digits = (0..CHARACTERS - 1).rev().map(|index| number >> (6 * index) & 0x3f);
    digits.chain([last]).map(|digit| char::from(ALPHABET[digit as usize])).collect()
}

/// None: the text is no uuid.
pub fn decode(text: &str) -> Option<Uuid> {
    let (last, digits) = text.as_bytes().split_last()?;
    if digits.len() != CHARACTERS - 1 {
        return None;
    }
    let mut number = 0u128;
    for character in digits {
        number = number << 6 | digit(*character)?;
    }
    let last = digit(*last).filter(|last| last & 0xf == 0)?;
    Some(Uuid::from_u128(number << 2 | last >> 4))
}

fn digit(character: u8) -> Option<u128> {
    ALPHABET.iter().position(|it| *it == character).map(|digit| digit as u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_texts() {
        assert_eq!(encode(Uuid::nil()), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(encode(Uuid::from_u128(1)), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(encode(Uuid::max()), "_____________________w");
        let text = "MkU3OEVBNTcwNTJENDM2Qg";
        assert_eq!(decode(text).unwrap().as_bytes(), b"2E78EA57052D436B");
        for wrong in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA=", "é"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(number: u128, text: String) {
            let id = Uuid::from_u128(number);
            prop_assert_eq!(decode(&encode(id)), Some(id));
            prop_assert!(decode(&text).is_none_or(|id| encode(id) == text));
        }
    }
}
