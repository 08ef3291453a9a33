//! Whom a client quota is for, and what it limits: the names in requests and records.

/// Types of entities.
pub const USER: &str = "user";
pub const CLIENT_ID: &str = "client-id";
pub const IP: &str = "ip";

/// Bytes a second, in requests of Produce.
pub const PRODUCER_BYTE_RATE: &str = "producer_byte_rate";
/// Bytes a second, in answers to Fetch.
pub const CONSUMER_BYTE_RATE: &str = "consumer_byte_rate";
/// Time of a core that requests may take, in percent of one core.
pub const REQUEST_PERCENTAGE: &str = "request_percentage";
/// Partitions created and deleted a second.
pub const CONTROLLER_MUTATION_RATE: &str = "controller_mutation_rate";
/// Connections a second.
pub const CONNECTION_CREATION_RATE: &str = "connection_creation_rate";

/// What values a key takes. All are above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Int,
    Long,
    Real,
}

/// A limit that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
}

/// Of users, client ids, and both together.
pub const OF_CLIENTS: &[Key] = &[
    Key { name: PRODUCER_BYTE_RATE, kind: Kind::Long },
    Key { name: CONSUMER_BYTE_RATE, kind: Kind::Long },
    Key { name: REQUEST_PERCENTAGE, kind: Kind::Real },
    Key { name: CONTROLLER_MUTATION_RATE, kind: Kind::Real },
];

pub const OF_ADDRESSES: &[Key] = &[Key { name: CONNECTION_CREATION_RATE, kind: Kind::Int }];
