//! The table of APIs against a committed copy of what Kafka 4.4 answers.

use crate::protocol::{ApiKey, Listeners, Stability};

#[test]
fn the_table_is_that_of_kafka() {
    let wanted: Vec<&str> = include_str!("../schemata/api_versions.tsv").lines().skip(1).collect();
    let ours: Vec<String> = ApiKey::ALL.iter().map(|api| row(*api)).collect();
    assert_eq!(ours, wanted);
}

fn row(api: ApiKey) -> String {
    let info = api.info();
    let (first, last) = (info.versions.start(), info.versions.end());
    let versions = if first == last { first.to_string() } else { format!("{first}-{last}") };
    let unstable = if info.stability == Stability::LatestUnstable { "*" } else { "" };
    let flexible = match info.flexible_from {
        i16::MAX => "none".to_owned(),
        version => format!("{version}+"),
    };
    let listeners = match info.listeners {
        Listeners::Broker => "b",
        Listeners::Controller => "c",
        Listeners::Both => "bc",
    };
    format!("{}\t{}\t{versions}{unstable}\t{flexible}\t{listeners}", api as i16, info.name)
}

#[test]
fn keys_round_trip() {
    for api in ApiKey::ALL {
        assert_eq!(ApiKey::from_i16(*api as i16), Some(*api));
    }
    assert_eq!(ApiKey::ALL.len(), 91);
}
