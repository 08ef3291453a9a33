//! ApiVersions (key 18), versions 0-5.
//!
//! Says which versions of which APIs this listener serves, and the features of the cluster. A
//! version that is not known is answered in version 0, so that any client can read it.
//! Versions: 1 throttle time · 3 client software, features · 4 features from level 0 ·
//! 5 cluster and node the client believes to talk to.   Runs on the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, Refusal, Response, table};
use crate::metadata::features;
use crate::protocol::api_versions::{
    ApiVersion, ApiVersionsRequest, ApiVersionsResponse, FLEXIBLE_FROM, Feature, VERSIONS,
};
use crate::protocol::{ApiKey, ErrorCode, Reader};

pub const API: Api = Api { key: ApiKey::ApiVersions, versions: VERSIONS, handle };

/// librdkafka before 2.6 takes a broker without Produce version 0 for one it cannot talk to.
const PRODUCE_ADVERTISED_FROM: i16 = 0;
/// Older clients cannot read a feature whose lowest level is 0.
const FEATURES_FROM_LEVEL_0_FROM: i16 = 4;

fn handle(context: Context, body: Slice) -> Pending {
    Box::pin(async move {
        let throttle_time_ms = context.charge_request().await;
        run(&context, &body, throttle_time_ms)
    })
}

fn run(context: &Context, body: &Slice, throttle_time_ms: i32) -> Result<Response, Refusal> {
    let version = context.version();
    if !VERSIONS.contains(&version) {
        let response = refused(context, ErrorCode::UnsupportedVersion);
        return context.respond_with(|writer| response.encode(writer, *VERSIONS.start()));
    }
    let request = ApiVersionsRequest::decode(&mut Reader::new(body), version)?;
    let response = match check(context, &request) {
        Ok(()) => served(context),
        Err(error) => refused(context, error),
    };
    let response = ApiVersionsResponse { throttle_time_ms, ..response };
    context.respond_with(|writer| response.encode(writer, version))
}

fn check(context: &Context, request: &ApiVersionsRequest<'_>) -> Result<(), ErrorCode> {
    let named = |text: &str| is_software_name(text);
    if context.version() >= FLEXIBLE_FROM {
        if !named(&request.client_software_name) || !named(&request.client_software_version) {
            return Err(ErrorCode::InvalidRequest);
        }
        context.peer.note_software(&request.client_software_name, &request.client_software_version);
    }
    if is_misrouted(context, request) {
        return Err(ErrorCode::RebootstrapRequired);
    }
    Ok(())
}

/// Whether the client took this node for another, or for one of another cluster.
fn is_misrouted(context: &Context, request: &ApiVersionsRequest<'_>) -> bool {
    let Some(cluster_id) = &request.cluster_id else { return false };
    let is_other_node = request.node_id >= 0 && !context.broker.is_self(request.node_id);
    *context.broker.image().cluster_id != **cluster_id || is_other_node
}

/// Letters, digits, dots and dashes; the latter two not at the ends.
fn is_software_name(text: &str) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let ends = [text.bytes().next(), text.bytes().next_back()];
    ends.iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
        && text.as_bytes().iter().all(is_inner)
}

fn refused(context: &Context, error_code: ErrorCode) -> ApiVersionsResponse {
    // Enough to ask again in a version that is served (KIP-511).
    let apis = match error_code {
        ErrorCode::UnsupportedVersion => {
            let mut apis = versions(context);
            apis.retain(|api| api.key == ApiKey::ApiVersions as i16);
            apis
        }
        _ => Vec::new(),
    };
    ApiVersionsResponse {
        error_code,
        apis,
        throttle_time_ms: 0,
        supported_features: Vec::new(),
        finalized_features_epoch: None,
        finalized_features: Vec::new(),
    }
}

fn served(context: &Context) -> ApiVersionsResponse {
    let image = context.broker.image();
    let hides_level_0 = context.version() < FEATURES_FROM_LEVEL_0_FROM;
    let offered = features::Offer::of(&context.broker.config.settings).supported();
    let supported = offered.filter(|known| !(hides_level_0 && known.min == 0));
    ApiVersionsResponse {
        error_code: ErrorCode::None,
        apis: versions(context),
        throttle_time_ms: 0,
        supported_features: supported
            .map(|known| Feature {
                name: known.name.to_owned(),
                level_min: known.min,
                level_max: known.max,
            })
            .collect(),
        finalized_features_epoch: Some(image.finalized_features_epoch()),
        finalized_features: image
            .finalized_features()
            .into_iter()
            .map(|(name, level)| Feature { name, level_min: level, level_max: level })
            .collect(),
    }
}

fn versions(context: &Context) -> Vec<ApiVersion> {
    let settings = &context.broker.config.settings;
    table::served_by(context.peer.listener.role)
        .map(|api| (api, table::offered(api, settings)))
        .map(|(api, offered)| ApiVersion {
            key: api.key as i16,
            version_min: match api.key {
                ApiKey::Produce => PRODUCE_ADVERTISED_FROM,
                _ => *offered.start(),
            },
            version_max: *offered.end(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_software_name;

    #[test]
    fn names_of_client_software() {
        for name in ["a", "apache-kafka-java", "4.3.1", "librdkafka", "2.0-RC1"] {
            assert!(is_software_name(name), "{name}");
        }
        for name in ["", "-", ".a", "a.", "a b", "a_b", "é"] {
            assert!(!is_software_name(name), "{name}");
        }
    }
}
