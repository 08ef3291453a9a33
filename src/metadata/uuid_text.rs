//! Kafka's text form of a UUID: base64 with the URL alphabet, 22 characters without padding.

use uuid::Uuid;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CHARACTERS: usize = 22;

pub fn to_text(uuid: Uuid) -> String {
    let number = uuid.as_u128();
    (0..CHARACTERS)
        .map(|position| {
            let shift = 122 - 6 * position as i32;
            let index = if shift >= 0 { number >> shift } else { number << -shift };
            ALPHABET[(index & 63) as usize] as char
        })
        .collect()
}

/// None if the text is not the form that `to_text` writes.
pub fn from_text(text: &str) -> Option<Uuid> {
    if text.len() != CHARACTERS {
        return None;
    }
    let mut number = 0u128;
    for (position, character) in text.bytes().enumerate() {
        let index = ALPHABET.iter().position(|&other| other == character)? as u128;
        number = match position + 1 {
            CHARACTERS if index & 15 != 0 => return None,
            CHARACTERS => (number << 2) | (index >> 4),
            _ => (number << 6) | index,
        };
    }
    Some(Uuid::from_u128(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_kafka_writes() {
        assert_eq!(to_text(Uuid::from_u128(1)), "AAAAAAAAAAAAAAAAAAAAAQ");
        let bytes = *b"\x8f\xe1\x48\x28\xec\xe6\x40\x82\xb4\xa2\x07\xd4\xd2\xfa\x86\x52";
        assert_eq!(to_text(Uuid::from_bytes(bytes)), "j-FIKOzmQIK0ogfU0vqGUg");
    }

    #[test]
    fn reads_only_what_it_writes() {
        for number in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0f1e_2d3c_4b5a_6978] {
            let uuid = Uuid::from_u128(number);
            assert_eq!(from_text(&to_text(uuid)), Some(uuid));
        }
        for text in
            ["", "AAAAAAAAAAAAAAAAAAAAAR", "AAAAAAAAAAAAAAAAAAAAA", "+AAAAAAAAAAAAAAAAAAAAA"]
        {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
