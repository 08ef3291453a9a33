//! What an operator can set about transactions; each field is a key of `server.properties`.

use crate::config::BrokerConfig;

/// Settings of the transaction coordinator, with Kafka's defaults.
#[derive(Clone, Debug)]
pub struct TransactionConfig {
    /// `transaction.max.timeout.ms`
    pub timeout_ms_max: i32,
    /// `transactional.id.expiration.ms`
    pub id_expiration_ms: i64,
    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms`
    pub abort_interval_ms: u64,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`
    pub expiration_interval_ms: u64,
    /// `transaction.two.phase.commit.enable`
    pub allows_two_phase: bool,
}

impl TransactionConfig {
    pub fn of(config: &BrokerConfig) -> Self {
        let transactions = &config.transactions;
        TransactionConfig {
            timeout_ms_max: transactions.timeout_ms_max,
            id_expiration_ms: i64::try_from(transactions.id_expiration_ms).unwrap_or(i64::MAX),
            abort_interval_ms: transactions.abort_interval_ms,
            expiration_interval_ms: transactions.expiration_interval_ms,
            allows_two_phase: transactions.allows_two_phase,
        }
    }
}

impl Default for TransactionConfig {
    fn default() -> Self {
        TransactionConfig {
            timeout_ms_max: 900_000,
            id_expiration_ms: 7 * 24 * 3_600 * 1_000,
            abort_interval_ms: 10_000,
            expiration_interval_ms: 3_600_000,
            allows_two_phase: false,
        }
    }
}
