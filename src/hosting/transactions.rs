//! The transaction coordinators of one core, and the markers of their decisions.
//!
//! Promise: markers of a decision are sent until each partition has its own, or this node
//! coordinates the transactional id no more (who does then sends them again).
//! Read next: host.rs, ../coordinators/transactions/mod.rs, ../routing/markers.rs.

use super::host::Host;
use crate::broker::Core;
use crate::coordinators::coordinator::Lead;
use crate::coordinators::transactions::{
    Command, Counts, EndMarker, Request, TopicPartition, TransactionConfig, TransactionPartition,
};
use crate::limits::{MARKER_RETRY_MAX, MARKER_RETRY_MIN};
use crate::protocol::ErrorCode;
use crate::refusals::transaction_errors::passes_by_itself;
use crate::routing::markers;
use shards::io::executor;
use std::rc::{Rc, Weak};

pub type TransactionHost = Host<TransactionPartition>;

impl Host<TransactionPartition> {
    pub fn of_transactions(config: TransactionConfig, broker: Weak<Core>) -> TransactionHost {
        let perform = move |lead: &Lead, command| {
            let Command::WriteMarkers { transactional_id, marker, partitions } = command;
            let sender = Sender { broker: broker.clone(), lead: lead.clone(), marker };
            drop(executor::spawn(sender.run(transactional_id, partitions)));
        };
        Host::new(config, Box::new(perform))
    }

    /// What transactions are coordinated on this core.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.inspect(|coordinator| coordinator.count_into(&mut counts));
        counts
    }
}

/// Sends the markers of one decision.
struct Sender {
    broker: Weak<Core>,
    lead: Lead,
    marker: EndMarker,
}

impl Sender {
    async fn run(self, transactional_id: String, mut left: Vec<TopicPartition>) {
        let mut pause = MARKER_RETRY_MIN;
        while let Some(broker) = self.broker.upgrade() {
            if broker.transactions.epoch(self.lead.index) != Some(self.lead.epoch) {
                return;
            }
            left = self.attempt(&broker, left).await;
            if left.is_empty() {
                let marker = self.marker;
                let told = Request::MarkersWritten { transactional_id, marker };
                // It is refused where the coordinator has gone.
                drop(broker.transactions.ask(self.lead.index, told).await);
                return;
            }
            drop(broker);
            shards::clock::sleep(pause).await;
            pause = (pause * 2).min(MARKER_RETRY_MAX);
        }
    }

    /// Gives the partitions that have no marker yet. One that is no more needs none.
    async fn attempt(&self, broker: &Rc<Core>, left: Vec<TopicPartition>) -> Vec<TopicPartition> {
        let image = broker.image();
        let exists = |(topic, index): &TopicPartition| {
            let topic = image.topics.by_name(topic);
            topic.is_some_and(|topic| topic.partitions.contains_key(index))
        };
        let left: Vec<TopicPartition> = left.into_iter().filter(exists).collect();
        let written = markers::write(broker, vec![(self.marker, left.clone())]).await;
        let outcomes = written.into_iter().flatten();
        let mut still = Vec::new();
        for (partition, outcome) in left.into_iter().zip(outcomes) {
            if let Err(code) = outcome {
                self.note(&partition, code);
                still.push(partition);
            }
        }
        still
    }

    fn note(&self, (topic, index): &TopicPartition, code: ErrorCode) {
        let producer = self.marker.producer_id;
        match passes_by_itself(code) {
            true => tracing::debug!(%topic, index, producer, ?code, "a marker waits"),
            false => {
                tracing::warn!(%topic, index, producer, ?code, "a marker is refused; sent again");
            }
        }
    }
}
