//! `__transaction_state`: records with damage make a coordinator that works, whatever producers
//! ask.

use bolero::{TypeGenerator, check};
use ringlog::coordinators::coordinator::{
    Coordinator, Lead, Now, OutputOf, ProducerEpoch, RequestToken,
};
use ringlog::coordinators::transactions::{
    AddPartitions, EndTransaction, InitProducer, Request, TransactionConfig, TransactionPartition,
};
use ringlog::metadata::Image;
use ringlog::protocol::transaction_records::{
    TransactionKey, TransactionLogKey, TransactionLogValue, TransactionValue,
};
use std::sync::Arc;

use crate::input::Damage;

#[derive(Clone, Debug, TypeGenerator)]
struct Course {
    records: Vec<(Written, u8, Damage, Damage)>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, TypeGenerator)]
struct Written {
    producer_id: i64,
    next_producer_id: i64,
    epoch: i16,
    timeout_ms: i32,
    status: u8,
    start_ms: i64,
    version: u8,
}

#[derive(Clone, Debug, TypeGenerator)]
enum Step {
    Init { id: u8, producer_id: i64, epoch: i16, fresh: bool },
    Add { id: u8, producer_id: i64, epoch: i16 },
    End { id: u8, producer_id: i64, epoch: i16, committed: bool, is_new: bool },
    Wait { ms: u16 },
}

#[test]
fn transaction_logs_and_producers() {
    check!().with_test_time(crate::time()).with_type::<Course>().for_each(|course| {
        let image = Arc::new(Image::empty("fuzz"));
        let lead = Lead { index: 0, epoch: 1, image: image.clone() };
        let partition = TransactionPartition::new(&TransactionConfig::default(), lead);
        let now = Now { wall_ms: 1_000_000, steady_ms: 500 };
        let mut bench = Bench { partition, now, tokens: 0 };
        for (written, id, in_key, in_value) in course.records.iter().take(20) {
            let (mut key, mut value) = record(written, *id);
            in_key.apply(&mut key);
            in_value.apply(&mut value);
            // Where a record cannot be read, a real one gives up the partition.
            let _refused = bench.partition.replay(&key, Some(&value), None);
        }
        let output = bench.partition.loaded(&image, bench.now);
        bench.take(output);
        for step in course.steps.iter().take(40) {
            bench.carry_out(step);
        }
    });
}

fn id(number: u8) -> String {
    format!("t{}", number % 3)
}

fn record(written: &Written, number: u8) -> (Vec<u8>, Vec<u8>) {
    let key = TransactionLogKey { transactional_id: id(number) };
    let value = TransactionLogValue {
        producer_id: written.producer_id,
        next_producer_id: written.next_producer_id,
        producer_epoch: written.epoch,
        transaction_timeout_ms: written.timeout_ms,
        transaction_status: (written.status % 9) as i8,
        transaction_start_timestamp_ms: written.start_ms,
        client_transaction_version: i16::from(written.version),
        ..TransactionLogValue::default()
    };
    let key = TransactionKey::TransactionLog(key).to_vec().expect("a short key");
    (key, TransactionValue::TransactionLog(value).to_vec(1).expect("a short value"))
}

struct Bench {
    partition: TransactionPartition,
    now: Now,
    tokens: u64,
}

impl Bench {
    fn take(&mut self, output: OutputOf<TransactionPartition>) {
        for append in output.appends {
            let output = self.partition.appended(append.ticket, Ok(()), self.now);
            self.take(output);
        }
    }

    fn carry_out(&mut self, step: &Step) {
        let request = match *step {
            Step::Wait { ms } => {
                self.now.wall_ms += i64::from(ms) * 1_000;
                self.now.steady_ms += u64::from(ms) * 1_000;
                let output = self.partition.tick(self.now);
                return self.take(output);
            }
            Step::Init { id: number, producer_id, epoch, fresh } => Request::Init(InitProducer {
                transactional_id: id(number),
                timeout_ms: 1_000,
                is_two_phase: false,
                expected: (epoch >= 0).then_some(ProducerEpoch { id: producer_id, epoch }),
                fresh_producer_id: fresh.then_some(7),
            }),
            Step::Add { id: number, producer_id, epoch } => Request::Add(AddPartitions {
                transactional_id: id(number),
                producer: ProducerEpoch { id: producer_id, epoch },
                partitions: vec![("t".into(), 0)],
                version: 2,
            }),
            Step::End { id: number, producer_id, epoch, committed, is_new } => {
                Request::End(EndTransaction {
                    transactional_id: id(number),
                    producer: ProducerEpoch { id: producer_id, epoch },
                    committed,
                    version: if is_new { 2 } else { 0 },
                    fresh_producer_id: Some(8),
                })
            }
        };
        self.tokens += 1;
        let output = self.partition.handle(RequestToken(self.tokens), request, self.now);
        self.take(output);
    }
}
