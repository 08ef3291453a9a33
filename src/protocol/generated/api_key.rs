//! The table of APIs.
//!
//! Made by `cargo run -p codegen`; not to be edited.

use std::ops::RangeInclusive;

/// The number that names an API on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum ApiKey {
    Produce = 0,
    Fetch = 1,
    ListOffsets = 2,
    Metadata = 3,
    OffsetCommit = 8,
    OffsetFetch = 9,
    FindCoordinator = 10,
    JoinGroup = 11,
    Heartbeat = 12,
    LeaveGroup = 13,
    SyncGroup = 14,
    DescribeGroups = 15,
    ListGroups = 16,
    SaslHandshake = 17,
    ApiVersions = 18,
    CreateTopics = 19,
    DeleteTopics = 20,
    DeleteRecords = 21,
    InitProducerId = 22,
    OffsetForLeaderEpoch = 23,
    AddPartitionsToTxn = 24,
    AddOffsetsToTxn = 25,
    EndTxn = 26,
    WriteTxnMarkers = 27,
    TxnOffsetCommit = 28,
    DescribeAcls = 29,
    CreateAcls = 30,
    DeleteAcls = 31,
    DescribeConfigs = 32,
    AlterConfigs = 33,
    AlterReplicaLogDirs = 34,
    DescribeLogDirs = 35,
    SaslAuthenticate = 36,
    CreatePartitions = 37,
    CreateDelegationToken = 38,
    RenewDelegationToken = 39,
    ExpireDelegationToken = 40,
    DescribeDelegationToken = 41,
    DeleteGroups = 42,
    ElectLeaders = 43,
    IncrementalAlterConfigs = 44,
    AlterPartitionReassignments = 45,
    ListPartitionReassignments = 46,
    OffsetDelete = 47,
    DescribeClientQuotas = 48,
    AlterClientQuotas = 49,
    DescribeUserScramCredentials = 50,
    AlterUserScramCredentials = 51,
    Vote = 52,
    BeginQuorumEpoch = 53,
    EndQuorumEpoch = 54,
    DescribeQuorum = 55,
    AlterPartition = 56,
    UpdateFeatures = 57,
    Envelope = 58,
    FetchSnapshot = 59,
    DescribeCluster = 60,
    DescribeProducers = 61,
    BrokerRegistration = 62,
    BrokerHeartbeat = 63,
    UnregisterBroker = 64,
    DescribeTransactions = 65,
    ListTransactions = 66,
    AllocateProducerIds = 67,
    ConsumerGroupHeartbeat = 68,
    ConsumerGroupDescribe = 69,
    ControllerRegistration = 70,
    GetTelemetrySubscriptions = 71,
    PushTelemetry = 72,
    AssignReplicasToDirs = 73,
    ListConfigResources = 74,
    DescribeTopicPartitions = 75,
    ShareGroupHeartbeat = 76,
    ShareGroupDescribe = 77,
    ShareFetch = 78,
    ShareAcknowledge = 79,
    AddRaftVoter = 80,
    RemoveRaftVoter = 81,
    UpdateRaftVoter = 82,
    InitializeShareGroupState = 83,
    ReadShareGroupState = 84,
    WriteShareGroupState = 85,
    DeleteShareGroupState = 86,
    ReadShareGroupStateSummary = 87,
    StreamsGroupHeartbeat = 88,
    StreamsGroupDescribe = 89,
    DescribeShareGroupOffsets = 90,
    AlterShareGroupOffsets = 91,
    DeleteShareGroupOffsets = 92,
    StreamsGroupTopologyDescriptionUpdate = 93,
    UnregisterController = 94,
}

/// What Kafka's definition says of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiInfo {
    pub name: &'static str,
    pub versions: RangeInclusive<i16>,
    /// `i16::MAX` if no version is flexible.
    pub flexible_from: i16,
    pub stability: Stability,
    pub listeners: Listeners,
}

/// Whether the last version may still change in Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    Stable,
    LatestUnstable,
}

/// Which listeners serve an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listeners {
    Broker,
    Controller,
    Both,
}

const fn info(
    name: &'static str,
    versions: RangeInclusive<i16>,
    flexible_from: i16,
    stability: Stability,
    listeners: Listeners,
) -> ApiInfo {
    ApiInfo { name, versions, flexible_from, stability, listeners }
}

impl ApiKey {
    /// In the order of their keys.
    pub const ALL: &'static [Self] = &[
        Self::Produce,
        Self::Fetch,
        Self::ListOffsets,
        Self::Metadata,
        Self::OffsetCommit,
        Self::OffsetFetch,
        Self::FindCoordinator,
        Self::JoinGroup,
        Self::Heartbeat,
        Self::LeaveGroup,
        Self::SyncGroup,
        Self::DescribeGroups,
        Self::ListGroups,
        Self::SaslHandshake,
        Self::ApiVersions,
        Self::CreateTopics,
        Self::DeleteTopics,
        Self::DeleteRecords,
        Self::InitProducerId,
        Self::OffsetForLeaderEpoch,
        Self::AddPartitionsToTxn,
        Self::AddOffsetsToTxn,
        Self::EndTxn,
        Self::WriteTxnMarkers,
        Self::TxnOffsetCommit,
        Self::DescribeAcls,
        Self::CreateAcls,
        Self::DeleteAcls,
        Self::DescribeConfigs,
        Self::AlterConfigs,
        Self::AlterReplicaLogDirs,
        Self::DescribeLogDirs,
        Self::SaslAuthenticate,
        Self::CreatePartitions,
        Self::CreateDelegationToken,
        Self::RenewDelegationToken,
        Self::ExpireDelegationToken,
        Self::DescribeDelegationToken,
        Self::DeleteGroups,
        Self::ElectLeaders,
        Self::IncrementalAlterConfigs,
        Self::AlterPartitionReassignments,
        Self::ListPartitionReassignments,
        Self::OffsetDelete,
        Self::DescribeClientQuotas,
        Self::AlterClientQuotas,
        Self::DescribeUserScramCredentials,
        Self::AlterUserScramCredentials,
        Self::Vote,
        Self::BeginQuorumEpoch,
        Self::EndQuorumEpoch,
        Self::DescribeQuorum,
        Self::AlterPartition,
        Self::UpdateFeatures,
        Self::Envelope,
        Self::FetchSnapshot,
        Self::DescribeCluster,
        Self::DescribeProducers,
        Self::BrokerRegistration,
        Self::BrokerHeartbeat,
        Self::UnregisterBroker,
        Self::DescribeTransactions,
        Self::ListTransactions,
        Self::AllocateProducerIds,
        Self::ConsumerGroupHeartbeat,
        Self::ConsumerGroupDescribe,
        Self::ControllerRegistration,
        Self::GetTelemetrySubscriptions,
        Self::PushTelemetry,
        Self::AssignReplicasToDirs,
        Self::ListConfigResources,
        Self::DescribeTopicPartitions,
        Self::ShareGroupHeartbeat,
        Self::ShareGroupDescribe,
        Self::ShareFetch,
        Self::ShareAcknowledge,
        Self::AddRaftVoter,
        Self::RemoveRaftVoter,
        Self::UpdateRaftVoter,
        Self::InitializeShareGroupState,
        Self::ReadShareGroupState,
        Self::WriteShareGroupState,
        Self::DeleteShareGroupState,
        Self::ReadShareGroupStateSummary,
        Self::StreamsGroupHeartbeat,
        Self::StreamsGroupDescribe,
        Self::DescribeShareGroupOffsets,
        Self::AlterShareGroupOffsets,
        Self::DeleteShareGroupOffsets,
        Self::StreamsGroupTopologyDescriptionUpdate,
        Self::UnregisterController,
    ];

    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether Kafka's definition has this version of the API.
    pub fn has_version(self, version: i16) -> bool {
        self.info().versions.contains(&version)
    }

    pub fn from_i16(key: i16) -> Option<Self> {
        Some(match key {
            0 => Self::Produce,
            1 => Self::Fetch,
            2 => Self::ListOffsets,
            3 => Self::Metadata,
            8 => Self::OffsetCommit,
            9 => Self::OffsetFetch,
            10 => Self::FindCoordinator,
            11 => Self::JoinGroup,
            12 => Self::Heartbeat,
            13 => Self::LeaveGroup,
            14 => Self::SyncGroup,
            15 => Self::DescribeGroups,
            16 => Self::ListGroups,
            17 => Self::SaslHandshake,
            18 => Self::ApiVersions,
            19 => Self::CreateTopics,
            20 => Self::DeleteTopics,
            21 => Self::DeleteRecords,
            22 => Self::InitProducerId,
            23 => Self::OffsetForLeaderEpoch,
            24 => Self::AddPartitionsToTxn,
            25 => Self::AddOffsetsToTxn,
            26 => Self::EndTxn,
            27 => Self::WriteTxnMarkers,
            28 => Self::TxnOffsetCommit,
            29 => Self::DescribeAcls,
            30 => Self::CreateAcls,
            31 => Self::DeleteAcls,
            32 => Self::DescribeConfigs,
            33 => Self::AlterConfigs,
            34 => Self::AlterReplicaLogDirs,
            35 => Self::DescribeLogDirs,
            36 => Self::SaslAuthenticate,
            37 => Self::CreatePartitions,
            38 => Self::CreateDelegationToken,
            39 => Self::RenewDelegationToken,
            40 => Self::ExpireDelegationToken,
            41 => Self::DescribeDelegationToken,
            42 => Self::DeleteGroups,
            43 => Self::ElectLeaders,
            44 => Self::IncrementalAlterConfigs,
            45 => Self::AlterPartitionReassignments,
            46 => Self::ListPartitionReassignments,
            47 => Self::OffsetDelete,
            48 => Self::DescribeClientQuotas,
            49 => Self::AlterClientQuotas,
            50 => Self::DescribeUserScramCredentials,
            51 => Self::AlterUserScramCredentials,
            52 => Self::Vote,
            53 => Self::BeginQuorumEpoch,
            54 => Self::EndQuorumEpoch,
            55 => Self::DescribeQuorum,
            56 => Self::AlterPartition,
            57 => Self::UpdateFeatures,
            58 => Self::Envelope,
            59 => Self::FetchSnapshot,
            60 => Self::DescribeCluster,
            61 => Self::DescribeProducers,
            62 => Self::BrokerRegistration,
            63 => Self::BrokerHeartbeat,
            64 => Self::UnregisterBroker,
            65 => Self::DescribeTransactions,
            66 => Self::ListTransactions,
            67 => Self::AllocateProducerIds,
            68 => Self::ConsumerGroupHeartbeat,
            69 => Self::ConsumerGroupDescribe,
            70 => Self::ControllerRegistration,
            71 => Self::GetTelemetrySubscriptions,
            72 => Self::PushTelemetry,
            73 => Self::AssignReplicasToDirs,
            74 => Self::ListConfigResources,
            75 => Self::DescribeTopicPartitions,
            76 => Self::ShareGroupHeartbeat,
            77 => Self::ShareGroupDescribe,
            78 => Self::ShareFetch,
            79 => Self::ShareAcknowledge,
            80 => Self::AddRaftVoter,
            81 => Self::RemoveRaftVoter,
            82 => Self::UpdateRaftVoter,
            83 => Self::InitializeShareGroupState,
            84 => Self::ReadShareGroupState,
            85 => Self::WriteShareGroupState,
            86 => Self::DeleteShareGroupState,
            87 => Self::ReadShareGroupStateSummary,
            88 => Self::StreamsGroupHeartbeat,
            89 => Self::StreamsGroupDescribe,
            90 => Self::DescribeShareGroupOffsets,
            91 => Self::AlterShareGroupOffsets,
            92 => Self::DeleteShareGroupOffsets,
            93 => Self::StreamsGroupTopologyDescriptionUpdate,
            94 => Self::UnregisterController,
            _ => return None,
        })
    }

    pub const fn info(self) -> ApiInfo {
        use Listeners::{Both, Broker, Controller};
        use Stability::{LatestUnstable, Stable};
        match self {
            Self::Produce => info("Produce", 3..=13, 9, Stable, Broker),
            Self::Fetch => info("Fetch", 4..=18, 12, Stable, Both),
            Self::ListOffsets => info("ListOffsets", 1..=11, 6, Stable, Broker),
            Self::Metadata => info("Metadata", 0..=13, 9, Stable, Broker),
            Self::OffsetCommit => info("OffsetCommit", 2..=10, 8, Stable, Broker),
            Self::OffsetFetch => info("OffsetFetch", 1..=10, 6, Stable, Broker),
            Self::FindCoordinator => info("FindCoordinator", 0..=6, 3, Stable, Broker),
            Self::JoinGroup => info("JoinGroup", 0..=9, 6, Stable, Broker),
            Self::Heartbeat => info("Heartbeat", 0..=4, 4, Stable, Broker),
            Self::LeaveGroup => info("LeaveGroup", 0..=5, 4, Stable, Broker),
            Self::SyncGroup => info("SyncGroup", 0..=5, 4, Stable, Broker),
            Self::DescribeGroups => info("DescribeGroups", 0..=6, 5, Stable, Broker),
            Self::ListGroups => info("ListGroups", 0..=5, 3, Stable, Broker),
            Self::SaslHandshake => info("SaslHandshake", 0..=1, 32767, Stable, Both),
            Self::ApiVersions => info("ApiVersions", 0..=5, 3, Stable, Both),
            Self::CreateTopics => info("CreateTopics", 2..=7, 5, Stable, Both),
            Self::DeleteTopics => info("DeleteTopics", 1..=6, 4, Stable, Both),
            Self::DeleteRecords => info("DeleteRecords", 0..=2, 2, Stable, Broker),
            Self::InitProducerId => info("InitProducerId", 0..=6, 2, LatestUnstable, Broker),
            Self::OffsetForLeaderEpoch => info("OffsetForLeaderEpoch", 2..=4, 4, Stable, Broker),
            Self::AddPartitionsToTxn => info("AddPartitionsToTxn", 0..=5, 3, Stable, Broker),
            Self::AddOffsetsToTxn => info("AddOffsetsToTxn", 0..=4, 3, Stable, Broker),
            Self::EndTxn => info("EndTxn", 0..=5, 3, Stable, Broker),
            Self::WriteTxnMarkers => info("WriteTxnMarkers", 1..=2, 1, Stable, Broker),
            Self::TxnOffsetCommit => info("TxnOffsetCommit", 0..=6, 3, Stable, Broker),
            Self::DescribeAcls => info("DescribeAcls", 1..=3, 2, Stable, Both),
            Self::CreateAcls => info("CreateAcls", 1..=3, 2, Stable, Both),
            Self::DeleteAcls => info("DeleteAcls", 1..=3, 2, Stable, Both),
            Self::DescribeConfigs => info("DescribeConfigs", 1..=4, 4, Stable, Both),
            Self::AlterConfigs => info("AlterConfigs", 0..=2, 2, Stable, Both),
            Self::AlterReplicaLogDirs => info("AlterReplicaLogDirs", 1..=2, 2, Stable, Broker),
            Self::DescribeLogDirs => info("DescribeLogDirs", 1..=5, 2, Stable, Broker),
            Self::SaslAuthenticate => info("SaslAuthenticate", 0..=2, 2, Stable, Both),
            Self::CreatePartitions => info("CreatePartitions", 0..=3, 2, Stable, Both),
            Self::CreateDelegationToken => info("CreateDelegationToken", 1..=3, 2, Stable, Both),
            Self::RenewDelegationToken => info("RenewDelegationToken", 1..=2, 2, Stable, Both),
            Self::ExpireDelegationToken => info("ExpireDelegationToken", 1..=2, 2, Stable, Both),
            Self::DescribeDelegationToken => {
                info("DescribeDelegationToken", 1..=3, 2, Stable, Both)
            }
            Self::DeleteGroups => info("DeleteGroups", 0..=3, 2, Stable, Broker),
            Self::ElectLeaders => info("ElectLeaders", 0..=2, 2, Stable, Both),
            Self::IncrementalAlterConfigs => {
                info("IncrementalAlterConfigs", 0..=1, 1, Stable, Both)
            }
            Self::AlterPartitionReassignments => {
                info("AlterPartitionReassignments", 0..=1, 0, Stable, Both)
            }
            Self::ListPartitionReassignments => {
                info("ListPartitionReassignments", 0..=0, 0, Stable, Both)
            }
            Self::OffsetDelete => info("OffsetDelete", 0..=0, 32767, Stable, Broker),
            Self::DescribeClientQuotas => info("DescribeClientQuotas", 0..=1, 1, Stable, Broker),
            Self::AlterClientQuotas => info("AlterClientQuotas", 0..=1, 1, Stable, Both),
            Self::DescribeUserScramCredentials => {
                info("DescribeUserScramCredentials", 0..=0, 0, Stable, Both)
            }
            Self::AlterUserScramCredentials => {
                info("AlterUserScramCredentials", 0..=0, 0, Stable, Both)
            }
            Self::Vote => info("Vote", 0..=2, 0, Stable, Controller),
            Self::BeginQuorumEpoch => info("BeginQuorumEpoch", 0..=1, 1, Stable, Controller),
            Self::EndQuorumEpoch => info("EndQuorumEpoch", 0..=1, 1, Stable, Controller),
            Self::DescribeQuorum => info("DescribeQuorum", 0..=2, 0, Stable, Both),
            Self::AlterPartition => info("AlterPartition", 2..=3, 0, Stable, Controller),
            Self::UpdateFeatures => info("UpdateFeatures", 0..=2, 0, Stable, Both),
            Self::Envelope => info("Envelope", 0..=0, 0, Stable, Controller),
            Self::FetchSnapshot => info("FetchSnapshot", 0..=1, 0, Stable, Controller),
            Self::DescribeCluster => info("DescribeCluster", 0..=2, 0, Stable, Both),
            Self::DescribeProducers => info("DescribeProducers", 0..=0, 0, Stable, Broker),
            Self::BrokerRegistration => info("BrokerRegistration", 0..=4, 0, Stable, Controller),
            Self::BrokerHeartbeat => info("BrokerHeartbeat", 0..=2, 0, Stable, Controller),
            Self::UnregisterBroker => info("UnregisterBroker", 0..=0, 0, Stable, Both),
            Self::DescribeTransactions => info("DescribeTransactions", 0..=0, 0, Stable, Broker),
            Self::ListTransactions => info("ListTransactions", 0..=2, 0, Stable, Broker),
            Self::AllocateProducerIds => info("AllocateProducerIds", 0..=0, 0, Stable, Controller),
            Self::ConsumerGroupHeartbeat => {
                info("ConsumerGroupHeartbeat", 0..=1, 0, Stable, Broker)
            }
            Self::ConsumerGroupDescribe => info("ConsumerGroupDescribe", 0..=1, 0, Stable, Broker),
            Self::ControllerRegistration => {
                info("ControllerRegistration", 0..=0, 0, Stable, Controller)
            }
            Self::GetTelemetrySubscriptions => {
                info("GetTelemetrySubscriptions", 0..=0, 0, Stable, Broker)
            }
            Self::PushTelemetry => info("PushTelemetry", 0..=0, 0, Stable, Broker),
            Self::AssignReplicasToDirs => {
                info("AssignReplicasToDirs", 0..=0, 0, Stable, Controller)
            }
            Self::ListConfigResources => info("ListConfigResources", 0..=1, 0, Stable, Broker),
            Self::DescribeTopicPartitions => {
                info("DescribeTopicPartitions", 0..=0, 0, Stable, Broker)
            }
            Self::ShareGroupHeartbeat => info("ShareGroupHeartbeat", 1..=1, 0, Stable, Broker),
            Self::ShareGroupDescribe => info("ShareGroupDescribe", 1..=1, 0, Stable, Broker),
            Self::ShareFetch => info("ShareFetch", 1..=2, 0, Stable, Broker),
            Self::ShareAcknowledge => info("ShareAcknowledge", 1..=2, 0, Stable, Broker),
            Self::AddRaftVoter => info("AddRaftVoter", 0..=1, 0, Stable, Both),
            Self::RemoveRaftVoter => info("RemoveRaftVoter", 0..=0, 0, Stable, Both),
            Self::UpdateRaftVoter => info("UpdateRaftVoter", 0..=0, 0, Stable, Controller),
            Self::InitializeShareGroupState => {
                info("InitializeShareGroupState", 0..=0, 0, Stable, Broker)
            }
            Self::ReadShareGroupState => info("ReadShareGroupState", 0..=0, 0, Stable, Broker),
            Self::WriteShareGroupState => info("WriteShareGroupState", 0..=1, 0, Stable, Broker),
            Self::DeleteShareGroupState => info("DeleteShareGroupState", 0..=0, 0, Stable, Broker),
            Self::ReadShareGroupStateSummary => {
                info("ReadShareGroupStateSummary", 0..=1, 0, Stable, Broker)
            }
            Self::StreamsGroupHeartbeat => info("StreamsGroupHeartbeat", 0..=1, 0, Stable, Broker),
            Self::StreamsGroupDescribe => info("StreamsGroupDescribe", 0..=1, 0, Stable, Broker),
            Self::DescribeShareGroupOffsets => {
                info("DescribeShareGroupOffsets", 0..=1, 0, Stable, Broker)
            }
            Self::AlterShareGroupOffsets => {
                info("AlterShareGroupOffsets", 0..=0, 0, Stable, Broker)
            }
            Self::DeleteShareGroupOffsets => {
                info("DeleteShareGroupOffsets", 0..=0, 0, Stable, Broker)
            }
            Self::StreamsGroupTopologyDescriptionUpdate => {
                info("StreamsGroupTopologyDescriptionUpdate", 0..=0, 0, Stable, Broker)
            }
            Self::UnregisterController => info("UnregisterController", 0..=0, 0, Stable, Both),
        }
    }
}
