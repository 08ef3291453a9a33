//! `.kafka_cleanshutdown`: a log directory was left in order, by which incarnation of the broker.
//!
//! Lives on: any core; pure.
//! Promise: that the file exists is what counts; older brokers left it empty.
//!
//! ```text
//! {"version":0,"brokerEpoch":17}
//! ```

pub const FILE_NAME: &str = ".kafka_cleanshutdown";

const KEY: &str = "\"brokerEpoch\"";

pub fn encode(broker_epoch: i64) -> String {
    format!("{{\"version\":0,{KEY}:{broker_epoch}}}")
}

/// The broker's epoch; none: the file does not say it, and the stop was clean all the same.
pub fn decode(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let (_, value) = inside.split_once(KEY)?;
    let value = value.trim_start().strip_prefix(':')?;
    value.split(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn round_trip_and_truncated_prefixes() {
        for epoch in [-1, 0, 17, i64::MAX] {
            let text = encode(epoch);
            assert_eq!(decode(text.as_bytes()), Some(epoch));
            for cut in 0..text.len() {
                assert_eq!(decode(&text.as_bytes()[..cut]), None);
            }
        }
        assert_eq!(encode(17), r#"{"version":0,"brokerEpoch":17}"#);
        assert_eq!(decode(br#"{ "brokerEpoch" : 4, "version": 0, "more": "x" }"#), Some(4));
        assert_eq!(decode(br#"{"version":0,"brokerEpoch":null}"#), None);
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, text: String) {
            prop_assert_eq!(decode(&bytes), None);
            prop_assert_eq!(decode(format!("{{{KEY}{text}}}").as_bytes()), None);
        }
    }
}
