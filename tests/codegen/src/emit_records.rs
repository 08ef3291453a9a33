//! The Rust of one file of records: a module per message, and the enums over them.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::emit::{header, message_items};
use crate::schema::{File, FileKind, Message, MessageKind};

fn snake(name: &str) -> String {
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

/// The variants of an enum over records: name of the variant, message.
struct Variants<'m>(Vec<(&'m str, &'m Message)>);

impl Variants<'_> {
    /// One line for each; `line` is given variant, struct, and type number.
    fn each(&self, line: impl Fn(&str, &str, i16) -> String) -> String {
        let number = |message: &Message| message.key.expect("a record in an enum has a type");
        self.0
            .iter()
            .map(|(variant, message)| line(variant, &message.name, number(message)))
            .collect()
    }
}

fn variant_name<'m>(message: &'m Message, suffix: &str) -> &'m str {
    message.name.strip_suffix(suffix).unwrap_or(&message.name)
}

fn record_enum(enum_name: &str, suffix: &str, messages: &[&Message]) -> String {
    let named = |message| (variant_name(message, suffix), message);
    let variants = Variants(messages.iter().copied().map(named).collect());
    let members = variants.each(|variant, name, _| format!("    {variant}({name}),\n"));
    let mut out = format!(
        "
use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum {enum_name} {{
{members}}}

impl {enum_name} {{
"
    );
    out.push_str(&facts(&variants));
    out.push_str(&bodies(enum_name, &variants));
    out.push_str("}\n");
    out.push_str(&variants.each(|variant, name, _| {
        format!(
            "
impl From<{name}> for {enum_name} {{
    fn from(record: {name}) -> Self {{
        Self::{variant}(record)
    }}
}}
"
        )
    }));
    out
}

/// The functions that tell what a record is.
fn facts(variants: &Variants<'_>) -> String {
    let numbers = variants
        .each(|variant, _, number| format!("            Self::{variant}(_) => {number},\n"));
    let names = variants
        .each(|variant, name, _| format!("            Self::{variant}(_) => {name}::NAME,\n"));
    let versions = variants
        .each(|variant, name, _| format!("            Self::{variant}(_) => {name}::VERSIONS,\n"));
    format!(
        "    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {{
        match self {{
{numbers}        }}
    }}

    pub fn name(&self) -> &'static str {{
        match self {{
{names}        }}
    }}

    pub fn versions(&self) -> RangeInclusive<i16> {{
        match self {{
{versions}        }}
    }}

"
    )
}

/// The functions that read and write bodies.
fn bodies(enum_name: &str, variants: &Variants<'_>) -> String {
    let decodes = variants.each(|variant, name, number| {
        format!("            {number} => {name}::decode(reader, version).map(Self::{variant}),\n")
    });
    let encodes = variants.each(|variant, _, _| {
        format!("            Self::{variant}(record) => record.encode(writer, version),\n")
    });
    format!(
        "    /// Reads the body of a record of this type, without its frame.
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
"
    )
}
