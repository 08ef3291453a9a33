//! GetTelemetrySubscriptions (key 71).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/get_telemetry_subscriptions.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::GetTelemetrySubscriptions;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub client_instance_id: Uuid,
    }

    impl Message for Request {
        const NAME: &'static str = "GetTelemetrySubscriptionsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
        const FLEXIBLE_FROM: i16 = 0;

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
            value.client_instance_id = reader.uuid()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.uuid(self.client_instance_id);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub client_instance_id: Uuid,
        pub subscription_id: i32,
        pub accepted_compression_types: Vec<i8>,
        pub push_interval_ms: i32,
        pub telemetry_max_bytes: i32,
        pub delta_temporality: bool,
        pub requested_metrics: Vec<String>,
    }

    impl Message for Response {
        const NAME: &'static str = "GetTelemetrySubscriptionsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
        const FLEXIBLE_FROM: i16 = 0;

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
            value.error_code = reader.i16()?;
            value.client_instance_id = reader.uuid()?;
            value.subscription_id = reader.i32()?;
            value.accepted_compression_types = reader.array(Reader::i8)?;
            value.push_interval_ms = reader.i32()?;
            value.telemetry_max_bytes = reader.i32()?;
            value.delta_temporality = reader.bool()?;
            value.requested_metrics = reader.array(Reader::string)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.uuid(self.client_instance_id);
            writer.i32(self.subscription_id);
            writer.array(&self.accepted_compression_types, |writer, item| {
                writer.i8(*item);
                Ok(())
            })?;
            writer.i32(self.push_interval_ms);
            writer.i32(self.telemetry_max_bytes);
            writer.bool(self.delta_temporality);
            writer.array(&self.requested_metrics, |writer, item| writer.string(item))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
