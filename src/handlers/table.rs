//! The APIs that are served, in the order of their keys.
//!
//! ApiVersions, the metrics and the tests derive from this table. An API joins it by one line here
//! and its own file beside.

use std::ops::RangeInclusive;

use super::Api;
use crate::config::Settings;
use crate::config::endpoint::Role;
use crate::protocol::{ApiKey, Listeners, Stability};

/// In the order of their keys.
pub const APIS: &[&Api] = &[
    &super::produce::API,
    &super::fetch::API,
    &super::list_offsets::API,
    &super::metadata::API,
    &super::offset_commit::API,
    &super::offset_fetch::API,
    &super::find_coordinator::API,
    &super::join_group::API,
    &super::heartbeat::API,
    &super::leave_group::API,
    &super::sync_group::API,
    &super::describe_groups::API,
    &super::list_groups::API,
    &super::sasl_handshake::API,
    &super::api_versions::API,
    &super::create_topics::API,
    &super::delete_topics::API,
    &super::delete_records::API,
    &super::init_producer_id::API,
    &super::offset_for_leader_epoch::API,
    &super::add_partitions_to_txn::API,
    &super::add_offsets_to_txn::API,
    &super::end_txn::API,
    &super::write_txn_markers::API,
    &super::txn_offset_commit::API,
    &super::describe_configs::API,
    &super::alter_configs::API,
    &super::alter_replica_log_dirs::API,
    &super::describe_log_dirs::API,
    &super::create_partitions::API,
    &super::delete_groups::API,
    &super::elect_leaders::API,
    &super::incremental_alter_configs::API,
    &super::alter_partition_reassignments::API,
    &super::list_partition_reassignments::API,
    &super::offset_delete::API,
    &super::describe_client_quotas::API,
    &super::alter_client_quotas::API,
    &super::describe_user_scram_credentials::API,
    &super::describe_quorum::API,
    &super::update_features::API,
    &super::describe_cluster::API,
    &super::describe_producers::API,
    &super::describe_transactions::API,
    &super::list_transactions::API,
    &super::consumer_group_heartbeat::API,
    &super::consumer_group_describe::API,
    &super::list_config_resources::API,
    &super::describe_topic_partitions::API,
];

/// Who serves `key` on a listener of this kind.
pub fn find(key: ApiKey, role: Role) -> Option<&'static Api> {
    let index = APIS.binary_search_by_key(&key, |api| api.key).ok()?;
    let api = *APIS.get(index)?;
    is_served_by(api, role).then_some(api)
}

/// Whether the API is served at all.
pub fn serves(key: ApiKey) -> bool {
    APIS.binary_search_by_key(&key, |api| api.key).is_ok()
}

/// The APIs of a listener of this kind.
pub fn served_by(role: Role) -> impl Iterator<Item = &'static Api> {
    APIS.iter().copied().filter(move |api| is_served_by(api, role))
}

/// The versions of `api` that this node offers. The last one of some may still change in Kafka.
pub fn offered(api: &Api, settings: &Settings) -> RangeInclusive<i16> {
    let may_change = || api.versions.end() == api.key.info().versions.end();
    match api.key.info().stability {
        Stability::LatestUnstable if may_change() && !offers_unstable(settings) => {
            *api.versions.start()..=*api.versions.end() - 1
        }
        Stability::Stable | Stability::LatestUnstable => api.versions.clone(),
    }
}

fn offers_unstable(settings: &Settings) -> bool {
    settings.text("unstable.api.versions.enable") == Some("true")
}

fn is_served_by(api: &Api, role: Role) -> bool {
    match (api.key.info().listeners, role) {
        (Listeners::Both, _) => true,
        (Listeners::Broker, role) => role == Role::Broker,
        (Listeners::Controller, role) => role == Role::Controller,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_key_order_and_within_the_versions_of_the_protocol() {
        assert!(APIS.is_sorted_by(|before, after| before.key < after.key));
        for api in APIS {
            let known = api.key.info().versions;
            let name = api.key.info().name;
            assert!(known.contains(api.versions.start()), "{name}");
            assert!(known.contains(api.versions.end()), "{name}");
        }
    }

    #[test]
    fn versions_that_may_change_are_offered_where_the_operator_says_so() {
        let final_only = Settings::load(None, &[]).unwrap().0;
        let file = b"unstable.api.versions.enable=true";
        let with_unstable = Settings::load(Some(file), &[]).unwrap().0;
        let cut: Vec<ApiKey> = APIS
            .iter()
            .filter(|api| offered(api, &final_only) != api.versions)
            .map(|api| api.key)
            .collect();
        assert_eq!(cut, [ApiKey::InitProducerId]);
        assert_eq!(offered(&super::super::init_producer_id::API, &final_only), 0..=5);
        assert!(APIS.iter().all(|api| offered(api, &with_unstable) == api.versions));
    }

    #[test]
    fn finds_by_key_and_listener() {
        for api in APIS {
            let found = find(api.key, Role::Broker);
            assert!(found.is_some_and(|found| found.key == api.key));
        }
        assert!(find(ApiKey::Vote, Role::Broker).is_none());
    }
}
