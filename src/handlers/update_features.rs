//! UpdateFeatures (key 57), versions 0-2.
//!
//! Sets the levels of features, all of them or none.
//! Versions: 1 kinds of downgrade, validation · 2 no result for each feature.
//! Skipped: authorization. A node says what a new level allows when it registers at its next start.
//! Runs on shard 0, asked from the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::config::TopicConfig;
use crate::config::overlay::Overrides;
use crate::controller::Refusal;
use crate::controller::update_features::{Direction, Update, Updates};
use crate::protocol::update_features::request::{FeatureUpdateKey, Request};
use crate::protocol::update_features::response::{Response, UpdatableFeatureResult};
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::controller_errors;
use crate::refusals::errors::sentence;

pub const API: Api = Api { key: ApiKey::UpdateFeatures, versions: 0..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let version = context.version();
        let names: Vec<String> =
            request.feature_updates.iter().map(|update| update.feature.clone()).collect();
        let told: Vec<String> = request
            .feature_updates
            .iter()
            .map(|update| format!("{} to {}", update.feature, update.max_version_level))
            .collect();
        let updates = updates(request.feature_updates, version);
        let validate_only = request.validate_only;
        let defaults = TopicConfig::resolve(&context.broker.config.settings, &Overrides::new());
        let minimum = defaults.min_insync_replicas;
        let updated = context.broker.control(move |controller, _| {
            controller.update_features(&updates, minimum, validate_only)
        });
        let updated = updated.await;
        if !validate_only && updated.is_ok() {
            changes::tell(&context, "features changed", &told);
        }
        respond(updated, names, version)
    })
}

const DIRECTION_FROM: i16 = 1;
const RESULTS_UNTIL: i16 = 1;

/// Of a feature that is named twice, the last update counts.
fn updates(requested: Vec<FeatureUpdateKey>, version: i16) -> Updates {
    let update = |one: FeatureUpdateKey| {
        let direction = match one.upgrade_type {
            _ if version < DIRECTION_FROM && one.allow_downgrade => Direction::SafeDowngrade,
            1 => Direction::Upgrade,
            2 => Direction::SafeDowngrade,
            3 => Direction::UnsafeDowngrade,
            _ => Direction::Unknown,
        };
        (one.feature, Update { level: one.max_version_level, direction })
    };
    requested.into_iter().map(update).collect()
}

fn respond(updated: Result<(), Refusal>, names: Vec<String>, version: i16) -> Response {
    if let Err(refusal) = updated {
        let error_code = controller_errors::code_of(refusal.cause) as i16;
        let why = refusal.message.unwrap_or_default();
        let error_message = Some(sentence(format!(
            "The update failed for all features since the following feature had an error: {why}"
        )));
        return Response { error_code, error_message, ..Response::default() };
    }
    let done = |feature| UpdatableFeatureResult {
        feature,
        error_code: ErrorCode::None as i16,
        error_message: None,
    };
    let results = match version {
        ..=RESULTS_UNTIL => names.into_iter().map(done).collect(),
        _ => Vec::new(),
    };
    Response { error_message: None, results, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::Cause;
    use crate::protocol::Message;

    fn requested(upgrade_type: i8, allow_downgrade: bool) -> FeatureUpdateKey {
        let feature = "group.version".to_owned();
        FeatureUpdateKey { feature, max_version_level: 1, allow_downgrade, upgrade_type }
    }

    #[test]
    fn the_direction_is_said_in_two_ways() {
        let direction = |version, upgrade_type, allow_downgrade| {
            let updates = updates(vec![requested(upgrade_type, allow_downgrade)], version);
            updates["group.version"].direction
        };
        assert_eq!(direction(0, 1, false), Direction::Upgrade);
        assert_eq!(direction(0, 1, true), Direction::SafeDowngrade);
        assert_eq!(direction(1, 1, false), Direction::Upgrade);
        assert_eq!(direction(1, 2, false), Direction::SafeDowngrade);
        assert_eq!(direction(2, 3, false), Direction::UnsafeDowngrade);
        assert_eq!(direction(2, 9, false), Direction::Unknown);
    }

    #[test]
    fn a_refusal_is_told_once_for_all_features() {
        for version in API.versions {
            let refusal = Refusal::new(Cause::InvalidUpdateVersion, "no");
            let response = respond(Err(refusal), vec!["a".to_owned()], version);
            response.to_vec(version).unwrap();
            assert_eq!(response.error_code, ErrorCode::InvalidUpdateVersion as i16);
            assert!(response.error_message.is_some_and(|message| message.ends_with(": no")));
            assert_eq!(response.results, []);
            let response = respond(Ok(()), vec!["a".to_owned()], version);
            response.to_vec(version).unwrap();
            assert_eq!(response.results.len(), usize::from(version <= RESULTS_UNTIL));
        }
    }
}
