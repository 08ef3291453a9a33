//! The root of the generated code, the table of APIs, and the table that tests go through.

use std::fmt::Write as _;

use crate::schema::{File, FileKind, MessageKind};

const PRELUDE: &str = "
/// What every generated file uses.
mod prelude {
    pub(super) use std::ops::RangeInclusive;

    pub(super) use bytes::Bytes;
    pub(super) use uuid::Uuid;

    pub(super) use super::ApiKey;
    pub(super) use crate::protocol::codec::{
        DecodeCause, DecodeError, EncodeError, Reader, Writer, required,
    };
    pub(super) use crate::protocol::message::{Call, Message, begin_decode, begin_encode};
}
";

/// The types beside the enum of APIs.
const API_TYPES: &str = "
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
";

pub(crate) fn root(files: &[File]) -> String {
    let mut out = "//! The messages of the protocol, one module per API, and the records of the \
                   internal topics.\n//!\n//! Made by `cargo run -p codegen`; not to be edited.\n\n\
                   #![allow(unused_imports, unused_mut, unused_variables)]\n\
                   #![allow(clippy::all)]\n\n"
        .to_owned();
    out.push_str("mod api_key;\npub use api_key::{ApiInfo, ApiKey, Listeners, Stability};\n\n");
    out.push_str("#[cfg(test)]\npub(crate) mod recode;\n\n");
    for file in files {
        let _ = writeln!(out, "pub mod {};", file.stem);
    }
    out.push_str(PRELUDE);
    out
}

pub(crate) fn api_key(files: &[File]) -> String {
    let mut variants = String::new();
    let mut all = String::new();
    let mut infos = String::new();
    let mut from = String::new();
    for file in files {
        let FileKind::Api(api) = &file.kind else { continue };
        let request = &file.messages[0];
        assert_eq!(request.kind, MessageKind::Request, "{}: the request comes first", file.stem);
        let (name, key) = (&api.name, api.key);
        let flexible = if request.flexible.is_empty() { i16::MAX } else { request.flexible.first };
        let _ = writeln!(variants, "    {name} = {key},");
        let _ = writeln!(all, "        Self::{name},");
        let _ = writeln!(from, "            {key} => Self::{name},");
        let listeners = match (api.broker, api.controller) {
            (true, true) => "Both",
            (true, false) => "Broker",
            (false, _) => "Controller",
        };
        let stability = if request.unstable { "LatestUnstable" } else { "Stable" };
        let _ = writeln!(
            infos,
            "            Self::{name} => \
             info(\"{name}\", {}..={}, {flexible}, {stability}, {listeners}),",
            request.versions.first, request.versions.last
        );
    }
    format!(
        "//! The table of APIs.
//!
//! Made by `cargo run -p codegen`; not to be edited.

use std::ops::RangeInclusive;

/// The number that names an API on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum ApiKey {{
{variants}}}
{API_TYPES}
impl ApiKey {{
    /// In the order of their keys.
    pub const ALL: &'static [Self] = &[
{all}    ];

    pub fn name(self) -> &'static str {{
        self.info().name
    }}

    /// Whether Kafka's definition has this version of the API.
    pub fn has_version(self, version: i16) -> bool {{
        self.info().versions.contains(&version)
    }}

    pub fn from_i16(key: i16) -> Option<Self> {{
        Some(match key {{
{from}            _ => return None,
        }})
    }}

    pub const fn info(self) -> ApiInfo {{
        use Listeners::{{Both, Broker, Controller}};
        use Stability::{{LatestUnstable, Stable}};
        match self {{
{infos}        }}
    }}
}}
"
    )
}

pub(crate) fn recode(files: &[File]) -> String {
    let mut rows = String::new();
    for file in files {
        for (index, message) in file.messages.iter().enumerate() {
            let path = match (&file.kind, message.kind) {
                (FileKind::Api(_), kind) => format!("{}::{kind:?}", file.stem),
                (FileKind::Records { .. }, _) => format!("{}::{}", file.stem, message.name),
            };
            let _ = writeln!(rows, "    Row::new::<{path}>(\"{}\", {index}),", file.stem);
        }
    }
    format!(
        "//! Every message with a function that decodes and encodes it again, for tests.
//!
//! Made by `cargo run -p codegen`; not to be edited.

use super::*;
use crate::protocol::tests::Row;

pub(crate) const ALL: &[Row] = &[
{rows}];
"
    )
}
