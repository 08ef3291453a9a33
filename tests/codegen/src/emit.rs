//! The Rust of one API file, and of the structs of one message.

use std::fmt::Write as _;

use crate::emit_body;
use crate::rust_type::identifier;
use crate::schema::{Field, File, FileKind, Message, MessageKind, Versions};

/// A struct to be emitted: the message itself or one nested in it.
pub(crate) struct Definition<'s> {
    pub(crate) name: &'s str,
    pub(crate) fields: &'s [Field],
    /// The versions in which it is on the wire at all.
    pub(crate) versions: Versions,
    pub(crate) flexible: Versions,
}

pub(crate) fn header(what: &str, stem: &str) -> String {
    format!(
        "//! {what}.\n//!\n//! Made by `cargo run -p codegen`; not to be edited. Made from:\n\
         //! `schemata/{stem}.schema`\n\n"
    )
}

pub(crate) fn api_file(file: &File) -> String {
    let FileKind::Api(api) = &file.kind else { unreachable!("only APIs come here") };
    let mut out = header(&format!("{} (key {})", api.name, api.key), &file.stem);
    out.push_str("use super::prelude::*;\n\npub use request::Request;\n");
    out.push_str("pub use response::Response;\n\n");
    let _ = writeln!(out, "impl Call for Request {{");
    let _ = writeln!(out, "    const API: ApiKey = ApiKey::{};", api.name);
    out.push_str("    type Response = Response;\n}\n");
    for message in &file.messages {
        let module = if message.kind == MessageKind::Request { "request" } else { "response" };
        let name = format!("{}{}", api.name, message.name);
        let body = message_items(message, &name);
        let _ = write!(out, "\npub mod {module} {{\n    use super::super::prelude::*;\n");
        out.push_str(&indent(&body));
        out.push_str("}\n");
    }
    out
}

fn indent(text: &str) -> String {
    let lines = text.lines();
    lines.map(|line| if line.is_empty() { "\n".into() } else { format!("    {line}\n") }).collect()
}

/// The message, its `Message` implementation, and the structs nested in it.
pub(crate) fn message_items(message: &Message, wire_name: &str) -> String {
    let mut out = String::new();
    for (index, definition) in definitions(message).iter().enumerate() {
        out.push('\n');
        out.push_str(&definition_struct(definition));
        if index == 0 {
            out.push_str(&message_impl(message, wire_name));
        }
        let visibility = if index == 0 { "_fields" } else { "" };
        let _ = writeln!(out, "\nimpl {} {{", definition.name);
        out.push_str(&emit_body::decode(definition, visibility));
        out.push('\n');
        out.push_str(&emit_body::encode(definition, visibility));
        out.push_str("}\n");
    }
    out
}

/// The message first, then nested structs in the order of their first use.
fn definitions(message: &Message) -> Vec<Definition<'_>> {
    let mut found = vec![Definition {
        name: &message.name,
        fields: &message.fields,
        versions: message.versions,
        flexible: message.flexible,
    }];
    collect(message, &message.fields, message.versions, &mut found);
    found
}

fn collect<'m>(
    message: &'m Message,
    fields: &'m [Field],
    within: Versions,
    found: &mut Vec<Definition<'m>>,
) {
    for field in fields {
        let Some(name) = field.field_type.struct_name() else { continue };
        if found.iter().any(|definition| definition.name == name) {
            continue;
        }
        let shared = message.structs.iter().find(|shared| shared.name == name);
        let (fields, versions) = match shared {
            Some(shared) => (&shared.fields, shared.versions.intersect(message.versions)),
            None => (&field.fields, field.versions.intersect(within)),
        };
        assert!(!fields.is_empty(), "{}: struct {name} has no fields", message.name);
        found.push(Definition { name, fields, versions, flexible: message.flexible });
        collect(message, fields, versions, found);
    }
}

fn definition_struct(definition: &Definition<'_>) -> String {
    let plain = definition.fields.iter().all(Field::has_rust_default);
    let derived =
        if plain { "Clone, Debug, Default, PartialEq" } else { "Clone, Debug, PartialEq" };
    let name = definition.name;
    let mut out = format!("#[derive({derived})]\npub struct {name} {{\n");
    for field in definition.fields {
        if let Some(note) = versions_note(field, definition.versions) {
            let _ = writeln!(out, "    /// {note}");
        }
        let _ = writeln!(out, "    pub {}: {},", identifier(&field.name), field.rust_type());
    }
    out.push_str("}\n");
    if !plain {
        let _ = write!(out, "\nimpl Default for {name} {{\n    fn default() -> Self {{\n");
        out.push_str("        Self {\n");
        for field in definition.fields {
            let (name, value) = (identifier(&field.name), field.default_value());
            let _ = writeln!(out, "            {name}: {value},");
        }
        out.push_str("        }\n    }\n}\n");
    }
    out
}

fn versions_note(field: &Field, within: Versions) -> Option<String> {
    let present = field.versions.intersect(within);
    if present == within {
        return None;
    }
    Some(match (present.first, present.last) {
        _ if present.is_empty() => "In none of the versions.".to_owned(),
        (first, last) if last == within.last => format!("Versions {first} and later."),
        (first, last) if first == last => format!("Version {first} only."),
        (first, last) => format!("Versions {first} to {last}."),
    })
}

fn message_impl(message: &Message, wire_name: &str) -> String {
    let Versions { first, last } = message.versions;
    let flexible = if message.flexible.is_empty() {
        "i16::MAX".to_owned()
    } else {
        message.flexible.first.to_string()
    };
    format!(
        "
impl Message for {name} {{
    const NAME: &'static str = \"{wire_name}\";
    const VERSIONS: RangeInclusive<i16> = {first}..={last};
    const FLEXIBLE_FROM: i16 = {flexible};

    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {{
        begin_decode::<Self>(reader, version)?;
        Self::decode_fields(reader, version)
    }}

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {{
        begin_encode::<Self>(writer, version)?;
        self.encode_fields(writer, version)
    }}
}}
",
        name = message.name
    )
}
