//! How a field of a schema looks in Rust: its type, its default, the test against it.

use crate::schema::{Field, FieldType};

pub(crate) fn identifier(name: &str) -> String {
    match name {
        "type" | "match" => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

impl FieldType {
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Int8 => "i8".into(),
            Self::Int16 => "i16".into(),
            Self::Uint16 => "u16".into(),
            Self::Int32 => "i32".into(),
            Self::Uint32 => "u32".into(),
            Self::Int64 => "i64".into(),
            Self::Float64 => "f64".into(),
            Self::String => "String".into(),
            Self::Bytes => "Bytes".into(),
            Self::Uuid => "Uuid".into(),
            Self::Struct(name) => name.clone(),
            Self::Array(element) => format!("Vec<{}>", element.rust()),
        }
    }
}

impl Field {
    /// Nullable in at least one version.
    pub(crate) fn is_option(&self) -> bool {
        !self.nullable.is_empty()
    }

    pub(crate) fn rust_type(&self) -> String {
        let inner = self.field_type.rust();
        if self.is_option() { format!("Option<{inner}>") } else { inner }
    }

    fn default_is_null(&self) -> bool {
        self.default.as_deref() == Some("null")
    }

    /// Whether the protocol's default is that of the Rust type.
    pub(crate) fn has_rust_default(&self) -> bool {
        if self.is_option() { self.default_is_null() } else { self.default.is_none() }
    }

    pub(crate) fn default_value(&self) -> String {
        match &self.default {
            _ if self.default_is_null() => "None".into(),
            Some(value) => value.clone(),
            None if self.is_option() => "Some(Default::default())".into(),
            None => "Default::default()".into(),
        }
    }

    /// An expression that is true when the field is not at its default.
    pub(crate) fn differs_from_default(&self) -> String {
        let place = format!("self.{}", identifier(&self.name));
        if self.is_option() {
            return match &self.field_type {
                _ if self.default_is_null() => format!("{place}.is_some()"),
                FieldType::Struct(_) => {
                    format!("{place}.as_ref() != Some(&Default::default())")
                }
                _ => format!("{place}.as_ref().is_none_or(|value| !value.is_empty())"),
            };
        }
        match (&self.field_type, self.default.as_deref()) {
            (FieldType::Bool, Some("true")) => format!("!{place}"),
            (FieldType::Bool, _) => place,
            (FieldType::String | FieldType::Bytes | FieldType::Array(_), _) => {
                format!("!{place}.is_empty()")
            }
            (FieldType::Uuid, _) => format!("!{place}.is_nil()"),
            (FieldType::Struct(name), _) => format!("{place} != {name}::default()"),
            (FieldType::Float64, None) => format!("{place} != 0.0"),
            (_, default) => format!("{place} != {}", default.unwrap_or("0")),
        }
    }
}
