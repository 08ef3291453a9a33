//! The text form of the message definitions.
//!
//! One line a fact, nesting by two spaces:
//! ```text
//! api 21 DeleteRecords broker
//! request 0-2 flexible 2+
//!   topics []DeleteRecordsTopic 0+
//!     name string 0+
//! ```
//! A field is `name type versions`, then any of `nullable VERSIONS`, `tag NUMBER VERSIONS`,
//! `default VALUE`, `ignorable`, `key`. `struct NAME VERSIONS` at the depth of fields declares a
//! struct that several fields of the message use. Files of records begin with `records NAME` and
//! hold messages headed `record KEY NAME VERSIONS`, `key …`, `value …` or `data NAME VERSIONS`.

/// A closed range of versions; empty when `first > last`. `last` is `i16::MAX` for "and later".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    pub first: i16,
    pub last: i16,
}

impl Versions {
    pub const NONE: Self = Self { first: 1, last: 0 };

    pub fn contains(self, version: i16) -> bool {
        self.first <= version && version <= self.last
    }

    pub fn intersect(self, other: Self) -> Self {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        if first > last { Self::NONE } else { Self { first, last } }
    }

    pub fn is_empty(self) -> bool {
        self.first > self.last
    }
}

#[derive(Clone, Debug)]
pub struct File {
    pub stem: String,
    pub kind: FileKind,
    pub messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub enum FileKind {
    Api(Api),
    Records { name: String },
}

#[derive(Clone, Debug)]
pub struct Api {
    pub key: i16,
    pub name: String,
    pub broker: bool,
    pub controller: bool,
}

impl File {
    pub fn api_key(&self) -> Option<i16> {
        match &self.kind {
            FileKind::Api(api) => Some(api.key),
            FileKind::Records { .. } => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    Request,
    Response,
    /// A record that names its type and version in a frame.
    Record,
    Key,
    Value,
    Data,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub kind: MessageKind,
    pub key: Option<i16>,
    pub name: String,
    pub versions: Versions,
    pub flexible: Versions,
    /// Whether the last version may still change in Kafka.
    pub unstable: bool,
    pub fields: Vec<Field>,
    pub structs: Vec<Struct>,
}

#[derive(Clone, Debug)]
pub struct Struct {
    pub name: String,
    pub versions: Versions,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub field_type: FieldType,
    pub versions: Versions,
    pub nullable: Versions,
    pub tag: Option<(u32, Versions)>,
    pub default: Option<String>,
    pub ignorable: bool,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    String,
    Bytes,
    Uuid,
    Struct(String),
    Array(Box<FieldType>),
}

impl FieldType {
    fn parse(text: &str) -> Self {
        if let Some(element) = text.strip_prefix("[]") {
            return Self::Array(Box::new(Self::parse(element)));
        }
        match text {
            "bool" => Self::Bool,
            "int8" => Self::Int8,
            "int16" => Self::Int16,
            "uint16" => Self::Uint16,
            "int32" => Self::Int32,
            "uint32" => Self::Uint32,
            "int64" => Self::Int64,
            "float64" => Self::Float64,
            "string" => Self::String,
            "bytes" | "records" => Self::Bytes,
            "uuid" => Self::Uuid,
            name => Self::Struct(name.to_owned()),
        }
    }

    /// The struct that this is, or is an array of.
    pub fn struct_name(&self) -> Option<&str> {
        match self {
            Self::Struct(name) => Some(name),
            Self::Array(element) => element.struct_name(),
            _ => None,
        }
    }
}

/// A line without its indentation, split into words.
struct Line<'t> {
    number: usize,
    depth: usize,
    words: Vec<&'t str>,
}

type Lines<'t> = std::iter::Peekable<std::vec::IntoIter<Line<'t>>>;

pub fn parse(stem: &str, text: &str) -> Result<File, String> {
    let mut lines = split(text).into_iter().peekable();
    let head = lines.next().ok_or("empty file")?;
    let kind = match head.words[..] {
        ["api", key, name, ref listeners @ ..] => FileKind::Api(Api {
            key: number(key)?,
            name: name.to_owned(),
            broker: listeners.contains(&"broker"),
            controller: listeners.contains(&"controller"),
        }),
        ["records", name] => FileKind::Records { name: name.to_owned() },
        _ => return Err("the first line is neither `api` nor `records`".to_owned()),
    };
    let mut messages = Vec::new();
    while let Some(line) = lines.next() {
        let at = line.number;
        messages.push(message(&line, &mut lines).map_err(|error| format!("line {at}: {error}"))?);
    }
    Ok(File { stem: stem.to_owned(), kind, messages })
}

fn split(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| Line {
            number: index + 1,
            depth: (line.len() - line.trim_start().len()) / 2,
            words: line.split_whitespace().collect(),
        })
        .collect()
}

fn message(line: &Line<'_>, lines: &mut Lines<'_>) -> Result<Message, String> {
    let (kind, key, name, rest) = match line.words[..] {
        ["request", ref rest @ ..] => (MessageKind::Request, None, "Request", rest),
        ["response", ref rest @ ..] => (MessageKind::Response, None, "Response", rest),
        ["record", key, name, ref rest @ ..] => (MessageKind::Record, Some(key), name, rest),
        ["key", key, name, ref rest @ ..] => (MessageKind::Key, Some(key), name, rest),
        ["value", key, name, ref rest @ ..] => (MessageKind::Value, Some(key), name, rest),
        ["data", name, ref rest @ ..] => (MessageKind::Data, None, name, rest),
        _ => return Err("not the head of a message".to_owned()),
    };
    let (valid, rest) = rest.split_first().ok_or("versions wanted")?;
    let mut message = Message {
        kind,
        key: key.map(number).transpose()?,
        name: name.to_owned(),
        versions: versions(valid)?,
        flexible: Versions::NONE,
        unstable: rest.contains(&"unstable"),
        fields: Vec::new(),
        structs: Vec::new(),
    };
    if let ["flexible", range, ..] = rest {
        message.flexible = versions(range)?;
    }
    while let Some(line) = lines.next_if(|next| next.depth > 0) {
        if let ["struct", name, range] = line.words[..] {
            message.structs.push(Struct {
                name: name.to_owned(),
                versions: versions(range)?,
                fields: fields(line.depth + 1, lines)?,
            });
        } else {
            message.fields.push(field(&line, lines)?);
        }
    }
    Ok(message)
}

fn fields(depth: usize, lines: &mut Lines<'_>) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    while let Some(line) = lines.next_if(|next| next.depth == depth) {
        fields.push(field(&line, lines)?);
    }
    Ok(fields)
}

fn field(line: &Line<'_>, lines: &mut Lines<'_>) -> Result<Field, String> {
    let [name, type_name, range, ref rest @ ..] = line.words[..] else {
        return Err(format!("line {}: name, type and versions wanted", line.number));
    };
    let mut field = Field {
        name: name.to_owned(),
        field_type: FieldType::parse(type_name),
        versions: versions(range)?,
        nullable: Versions::NONE,
        tag: None,
        default: None,
        ignorable: false,
        fields: Vec::new(),
    };
    let mut rest = rest;
    loop {
        rest = match *rest {
            [] => break,
            ["nullable", range, ref rest @ ..] => {
                field.nullable = versions(range)?;
                rest
            }
            ["tag", tag, range, ref rest @ ..] => {
                field.tag = Some((number(tag)?, versions(range)?));
                rest
            }
            ["default", value, ref rest @ ..] => {
                field.default = Some(value.to_owned());
                rest
            }
            ["ignorable", ref rest @ ..] => {
                field.ignorable = true;
                rest
            }
            ["key", ref rest @ ..] => rest,
            [word, ..] => return Err(format!("line {}: what is {word}?", line.number)),
        };
    }
    field.fields = fields(line.depth + 1, lines)?;
    Ok(field)
}

fn versions(text: &str) -> Result<Versions, String> {
    if let Some(first) = text.strip_suffix('+') {
        return Ok(Versions { first: number(first)?, last: i16::MAX });
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Ok(Versions { first: number(first)?, last: number(last)? })
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{text} is not a number in range"))
}
