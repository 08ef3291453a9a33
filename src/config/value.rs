//! From the text of a value to the value, as the key's declaration allows, and back.
//!
//! The rules and the sentences of refusals are those that Kafka's tools and tests know.

use std::fmt::Write as _;

use shards::entropy::HashSet;

use super::keys::{Bounds, Initial, Key, Kind};
use super::limits;

/// A value of the type that its key declares.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    List(Vec<String>),
}

/// A text that is no value of the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    #[error("Invalid value {value} for configuration {key}: {allowed}")]
    Refused { key: String, value: String, allowed: String },
    #[error("Configuration '{key}' must not be empty. Valid values include: {allowed}")]
    EmptyList { key: String, allowed: String },
    #[error("Configuration '{key}' values must not be empty.")]
    EmptyElement { key: String },
}

impl Key {
    /// The value that `text` means, if this key allows it.
    pub fn parse(&self, text: &str) -> Result<Value, InvalidValue> {
        if text.len() > limits::VALUE_BYTES_MAX {
            return Err(self.too_long(text.len(), limits::VALUE_BYTES_MAX));
        }
        let value = self.convert(text.trim())?;
        self.check(&value)?;
        Ok(value)
    }

    pub(super) fn too_long(&self, bytes: usize, bytes_max: usize) -> InvalidValue {
        let allowed = format!("Value must not be longer than {bytes_max} bytes");
        self.refuse(&format!("of {bytes} bytes"), allowed)
    }

    /// The value while nobody has set one.
    pub fn initial(&self) -> Value {
        match self.default {
            Initial::Null | Initial::Required => Value::Null,
            Initial::Is(text) => self.convert(text).unwrap_or(Value::Null),
        }
    }

    fn convert(&self, text: &str) -> Result<Value, InvalidValue> {
        match self.kind {
            Kind::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
            Kind::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
            Kind::Boolean => {
                Err(self.refuse(text, "Expected value to be either true or false".into()))
            }
            Kind::Int => self.integer(text, i64::from(i32::MIN), i64::from(i32::MAX)),
            Kind::Short => self.integer(text, i64::from(i16::MIN), i64::from(i16::MAX)),
            Kind::Long => self.integer(text, i64::MIN, i64::MAX),
            Kind::Double => match text.parse() {
                Ok(number) => Ok(Value::Double(number)),
                Err(_) => Err(self.not_a_number(text)),
            },
            Kind::List => Ok(Value::List(split_list(text))),
            Kind::String | Kind::Class | Kind::Password => Ok(Value::Text(text.to_owned())),
        }
    }

    fn integer(&self, text: &str, least: i64, most: i64) -> Result<Value, InvalidValue> {
        match text.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(Value::Integer(number)),
            _ => Err(self.not_a_number(text)),
        }
    }

    fn not_a_number(&self, text: &str) -> InvalidValue {
        self.refuse(text, format!("Not a number of type {}", self.kind.name()))
    }

    fn check(&self, value: &Value) -> Result<(), InvalidValue> {
        match (self.bounds, value) {
            (Bounds::From(least), Value::Integer(number)) => {
                self.check_range(*number, least, i64::MAX)
            }
            (Bounds::Range(least, most), Value::Integer(number)) => {
                self.check_range(*number, least, most)
            }
            (Bounds::RangeOr(least, most, also), Value::Integer(number)) => {
                if *number == also || (least..=most).contains(number) {
                    return Ok(());
                }
                let allowed =
                    format!("Value must be between {least} and {most} or equal to {also}");
                Err(self.refuse(&number.to_string(), allowed))
            }
            (Bounds::Fraction(least, most), Value::Double(number)) => {
                self.check_fraction(*number, least, most)
            }
            (Bounds::OneOf(allowed), Value::Text(text)) => self.check_one_of(text, allowed),
            (Bounds::OneOfAnyCase(allowed), Value::Text(text)) => {
                if allowed.iter().any(|word| word.eq_ignore_ascii_case(text)) {
                    return Ok(());
                }
                let allowed = allowed.join(", ");
                Err(self
                    .refuse(text, format!("String must be one of (case insensitive): {allowed}")))
            }
            (Bounds::NonEmpty, Value::Text(text)) if text.is_empty() => {
                Err(self.refuse(text, "String must be non-empty".into()))
            }
            (Bounds::Elements { allowed, may_be_empty }, Value::List(elements)) => {
                self.check_elements(elements, allowed, may_be_empty)
            }
            (Bounds::ThrottledReplicas, Value::List(elements)) => {
                self.check_throttled_replicas(elements)
            }
            (Bounds::OffsetReset, Value::Text(text)) => self.check_offset_reset(text),
            _ => Ok(()),
        }
    }

    fn check_range(&self, number: i64, least: i64, most: i64) -> Result<(), InvalidValue> {
        if number < least {
            let allowed = format!("Value must be at least {least}");
            return Err(self.refuse(&number.to_string(), allowed));
        }
        if number > most {
            let allowed = format!("Value must be no more than {most}");
            return Err(self.refuse(&number.to_string(), allowed));
        }
        Ok(())
    }

    fn check_fraction(&self, number: f64, least: f64, most: f64) -> Result<(), InvalidValue> {
        let text = format_double(number);
        if number.is_nan() || number < least {
            return Err(self.refuse(&text, format!("Value must be at least {least}")));
        }
        if number > most {
            return Err(self.refuse(&text, format!("Value must be no more than {most}")));
        }
        Ok(())
    }

    fn check_one_of(&self, text: &str, allowed: &[&str]) -> Result<(), InvalidValue> {
        if allowed.contains(&text) {
            return Ok(());
        }
        Err(self.refuse(text, format!("String must be one of: {}", allowed.join(", "))))
    }

    fn check_elements(
        &self,
        elements: &[String],
        allowed: &[&str],
        may_be_empty: bool,
    ) -> Result<(), InvalidValue> {
        if elements.is_empty() && !may_be_empty {
            let allowed = if allowed.is_empty() {
                "any non-empty value".to_owned()
            } else {
                format!("[{}]", allowed.join(", "))
            };
            return Err(InvalidValue::EmptyList { key: self.name.to_owned(), allowed });
        }
        if elements.iter().any(String::is_empty) {
            return Err(InvalidValue::EmptyElement { key: self.name.to_owned() });
        }
        if allowed.is_empty() {
            return Ok(());
        }
        elements.iter().try_for_each(|element| self.check_one_of(element, allowed))
    }

    fn check_throttled_replicas(&self, elements: &[String]) -> Result<(), InvalidValue> {
        let is_pair = |element: &String| {
            element.split_once(':').is_some_and(|(partition, broker)| {
                is_digits(partition.trim()) && is_digits(broker.trim())
            })
        };
        if elements == ["*"] || elements.iter().all(is_pair) {
            return Ok(());
        }
        let allowed = format!(
            "{} must be the literal '*' or a list of replicas in the following format: \
             [partitionId]:[brokerId],[partitionId]:[brokerId],...",
            self.name
        );
        Err(self.refuse(&format!("[{}]", elements.join(", ")), allowed))
    }

    fn check_offset_reset(&self, text: &str) -> Result<(), InvalidValue> {
        let known = text.eq_ignore_ascii_case("earliest")
            || text.eq_ignore_ascii_case("latest")
            || text.strip_prefix("by_duration:").is_some_and(|rest| duration_ms(rest).is_some());
        if known {
            return Ok(());
        }
        let allowed = format!(
            "Invalid value `{text}` for configuration {}. The value must be either 'earliest', \
             'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.",
            self.name
        );
        Err(self.refuse(text, allowed))
    }

    fn refuse(&self, value: &str, allowed: String) -> InvalidValue {
        let value = if self.is_sensitive() { "[hidden]" } else { value };
        InvalidValue::Refused { key: self.name.to_owned(), value: value.to_owned(), allowed }
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Int => "INT",
            Self::Short => "SHORT",
            Self::Long => "LONG",
            Self::Double => "DOUBLE",
            Self::List => "LIST",
            Self::Class => "CLASS",
            Self::Password => "PASSWORD",
        }
    }
}

impl Value {
    /// The value as DescribeConfigs shows it.
    pub fn render(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Boolean(truth) => Some(truth.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Double(number) => Some(format_double(*number)),
            Self::Text(text) => Some(text.clone()),
            Self::List(elements) => Some(elements.join(",")),
        }
    }

    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

/// Elements of a list, in order, each once.
fn split_list(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut seen = HashSet::default();
    let elements = text.split(',').map(str::trim).filter(|element| seen.insert(*element));
    elements.map(str::to_owned).collect()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Milliseconds of an ISO 8601 duration of days and smaller, none if negative or malformed.
pub fn duration_ms(text: &str) -> Option<u64> {
    let upper = text.to_ascii_uppercase();
    let rest = upper.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut total_ms = 0_u64;
    if !days.is_empty() {
        let days: u64 = days.strip_suffix('D')?.parse().ok()?;
        total_ms = days.checked_mul(86_400_000)?;
    }
    let mut rest = time;
    for (suffix, unit_ms) in [('H', 3_600_000_u64), ('M', 60_000)] {
        if let Some((number, after)) = rest.split_once(suffix) {
            let number: u64 = number.parse().ok()?;
            total_ms = total_ms.checked_add(number.checked_mul(unit_ms)?)?;
            rest = after;
        }
    }
    if !rest.is_empty() {
        let seconds: f64 = rest.strip_suffix('S')?.parse().ok()?;
        if !seconds.is_finite() || seconds.is_sign_negative() || seconds > 1e15 {
            return None;
        }
        total_ms = total_ms.checked_add((seconds * 1000.0) as u64)?;
    }
    Some(total_ms)
}

/// A number with a fraction as Java prints it: 0.5, 1.0, 1.0E10.
fn format_double(number: f64) -> String {
    let magnitude = number.abs();
    let plain = magnitude == 0.0 || (1e-3..1e7).contains(&magnitude);
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if plain {
        return format!("{number:?}");
    }
    let scientific = format!("{number:E}");
    match scientific.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => {
            let mut text = String::new();
            let _ = write!(text, "{digits}.0E{exponent}");
            text
        }
        _ => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Scope;
    use super::*;

    fn refusal(scope: Scope, name: &str, text: &str) -> String {
        let key = scope.find(name).unwrap();
        key.parse(text).unwrap_err().to_string()
    }

    /// What Kafka 4.3.1 answers to the same values.
    #[test]
    fn refusals_read_as_kafka_s() {
        for (name, text, expected) in [
            ("retention.ms", "abc", "Not a number of type LONG"),
            ("retention.ms", "-5", "Value must be at least -1"),
            ("retention.ms", "", "Not a number of type LONG"),
            ("preallocate", "maybe", "Expected value to be either true or false"),
            ("segment.bytes", "99999999999", "Not a number of type INT"),
            ("min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"),
            ("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"),
            ("compression.zstd.level", "99", "Value must be no more than 22"),
            ("cleanup.policy", "foo", "String must be one of: compact, delete"),
            ("flush.messages", "6.0", "Not a number of type LONG"),
            ("message.timestamp.type", "x", "String must be one of: CreateTime, LogAppendTime"),
        ] {
            let expected = format!("Invalid value {text} for configuration {name}: {expected}");
            assert_eq!(refusal(Scope::Topic, name, text), expected);
        }
        assert_eq!(
            refusal(Scope::Topic, "cleanup.policy", "delete,"),
            "Configuration 'cleanup.policy' values must not be empty."
        );
        assert!(
            refusal(Scope::Topic, "leader.replication.throttled.replicas", "x")
                .starts_with("Invalid value [x] for configuration leader.replication.")
        );
    }

    #[test]
    fn values_are_trimmed_and_shown_in_one_form() {
        for (name, text, shown) in [
            ("preallocate", " TRUE ", "true"),
            ("flush.messages", "+5", "5"),
            ("cleanup.policy", " delete , compact ,delete", "delete,compact"),
            ("cleanup.policy", "", ""),
            ("min.cleanable.dirty.ratio", "1", "1.0"),
            ("leader.replication.throttled.replicas", "0:1,1:2", "0:1,1:2"),
        ] {
            let key = Scope::Topic.find(name).unwrap();
            assert_eq!(key.parse(text).unwrap().render().unwrap(), shown, "{name}");
        }
    }

    #[test]
    fn doubles_are_printed_as_java_does() {
        assert_eq!(format_double(0.05), "0.05");
        assert_eq!(format_double(f64::MAX), "1.7976931348623157E308");
        assert_eq!(format_double(1e10), "1.0E10");
        assert_eq!(format_double(100.0), "100.0");
    }

    #[test]
    fn durations_are_iso_8601_and_not_negative() {
        assert_eq!(duration_ms("PT1H"), Some(3_600_000));
        assert_eq!(duration_ms("P1DT1M1.5S"), Some(86_461_500));
        for wrong in ["-PT1H", "PT-1H", "zz", "P", "PT", "1H", "PT1"] {
            assert_eq!(duration_ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_in_a_refusal() {
        let key = Scope::Broker.find("ssl.key.password").unwrap();
        let text = "s".repeat(limits::VALUE_BYTES_MAX + 1);
        assert!(key.parse(&text).unwrap_err().to_string().contains("[hidden]"));
    }
}
