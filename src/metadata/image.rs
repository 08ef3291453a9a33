//! The state of the cluster at one offset of the metadata log.
//!
//! Lives on: any core, behind an `Arc`; never changed once published.
//! Promise: `clone` copies a handful of pointers; what a change did not touch is shared.
//! Read next: delta.rs (how the next one is made), snapshot.rs (as records).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Overlay;
use crate::metadata::cluster::{Cluster, VoterSet};
use crate::metadata::features::Features;
use crate::metadata::security::Security;
use crate::metadata::shared_map::SharedMap;
use crate::metadata::topics::Topics;

#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    pub cluster_id: Arc<str>,
    pub provenance: Provenance,
    pub voters: Arc<VoterSet>,
    pub features: Arc<Features>,
    pub cluster: Arc<Cluster>,
    pub topics: Topics,
    pub configs: Overlay,
    /// Values of resources that are not known here, by type, name and key; kept for others.
    pub foreign_configs: SharedMap<(i8, String, String), String>,
    /// The first producer id that no block holds yet.
    pub next_producer_id: Option<i64>,
    pub security: Arc<Security>,
}

/// Up to which record of the metadata log an image reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// -1 before the first record.
    pub last_offset: i64,
    pub last_epoch: i32,
    pub last_timestamp_ms: i64,
}

impl Provenance {
    pub const NONE: Self = Self { last_offset: -1, last_epoch: -1, last_timestamp_ms: -1 };
}

impl Image {
    /// Before the first record.
    pub fn empty(cluster_id: &str) -> Self {
        Self {
            cluster_id: Arc::from(cluster_id),
            provenance: Provenance::NONE,
            voters: Arc::default(),
            features: Arc::default(),
            cluster: Arc::default(),
            topics: Topics::default(),
            configs: Overlay::default(),
            foreign_configs: SharedMap::default(),
            next_producer_id: None,
            security: Arc::default(),
        }
    }

    /// Levels that ApiVersions reports; those at 0 are left out.
    pub fn finalized_features(&self) -> BTreeMap<String, i16> {
        let mut levels = self.features.levels().clone();
        if self.voters.kraft_version > 0 {
            let name = super::features::KRAFT_VERSION.to_owned();
            levels.insert(name, self.voters.kraft_version);
        }
        levels
    }

    /// Goes with `finalized_features`; -1 while there are none.
    pub fn finalized_features_epoch(&self) -> i64 {
        self.provenance.last_offset
    }
}

const _: () = {
    const fn shared_between_cores<T: Send + Sync>() {}
    shared_between_cores::<Image>();
};
