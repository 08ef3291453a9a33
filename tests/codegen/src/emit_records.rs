//! The Rust of one file of records: a module per message, and the enums over them.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::emit::{header, message_items};
use crate::schema::{File, FileKind, Message, MessageKind};

pub(crate) fn snake(name: &str) -> String {
    let mut out = String::new();
    let name = name.replace("KRaft", "Kraft");
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

pub(crate) fn files(file: &File) -> Vec<(PathBuf, String)> {
    let FileKind::Records { name } = &file.kind else { unreachable!("only records come here") };
    let mut out = vec![(format!("generated/{}.rs", file.stem).into(), root(file, name))];
    for message in &file.messages {
        let mut text = header(&message_title(message), &file.stem);
        text.push_str("use crate::protocol::generated::prelude::*;\n");
        text.push_str(&message_items(message, &message.name));
        let path = format!("generated/{}/{}.rs", file.stem, snake(&message.name));
        out.push((path.into(), text));
    }
    out
}

fn message_title(message: &Message) -> String {
    match message.key {
        Some(key) => format!("{} (type {key})", message.name),
        None => message.name.clone(),
    }
}

fn root(file: &File, name: &str) -> String {
    let mut out = header(&format!("{name} records"), &file.stem);
    for message in &file.messages {
        let _ = writeln!(out, "pub mod {};", snake(&message.name));
    }
    out.push('\n');
    for message in &file.messages {
        let _ = writeln!(out, "pub use {}::{};", snake(&message.name), message.name);
    }
    let of = |kind| file.messages.iter().filter(move |message| message.kind == kind);
    for (kind, suffix) in
        [(MessageKind::Record, "Record"), (MessageKind::Key, "Key"), (MessageKind::Value, "Value")]
    {
        let messages: Vec<&Message> = of(kind).collect();
        if !messages.is_empty() {
            out.push_str(&record_enum(&format!("{name}{suffix}"), suffix, &messages));
        }
    }
    out
}

fn record_enum(enum_name: &str, suffix: &str, messages: &[&Message]) -> String {
    let variants: Vec<(&str, &Message)> = messages
        .iter()
        .map(|message| (message.name.strip_suffix(suffix).unwrap_or(&message.name), *message))
        .collect();
    let each = |line: &dyn Fn(&str, &Message) -> String| -> String {
        variants.iter().map(|(variant, message)| line(variant, message)).collect()
    };
    let key = |message: &Message| message.key.expect("a record in an enum has a type");
    let members = each(&|variant, message| format!("    {variant}({}),\n", message.name));
    let keys =
        each(&|variant, message| format!("            Self::{variant}(_) => {},\n", key(message)));
    let names = each(&|variant, message| {
        format!("            Self::{variant}(_) => {}::NAME,\n", message.name)
    });
    let versions = each(&|variant, message| {
        format!("            Self::{variant}(_) => {}::VERSIONS,\n", message.name)
    });
    let decodes = each(&|variant, message| {
        format!(
            "            {} => {}::decode(reader, version).map(Self::{variant}),\n",
            key(message),
            message.name
        )
    });
    let encodes = each(&|variant, _| {
        format!("            Self::{variant}(record) => record.encode(writer, version),\n")
    });
    let froms = each(&|variant, message| {
        format!(
            "
impl From<{name}> for {enum_name} {{
    fn from(record: {name}) -> Self {{
        Self::{variant}(record)
    }}
}}
",
            name = message.name
        )
    });
    format!(
        "
use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum {enum_name} {{
{members}}}

impl {enum_name} {{
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {{
        match self {{
{keys}        }}
    }}

    pub fn name(&self) -> &'static str {{
        match self {{
{names}        }}
    }}

    pub fn versions(&self) -> RangeInclusive<i16> {{
        match self {{
{versions}        }}
    }}

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {{
        match record_type {{
{decodes}            other => Err(reader.error(DecodeCause::UnknownRecordType {{
                name: \"{enum_name}\",
                key: i32::from(other),
            }})),
        }}
    }}

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {{
        match self {{
{encodes}        }}
    }}
}}
{froms}"
    )
}
