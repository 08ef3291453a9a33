//! Every request the protocol has, at every version.

use std::sync::LazyLock;

use bolero::{TypeGenerator, check};
use codegen::sample::{Seed, Shape, sample};
use codegen::{File, Message as Schema, MessageKind};
use ringlog::protocol::codec::DecodeError;
use ringlog::protocol::generated::*;
use ringlog::protocol::{Call, Reader};
use ringlog::protocol::{fetch as fetch_by_hand, produce as produce_by_hand};

use crate::input::{Damage, pick};

/// Reads a body and, if it can be read, writes it.
type Recode = fn(&[u8], i16) -> Result<Vec<u8>, DecodeError>;

/// A request with its schema.
pub(crate) struct Row {
    pub(crate) key: i16,
    /// As Kafka calls the API.
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    pub(crate) recode: Recode,
}

fn recode<C: Call>(bytes: &[u8], version: i16) -> Result<Vec<u8>, DecodeError> {
    let message = C::from_slice(bytes, version)?;
    Ok(message.to_vec(version).expect("what was read can be written"))
}

/// A row for each module; `every_api_has_its_row` compares them with the table.
macro_rules! rows {
    ($($module:ident)*) => {
        vec![$(($module::Request::API, recode::<$module::Request> as Recode)),*]
    };
}

pub(crate) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let files = codegen::load();
    let schema = |key: i16| {
        let file: Option<&File> = files.iter().find(|file| file.api_key() == Some(key));
        let messages = file.map(|file| &file.messages).expect("an API has its schema");
        let is_request = |message: &&Schema| message.kind == MessageKind::Request;
        messages.iter().find(is_request).expect("an API has a request").clone()
    };
    let row = |(api, recode): (ApiKey, Recode)| {
        let key = api as i16;
        Row { key, name: api.info().name, schema: schema(key), recode }
    };
    recoders().into_iter().map(row).collect()
});

#[rustfmt::skip]
fn recoders() -> Vec<(ApiKey, Recode)> {
    rows! {
        produce fetch list_offsets metadata offset_commit offset_fetch find_coordinator join_group
        heartbeat leave_group sync_group describe_groups list_groups sasl_handshake api_versions
        create_topics delete_topics delete_records init_producer_id offset_for_leader_epoch
        add_partitions_to_txn add_offsets_to_txn end_txn write_txn_markers txn_offset_commit
        describe_acls create_acls delete_acls describe_configs alter_configs
        alter_replica_log_dirs describe_log_dirs sasl_authenticate create_partitions
        create_delegation_token renew_delegation_token expire_delegation_token
        describe_delegation_token delete_groups elect_leaders incremental_alter_configs
        alter_partition_reassignments list_partition_reassignments offset_delete
        describe_client_quotas alter_client_quotas describe_user_scram_credentials
        alter_user_scram_credentials vote begin_quorum_epoch end_quorum_epoch describe_quorum
        alter_partition update_features envelope fetch_snapshot describe_cluster
        describe_producers broker_registration broker_heartbeat unregister_broker
        describe_transactions list_transactions allocate_producer_ids consumer_group_heartbeat
        consumer_group_describe controller_registration get_telemetry_subscriptions push_telemetry
        assign_replicas_to_dirs list_config_resources describe_topic_partitions
        share_group_heartbeat share_group_describe share_fetch share_acknowledge add_raft_voter
        remove_raft_voter update_raft_voter initialize_share_group_state read_share_group_state
        write_share_group_state delete_share_group_state read_share_group_state_summary
        streams_group_heartbeat streams_group_describe describe_share_group_offsets
        alter_share_group_offsets delete_share_group_offsets
        streams_group_topology_description_update unregister_controller
    }
}

/// A request by numbers: sound, then damaged.
#[derive(Debug, TypeGenerator)]
pub(crate) struct Input {
    row: u16,
    version: u16,
    shape: u8,
    seed: u64,
    damage: Damage,
}

impl Input {
    pub(crate) fn row(&self) -> (&'static Row, i16) {
        let row = pick(&ROWS, self.row);
        let versions: Vec<i16> = (row.schema.versions.first..=row.schema.versions.last).collect();
        (row, *pick(&versions, self.version))
    }

    pub(crate) fn sound(&self) -> Vec<u8> {
        let (row, version) = self.row();
        let shapes = [Shape::Smallest, Shape::Full, Shape::Mixed, Shape::Mixed];
        let shape = *pick(&shapes, u16::from(self.shape));
        sample(&row.schema, version, shape, &mut Seed(self.seed))
    }

    pub(crate) fn damaged(&self) -> Vec<u8> {
        let mut bytes = self.sound();
        self.damage.apply(&mut bytes);
        bytes
    }
}

#[test]
fn every_api_has_its_row() {
    let keys: Vec<i16> = ROWS.iter().map(|row| row.key).collect();
    let files = codegen::load();
    let all: Vec<i16> = files.iter().filter_map(File::api_key).collect();
    assert_eq!(keys, all);
}

/// What can be read is written; what was written reads as the same.
#[test]
fn damaged_requests() {
    check!().with_test_time(crate::time()).with_type::<Input>().for_each(|input| {
        let (row, version) = input.row();
        assert_stable(row, version, &input.damaged());
    });
}

#[test]
fn random_requests() {
    check!().with_test_time(crate::time()).with_type::<(u16, u16, Vec<u8>)>().for_each(
        |(row, version, bytes)| {
            let row = pick(&ROWS, *row);
            let versions: Vec<i16> =
                (row.schema.versions.first - 1..=row.schema.versions.last + 1).collect();
            assert_stable(row, *pick(&versions, *version), bytes);
        },
    );
}

fn assert_stable(row: &Row, version: i16, bytes: &[u8]) {
    if let Ok(canonical) = (row.recode)(bytes, version) {
        assert_eq!((row.recode)(&canonical, version), Ok(canonical), "{}", row.schema.name);
    }
}

/// Read by hand, Produce and Fetch refuse what the generated code refuses, and the other way.
/// Bytes behind a request pass by hand, so those are left out.
#[test]
fn produce_and_fetch_by_hand() {
    check!().with_test_time(crate::time()).with_type::<Input>().for_each(|input| {
        let input = Input { row: input.row % 2, damage: input.damage.clone(), ..*input };
        let (row, version) = input.row();
        let bytes = input.damaged();
        let mut reader = Reader::new(&bytes);
        let is_read = match row.key {
            produce_by_hand::KEY => {
                let request = produce_by_hand::ProduceRequest::decode(&mut reader, version);
                if let Ok(request) = &request {
                    let partitions = request.topics.iter().flat_map(|topic| &topic.partitions);
                    let mut ranges = partitions.filter_map(|partition| partition.records.clone());
                    assert!(ranges.all(|range| range.end <= bytes.len()));
                }
                request.is_ok()
            }
            _ => fetch_by_hand::FetchRequest::decode(&mut reader, version).is_ok(),
        };
        let all_read = is_read && reader.position() == bytes.len();
        assert_eq!(all_read, (row.recode)(&bytes, version).is_ok());
    });
}
