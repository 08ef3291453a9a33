//! What the metadata log says about access: kept as its records, so that nothing is lost on a
//! directory taken over from Kafka, and a snapshot writes it back.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::protocol::metadata_records::{
    AccessControlEntryRecord, ClientQuotaRecord, DelegationTokenRecord, UserScramCredentialRecord,
};

/// (entity type, entity name; none is the default entity) in the order of the types.
pub type QuotaEntity = Vec<(String, Option<String>)>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Security {
    pub client_quotas: BTreeMap<QuotaEntity, BTreeMap<String, f64>>,
    pub access_control: BTreeMap<Uuid, AccessControlEntryRecord>,
    /// By mechanism and user.
    pub scram_credentials: BTreeMap<(i8, String), UserScramCredentialRecord>,
    pub delegation_tokens: BTreeMap<String, DelegationTokenRecord>,
}

impl Security {
    pub(super) fn apply_quota(&mut self, record: &ClientQuotaRecord) {
        let named = record.entity.iter();
        let mut entity: QuotaEntity =
            named.map(|part| (part.entity_type.clone(), part.entity_name.clone())).collect();
        entity.sort();
        let quotas = self.client_quotas.entry(entity.clone()).or_default();
        if record.remove {
            quotas.remove(&record.key);
        } else {
            quotas.insert(record.key.clone(), record.value);
        }
        if quotas.is_empty() {
            self.client_quotas.remove(&entity);
        }
    }
}
