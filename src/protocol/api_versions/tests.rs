use proptest::prelude::*;

use super::*;
use crate::protocol::generated::api_versions as generated;
use crate::protocol::message::Message;

const SHORT_TEXT: &str = "[a-z.]{0,12}";

fn features() -> impl Strategy<Value = Vec<(String, i16, i16)>> {
    proptest::collection::vec((SHORT_TEXT, any::<i16>(), any::<i16>()), 0..4)
}

fn by_hand(features: &[(String, i16, i16)]) -> Vec<Feature> {
    features
        .iter()
        .map(|(name, min, max)| Feature { name: name.clone(), level_min: *min, level_max: *max })
        .collect()
}

proptest! {
    #[test]
    fn requests_are_read_as_the_generated_message_reads_them(
        texts in any::<[u8; 2]>().prop_flat_map(|_| [SHORT_TEXT, SHORT_TEXT]),
        cluster_id in proptest::option::of(SHORT_TEXT),
        node_id in any::<i32>(),
        version in VERSIONS,
    ) {
        let [client_software_name, client_software_version] = texts;
        let request = generated::Request {
            client_software_name, client_software_version, cluster_id, node_id,
        };
        let bytes = request.to_vec(version).unwrap();
        let seen = generated::Request::from_slice(&bytes, version).unwrap();
        let decoded = ApiVersionsRequest::decode(&mut Reader::new(&bytes), version).unwrap();
        prop_assert_eq!(decoded, ApiVersionsRequest {
            client_software_name: seen.client_software_name.as_str().into(),
            client_software_version: seen.client_software_version.as_str().into(),
            cluster_id: seen.cluster_id.as_deref().map(Into::into),
            node_id: seen.node_id,
        });
        for length in 0..bytes.len() {
            let prefix = &bytes[..length];
            prop_assert!(ApiVersionsRequest::decode(&mut Reader::new(prefix), version).is_err());
        }
    }

    #[test]
    fn responses_are_written_as_the_generated_message_writes_them(
        apis in proptest::collection::vec(any::<[i16; 3]>(), 0..5),
        throttle_time_ms in any::<i32>(),
        supported in features(),
        finalized_features_epoch in proptest::option::of(0..i64::MAX),
        finalized in features(),
        version in VERSIONS,
    ) {
        let expected = generated::Response {
            error_code: ErrorCode::UnsupportedVersion as i16,
            api_keys: apis
                .iter()
                .map(|[api_key, min_version, max_version]| generated::response::ApiVersion {
                    api_key: *api_key, min_version: *min_version, max_version: *max_version,
                })
                .collect(),
            throttle_time_ms,
            supported_features: supported
                .iter()
                .map(|(name, min, max)| generated::response::SupportedFeatureKey {
                    name: name.clone(), min_version: *min, max_version: *max,
                })
                .collect(),
            finalized_features_epoch: finalized_features_epoch.unwrap_or(-1),
            finalized_features: finalized
                .iter()
                .map(|(name, min, max)| generated::response::FinalizedFeatureKey {
                    name: name.clone(), max_version_level: *max, min_version_level: *min,
                })
                .collect(),
            zk_migration_ready: false,
        };
        let response = ApiVersionsResponse {
            error_code: ErrorCode::UnsupportedVersion,
            apis: apis
                .iter()
                .map(|[key, version_min, version_max]| ApiVersion {
                    key: *key, version_min: *version_min, version_max: *version_max,
                })
                .collect(),
            throttle_time_ms,
            supported_features: by_hand(&supported),
            finalized_features_epoch,
            finalized_features: by_hand(&finalized),
        };
        let mut writer = Writer::new();
        response.encode(&mut writer, version).unwrap();
        prop_assert_eq!(writer.into_vec(), expected.to_vec(version).unwrap());
    }
}
