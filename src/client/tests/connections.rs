//! Versions, damaged responses, silence; addresses.

use std::time::Duration;

use super::fake_broker::{Asked, FakeBroker, Reply, options};
use crate::client::connection::Connection;
use crate::client::{Address, ClientError, Cluster, Options};
use crate::protocol::generated::api_versions;
use crate::protocol::{ApiKey, ErrorCode, list_groups};

fn connect(
    handle: impl FnMut(&Asked) -> Option<Reply> + Send + 'static,
    options: &Options,
) -> (FakeBroker, Result<Connection, ClientError>) {
    let broker = FakeBroker::start(1, handle);
    let address = Address::parse(&broker.address()).unwrap();
    let connection = Connection::open(&address, options);
    (broker, connection)
}

fn list(connection: &mut Connection) -> Result<list_groups::Response, ClientError> {
    connection.call(&list_groups::Request::default())
}

#[test]
fn addresses() {
    let parsed = |text: &str| Address::parse(text).ok().map(|it| it.to_string());
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(parsed("a"), is("a:9092"));
    assert_eq!(parsed("a.b:1"), is("a.b:1"));
    assert_eq!(parsed("[::1]:9093"), is("[::1]:9093"));
    assert_eq!(parsed("::1"), is("[::1]:9092"));
    for refused in ["", ":1", "a:x", "a:70000", "http://a:1", "a b:1"] {
        assert_eq!(parsed(refused), None, "{refused}");
    }
    assert_eq!(Address::parse_list("a:1, b:2").unwrap().len(), 2);
    assert!(Address::parse_list("a:1,").is_err());
}

#[test]
fn an_older_broker_is_asked_again_in_version_0() {
    let mut asked_versions = 0;
    let handle = move |asked: &Asked| {
        (asked.api == ApiKey::ApiVersions).then(|| {
            asked_versions += 1;
            let (error_code, api_keys) = match asked.version {
                0 => {
                    assert_eq!(asked_versions, 2);
                    let (api_key, max_version) = (ApiKey::ListGroups as i16, 2);
                    let min_version = 0;
                    let range =
                        api_versions::response::ApiVersion { api_key, min_version, max_version };
                    (0, vec![range])
                }
                _ => (ErrorCode::UnsupportedVersion.code(), Vec::new()),
            };
            let response = api_versions::Response { error_code, api_keys, ..Default::default() };
            asked.answer_in::<api_versions::Request>(&response, 0)
        })
    };
    let (_broker, connection) = connect(handle, &options());
    let connection = connection.unwrap();
    assert_eq!(connection.version_of::<list_groups::Request>(i16::MAX).unwrap(), 2);
    let refused = connection.version_of::<crate::protocol::heartbeat::Request>(i16::MAX);
    assert!(matches!(refused, Err(ClientError::Unsupported { api: ApiKey::Heartbeat, .. })));
}

#[test]
fn damaged_responses_are_errors() {
    type IsExpected = fn(&ClientError) -> bool;
    let cases: [(&[u8], IsExpected); 4] = [
        (b"\xff\xff\xff\xff", |it| matches!(it, ClientError::ResponseTooLarge { bytes: -1, .. })),
        (b"\x7f\xff\xff\xff", |it| matches!(it, ClientError::ResponseTooLarge { .. })),
        (b"\0\0\0\x05\0\0\0\x63\0", |it| matches!(it, ClientError::OutOfOrder { found: 99, .. })),
        (b"\0\0\0\x06\0\0\0\x02\0\0", |it| matches!(it, ClientError::Malformed { .. })),
    ];
    for (frame, is_expected) in cases {
        let handle =
            |asked: &Asked| (asked.api == ApiKey::ListGroups).then(|| Reply::Frame(frame.to_vec()));
        let (_broker, connection) = connect(handle, &options());
        let error = list(&mut connection.unwrap()).unwrap_err();
        assert!(is_expected(&error), "{frame:?}: {error}");
    }
}

#[test]
fn silence_and_a_closed_connection_are_told_apart() {
    let short = Options { request_timeout: Duration::from_millis(30), ..options() };
    let handle = |asked: &Asked| (asked.api == ApiKey::ListGroups).then_some(Reply::Silence);
    let (_broker, connection) = connect(handle, &short);
    let error = list(&mut connection.unwrap()).unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { api: ApiKey::ListGroups, .. }), "{error}");
    let handle = |asked: &Asked| (asked.api == ApiKey::ListGroups).then_some(Reply::Close);
    let (_broker, connection) = connect(handle, &short);
    let error = list(&mut connection.unwrap()).unwrap_err();
    assert!(matches!(error, ClientError::Broken { .. }) && error.is_retriable(), "{error}");
}

#[test]
fn a_port_without_a_broker_is_unreachable() {
    let address = FakeBroker::start(1, |_| None).address();
    // The listener may take a moment to go; then nobody listens there any more.
    let error = loop {
        match Cluster::connect(&address, options()) {
            Ok(_) | Err(ClientError::Broken { .. }) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot reach 127.0.0.1:"), "{error}");
}
