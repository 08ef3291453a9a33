//! SaslHandshake (key 17), versions 0-1.
//!
//! No listener has SASL yet: a client that begins with it is told so, as Kafka's PLAINTEXT listener
//! does, before it sends a password.
//! Versions: 1 goes on with SaslAuthenticate.   Skipped: mechanisms.
//! Runs on the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::protocol::sasl_handshake::request::Request;
use crate::protocol::sasl_handshake::response::Response;
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::SaslHandshake, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |_, _: Request| async { refuse() })
}

fn refuse() -> Response {
    Response { error_code: ErrorCode::IllegalSaslState as i16, mechanisms: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn every_version_is_refused_in_a_way_that_clients_read() {
        for version in API.versions {
            let bytes = refuse().to_vec(version).unwrap();
            assert_eq!(Response::from_slice(&bytes, version).unwrap().error_code, 34);
        }
    }
}
