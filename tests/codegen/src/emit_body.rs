//! The `decode` and `encode` functions of one struct.

use std::fmt::Write as _;

use crate::emit::Definition;
use crate::rust_type::identifier;
use crate::schema::{Field, FieldType, Versions};

/// When a statement applies, within the versions of its struct.
#[derive(Clone, PartialEq)]
enum When {
    Always,
    Never,
    If(String),
}

impl When {
    fn new(versions: Versions, within: Versions) -> Self {
        let present = versions.intersect(within);
        if present.is_empty() {
            return Self::Never;
        }
        match (present.first > within.first, present.last < within.last) {
            (false, false) => Self::Always,
            (true, false) => Self::If(format!("version >= {}", present.first)),
            (false, true) => Self::If(format!("version <= {}", present.last)),
            (true, true) if present.first == present.last => {
                Self::If(format!("version == {}", present.first))
            }
            (true, true) => {
                Self::If(format!("({}..={}).contains(&version)", present.first, present.last))
            }
        }
    }

    fn negated(&self) -> String {
        match self {
            Self::Always => "false".into(),
            Self::Never => "true".into(),
            Self::If(condition) if condition.starts_with('(') => format!("!{condition}"),
            Self::If(condition) => format!("!({condition})"),
        }
    }
}

/// The part of a field's versions in which it stands in line with the others.
fn plain_versions(field: &Field) -> Versions {
    match field.tag {
        None => field.versions,
        Some((_, tagged)) if tagged == field.versions => Versions::NONE,
        Some((_, tagged)) => {
            assert!(tagged.first > field.versions.first, "{}: tagged first", field.name);
            Versions { first: field.versions.first, last: tagged.first - 1 }
        }
    }
}

pub(crate) fn decode(definition: &Definition<'_>, suffix: &str) -> String {
    let within = definition.versions;
    let mut out = format!(
        "    fn decode{suffix}(reader: &mut Reader<'_>, version: i16) \
         -> Result<Self, DecodeError> {{\n        let mut value = Self::default();\n"
    );
    for field in definition.fields {
        let when = When::new(plain_versions(field), within);
        let present = plain_versions(field).intersect(within);
        let place = format!("value.{}", identifier(&field.name));
        let read = read_field(field, present);
        match when {
            When::Never => {}
            When::Always => {
                let _ = writeln!(out, "        {place} = {read};");
            }
            When::If(condition) => {
                let _ = write!(out, "        if {condition} {{\n            {place} = {read};\n");
                out.push_str("        }\n");
            }
        }
    }
    out.push_str(&decode_tagged(definition));
    out.push_str("        Ok(value)\n    }\n");
    out
}

fn decode_tagged(definition: &Definition<'_>) -> String {
    let within = definition.versions;
    let when = When::new(definition.flexible, within);
    if when == When::Never {
        return String::new();
    }
    let mut arms = String::new();
    for field in definition.fields {
        let Some((tag, tagged)) = field.tag else { continue };
        let flexible = definition.flexible.intersect(within);
        let guard = match When::new(tagged, flexible) {
            When::Never => continue,
            When::Always => String::new(),
            When::If(condition) => format!(" if {condition}"),
        };
        let read = read_field(field, tagged.intersect(within));
        let name = identifier(&field.name);
        let _ = writeln!(arms, "                {tag}{guard} => value.{name} = {read},");
    }
    let statement = if arms.is_empty() {
        "        reader.skip_tagged_fields()?;\n".to_owned()
    } else {
        format!(
            "        reader.tagged_fields(|reader, tag| {{
            match tag {{
{arms}                _ => return Ok(false),
            }}
            Ok(true)
        }})?;\n"
        )
    };
    guarded(&when, statement)
}

fn guarded(when: &When, statement: String) -> String {
    match when {
        When::Never => String::new(),
        When::Always => statement,
        When::If(condition) => {
            let body: String = statement.lines().map(|line| format!("    {line}\n")).collect();
            format!("        if {condition} {{\n{body}        }}\n")
        }
    }
}

fn read_field(field: &Field, present: Versions) -> String {
    if !field.is_option() {
        return format!("{}?", read(&field.field_type, ""));
    }
    match When::new(field.nullable, present) {
        When::Never => format!("Some({}?)", read(&field.field_type, "")),
        When::Always => format!("{}?", read(&field.field_type, "nullable_")),
        When::If(condition) => format!(
            "if {condition} {{ {}? }} else {{ Some({}?) }}",
            read(&field.field_type, "nullable_"),
            read(&field.field_type, "")
        ),
    }
}

/// A call that reads a value, without the question mark.
fn read(field_type: &FieldType, prefix: &str) -> String {
    match field_type {
        FieldType::Array(element) => format!("reader.{prefix}array({})", element_reader(element)),
        FieldType::Struct(name) if prefix.is_empty() => format!("{name}::decode(reader, version)"),
        FieldType::Struct(name) => {
            format!("reader.nullable_struct(|reader| {name}::decode(reader, version))")
        }
        scalar => format!("reader.{prefix}{}()", method(scalar)),
    }
}

fn element_reader(element: &FieldType) -> String {
    match element {
        FieldType::Struct(name) => format!("|reader| {name}::decode(reader, version)"),
        FieldType::Array(_) => unreachable!("no message has arrays of arrays"),
        scalar => format!("Reader::{}", method(scalar)),
    }
}

fn method(scalar: &FieldType) -> &'static str {
    match scalar {
        FieldType::Bool => "bool",
        FieldType::Int8 => "i8",
        FieldType::Int16 => "i16",
        FieldType::Uint16 => "u16",
        FieldType::Int32 => "i32",
        FieldType::Uint32 => "u32",
        FieldType::Int64 => "i64",
        FieldType::Float64 => "f64",
        FieldType::String => "string",
        FieldType::Bytes => "bytes",
        FieldType::Uuid => "uuid",
        FieldType::Struct(_) | FieldType::Array(_) => unreachable!("not a scalar"),
    }
}

pub(crate) fn encode(definition: &Definition<'_>, suffix: &str) -> String {
    let within = definition.versions;
    let mut out = format!(
        "    fn encode{suffix}(&self, writer: &mut Writer, version: i16) \
         -> Result<(), EncodeError> {{\n"
    );
    for field in definition.fields {
        let plain = plain_versions(field);
        let write = write_field(field, plain.intersect(within));
        let when = When::new(plain, within);
        out.push_str(&guarded(&when, format!("        {write}\n")));
        out.push_str(&refuse_absent(field, within));
    }
    out.push_str(&encode_tagged(definition));
    out.push_str("        Ok(())\n    }\n");
    out
}

/// A value that the version cannot carry is refused, unless it may be ignored.
fn refuse_absent(field: &Field, within: Versions) -> String {
    let present = When::new(field.versions, within);
    if field.ignorable || present == When::Always {
        return String::new();
    }
    let set = field.differs_from_default();
    let condition = match &present {
        When::Never => set,
        present => format!("{} && {set}", present.negated()),
    };
    format!(
        "        if {condition} {{
            return Err(EncodeError::FieldNotInVersion {{ field: \"{}\", version }});
        }}\n",
        field.name
    )
}

fn encode_tagged(definition: &Definition<'_>) -> String {
    let within = definition.versions;
    let when = When::new(definition.flexible, within);
    let flexible = definition.flexible.intersect(within);
    let mut tagged: Vec<_> = definition
        .fields
        .iter()
        .filter_map(|field| field.tag.map(|(tag, versions)| (tag, versions, field)))
        .filter(|(_, versions, _)| !versions.intersect(flexible).is_empty())
        .collect();
    tagged.sort_by_key(|(tag, ..)| *tag);
    if tagged.is_empty() {
        return guarded(&when, "        writer.no_tagged_fields();\n".to_owned());
    }
    let mut counts = String::new();
    let mut writes = String::new();
    for (tag, versions, field) in tagged {
        let name = format!("has_{}", field.name);
        let set = match When::new(versions, flexible) {
            When::If(condition) => format!("{condition} && {}", field.differs_from_default()),
            _ => field.differs_from_default(),
        };
        let _ = writeln!(counts, "        let {name} = {set};");
        let write = write_field(field, versions.intersect(within));
        let _ = write!(
            writes,
            "        if {name} {{
            writer.tagged_field({tag}, |writer| {{
                {write}
                Ok(())
            }})?;
        }}\n"
        );
    }
    let names: Vec<String> = counts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("let "))
        .filter_map(|line| line.split(' ').next())
        .map(|name| format!("u32::from({name})"))
        .collect();
    let total = names.join(" + ");
    guarded(&when, format!("{counts}        writer.unsigned_varint({total});\n{writes}"))
}

fn write_field(field: &Field, present: Versions) -> String {
    let place = format!("self.{}", identifier(&field.name));
    if !field.is_option() {
        return write_value(&field.field_type, &place, true);
    }
    let optional = match &field.field_type {
        FieldType::Struct(_) => format!("{place}.as_ref()"),
        _ => format!("{place}.as_deref()"),
    };
    let required = format!("required({optional}, \"{}\")?", field.name);
    let as_required = write_value(&field.field_type, &required, false);
    let as_nullable = write_nullable(&field.field_type, &optional);
    match When::new(field.nullable, present) {
        When::Never => as_required,
        When::Always => as_nullable,
        When::If(condition) => {
            format!("if {condition} {{ {as_nullable} }} else {{ {as_required} }}")
        }
    }
}

/// A statement that writes what cannot be null. `owned`: `place` is not a reference yet.
fn write_value(field_type: &FieldType, place: &str, owned: bool) -> String {
    let reference = if owned { "&" } else { "" };
    match field_type {
        FieldType::Array(element) => {
            format!("writer.array({reference}{place}, {})?;", element_writer(element))
        }
        FieldType::Struct(_) => format!("{place}.encode(writer, version)?;"),
        FieldType::String => format!("writer.string({reference}{place})?;"),
        FieldType::Bytes => format!("writer.bytes({reference}{place})?;"),
        scalar => format!("writer.{}({place});", method(scalar)),
    }
}

fn write_nullable(field_type: &FieldType, optional: &str) -> String {
    match field_type {
        FieldType::Array(element) => {
            format!("writer.nullable_array({optional}, {})?;", element_writer(element))
        }
        FieldType::Struct(_) => format!(
            "writer.nullable_struct({optional}, |writer, item| item.encode(writer, version))?;"
        ),
        FieldType::String => format!("writer.nullable_string({optional})?;"),
        FieldType::Bytes => format!("writer.nullable_bytes({optional})?;"),
        _ => unreachable!("numbers are never null"),
    }
}

fn element_writer(element: &FieldType) -> String {
    match element {
        FieldType::Struct(_) => "|writer, item| item.encode(writer, version)".into(),
        FieldType::String => "|writer, item| writer.string(item)".into(),
        FieldType::Bytes => "|writer, item| writer.bytes(item)".into(),
        FieldType::Array(_) => unreachable!("no message has arrays of arrays"),
        scalar => format!("|writer, item| {{ writer.{}(*item); Ok(()) }}", method(scalar)),
    }
}
