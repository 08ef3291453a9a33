//! AddPartitionsToTxn (key 24).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/add_partitions_to_txn.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AddPartitionsToTxn;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        /// Versions 4 and later.
        pub transactions: Vec<AddPartitionsToTxnTransaction>,
        /// Versions 0 to 3.
        pub v3_and_below_transactional_id: String,
        /// Versions 0 to 3.
        pub v3_and_below_producer_id: i64,
        /// Versions 0 to 3.
        pub v3_and_below_producer_epoch: i16,
        /// Versions 0 to 3.
        pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
    }

    impl Message for Request {
        const NAME: &'static str = "AddPartitionsToTxnRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            begin_decode::<Self>(reader, version)?;
            Self::decode_fields(reader, version)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            begin_encode::<Self>(writer, version)?;
            self.encode_fields(writer, version)
        }
    }

    impl Request {
        fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version >= 4 {
                value.transactions = reader
                    .array(|reader| AddPartitionsToTxnTransaction::decode(reader, version))?;
            }
            if version <= 3 {
                value.v3_and_below_transactional_id = reader.string()?;
            }
            if version <= 3 {
                value.v3_and_below_producer_id = reader.i64()?;
            }
            if version <= 3 {
                value.v3_and_below_producer_epoch = reader.i16()?;
            }
            if version <= 3 {
                value.v3_and_below_topics =
                    reader.array(|reader| AddPartitionsToTxnTopic::decode(reader, version))?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 4 {
                writer.array(&self.transactions, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 4) && !self.transactions.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "transactions", version });
            }
            if version <= 3 {
                writer.string(&self.v3_and_below_transactional_id)?;
            }
            if !(version <= 3) && !self.v3_and_below_transactional_id.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "v3_and_below_transactional_id",
                    version,
                });
            }
            if version <= 3 {
                writer.i64(self.v3_and_below_producer_id);
            }
            if !(version <= 3) && self.v3_and_below_producer_id != 0 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "v3_and_below_producer_id",
                    version,
                });
            }
            if version <= 3 {
                writer.i16(self.v3_and_below_producer_epoch);
            }
            if !(version <= 3) && self.v3_and_below_producer_epoch != 0 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "v3_and_below_producer_epoch",
                    version,
                });
            }
            if version <= 3 {
                writer.array(&self.v3_and_below_topics, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if !(version <= 3) && !self.v3_and_below_topics.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "v3_and_below_topics",
                    version,
                });
            }
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AddPartitionsToTxnTransaction {
        pub transactional_id: String,
        pub producer_id: i64,
        pub producer_epoch: i16,
        pub verify_only: bool,
        pub topics: Vec<AddPartitionsToTxnTopic>,
    }

    impl AddPartitionsToTxnTransaction {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.transactional_id = reader.string()?;
            value.producer_id = reader.i64()?;
            value.producer_epoch = reader.i16()?;
            value.verify_only = reader.bool()?;
            value.topics =
                reader.array(|reader| AddPartitionsToTxnTopic::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.transactional_id)?;
            writer.i64(self.producer_id);
            writer.i16(self.producer_epoch);
            writer.bool(self.verify_only);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AddPartitionsToTxnTopic {
        pub name: String,
        pub partitions: Vec<i32>,
    }

    impl AddPartitionsToTxnTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions = reader.array(Reader::i32)?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        /// Versions 4 and later.
        pub error_code: i16,
        /// Versions 4 and later.
        pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
        /// Versions 0 to 3.
        pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "AddPartitionsToTxnResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            begin_decode::<Self>(reader, version)?;
            Self::decode_fields(reader, version)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            begin_encode::<Self>(writer, version)?;
            self.encode_fields(writer, version)
        }
    }

    impl Response {
        fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.throttle_time_ms = reader.i32()?;
            if version >= 4 {
                value.error_code = reader.i16()?;
            }
            if version >= 4 {
                value.results_by_transaction =
                    reader.array(|reader| AddPartitionsToTxnResult::decode(reader, version))?;
            }
            if version <= 3 {
                value.results_by_topic_v3_and_below = reader
                    .array(|reader| AddPartitionsToTxnTopicResult::decode(reader, version))?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            if version >= 4 {
                writer.i16(self.error_code);
            }
            if version >= 4 {
                writer.array(&self.results_by_transaction, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if !(version >= 4) && !self.results_by_transaction.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "results_by_transaction",
                    version,
                });
            }
            if version <= 3 {
                writer.array(&self.results_by_topic_v3_and_below, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if !(version <= 3) && !self.results_by_topic_v3_and_below.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "results_by_topic_v3_and_below",
                    version,
                });
            }
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AddPartitionsToTxnResult {
        pub transactional_id: String,
        pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
    }

    impl AddPartitionsToTxnResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.transactional_id = reader.string()?;
            value.topic_results =
                reader.array(|reader| AddPartitionsToTxnTopicResult::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.transactional_id)?;
            writer.array(&self.topic_results, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AddPartitionsToTxnTopicResult {
        pub name: String,
        pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
    }

    impl AddPartitionsToTxnTopicResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.results_by_partition = reader
                .array(|reader| AddPartitionsToTxnPartitionResult::decode(reader, version))?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer
                .array(&self.results_by_partition, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AddPartitionsToTxnPartitionResult {
        pub partition_index: i32,
        pub partition_error_code: i16,
    }

    impl AddPartitionsToTxnPartitionResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.partition_error_code = reader.i16()?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.partition_error_code);
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
