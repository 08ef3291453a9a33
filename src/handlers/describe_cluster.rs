//! DescribeCluster (key 60), versions 0-2.
//!
//! The nodes of the cluster: its brokers on a broker's listener, its controllers on a controller's.
//! Versions: 1 kind of nodes · 2 fenced brokers.   Skipped: authorization.
//! Runs on the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, answer, metadata, operations};
use crate::config::endpoint::Role;
use crate::metadata::{Image, NodeId};
use crate::protocol::describe_cluster::request::Request;
use crate::protocol::describe_cluster::response::{DescribeClusterBroker, Response};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::DescribeCluster, versions: 0..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let asker = Asker {
            version: context.version(),
            listener: &context.peer.listener.name,
            role: context.peer.listener.role,
            node_id: context.broker.config.node_id,
        };
        respond(&context.broker.image(), &request, asker)
    })
}

/// Who asks, and whom.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub version: i16,
    pub listener: &'a str,
    pub role: Role,
    pub node_id: NodeId,
}

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;
const KINDS_FROM: i16 = 1;

pub fn respond(image: &Image, request: &Request, asker: Asker<'_>) -> Response {
    let (kind, name) = match asker.role {
        Role::Broker => (BROKERS, "BROKER"),
        Role::Controller => (CONTROLLERS, "CONTROLLER"),
    };
    // The oldest version has no kinds, and asks for those of the node it asks.
    let wanted = if asker.version < KINDS_FROM { kind } else { request.endpoint_type };
    if wanted != kind {
        return refuse(wanted, name);
    }
    let (brokers, controller_id) = match asker.role {
        Role::Broker => {
            let brokers = brokers(image, request.include_fenced_brokers, asker.listener);
            (brokers, metadata::controller_id(image, asker.node_id))
        }
        // The only voter leads.
        Role::Controller => (controllers(image, asker.listener), asker.node_id),
    };
    let is_listed = brokers.iter().any(|node| node.broker_id == controller_id);
    Response {
        endpoint_type: kind,
        cluster_id: image.cluster_id.to_string(),
        controller_id: if is_listed { controller_id } else { -1 },
        brokers,
        error_message: None,
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => operations::OF_CLUSTER,
            false => operations::NOT_ASKED,
        },
        ..Response::default()
    }
}

fn refuse(wanted: i8, here: &str) -> Response {
    let (error, message) = match wanted {
        BROKERS | CONTROLLERS => {
            let wanted = if wanted == BROKERS { "BROKER" } else { "CONTROLLER" };
            let message = format!(
                "The request was sent to an endpoint of type {here}, but we wanted an endpoint of \
                 type {wanted}"
            );
            (ErrorCode::MismatchedEndpointType, message)
        }
        other => (ErrorCode::UnsupportedEndpointType, format!("Unsupported endpoint type {other}")),
    };
    Response { error_code: error as i16, error_message: Some(message), ..Response::default() }
}

fn brokers(image: &Image, with_fenced: bool, listener: &str) -> Vec<DescribeClusterBroker> {
    let known = image.cluster.brokers.values();
    let wanted = known.filter(|broker| with_fenced || !broker.is_fenced());
    let describe = |broker: &crate::metadata::Broker| {
        let endpoint = broker.endpoint(listener)?;
        Some(DescribeClusterBroker {
            broker_id: broker.id(),
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: broker.rack().map(str::to_owned),
            is_fenced: broker.is_fenced(),
        })
    };
    wanted.filter_map(describe).collect()
}

fn controllers(image: &Image, listener: &str) -> Vec<DescribeClusterBroker> {
    let describe = |controller: &crate::protocol::metadata_records::RegisterControllerRecord| {
        let endpoint = controller.end_points.iter().find(|at| at.name == listener)?;
        Some(DescribeClusterBroker {
            broker_id: controller.controller_id,
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: None,
            is_fenced: false,
        })
    };
    image.cluster.controllers.values().filter_map(describe).collect()
}

#[cfg(test)]
mod tests {
    use super::super::metadata::tests::cluster;
    use super::*;
    use crate::protocol::Message;

    fn ask(version: i16, endpoint_type: i8, role: Role, fenced: bool) -> Response {
        let request = Request {
            endpoint_type,
            include_fenced_brokers: fenced,
            include_cluster_authorized_operations: true,
        };
        let asker = Asker { version, listener: "PLAINTEXT", role, node_id: 1 };
        let response = respond(&cluster(), &request, asker);
        response.to_vec(version).unwrap();
        response
    }

    #[test]
    fn brokers_that_are_alive_unless_the_others_are_asked_for() {
        let ids = |fenced| -> Vec<i32> {
            let brokers = ask(2, BROKERS, Role::Broker, fenced).brokers;
            brokers.iter().map(|broker| broker.broker_id).collect()
        };
        assert_eq!(ids(false), [1]);
        assert_eq!(ids(true), [1, 2]);
        let response = ask(2, BROKERS, Role::Broker, false);
        assert_eq!((response.controller_id, response.error_code), (1, 0));
        assert_eq!(response.cluster_authorized_operations, operations::OF_CLUSTER);
    }

    #[test]
    fn the_wrong_kind_of_node_is_refused() {
        let code = |version, kind, role| ask(version, kind, role, false).error_code;
        assert_eq!(code(1, CONTROLLERS, Role::Broker), ErrorCode::MismatchedEndpointType as i16);
        assert_eq!(code(1, 3, Role::Broker), ErrorCode::UnsupportedEndpointType as i16);
        assert_eq!(code(1, CONTROLLERS, Role::Controller), 0);
    }
}
