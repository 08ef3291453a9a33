//! The syntax of a properties file: comments, continued lines, escapes, `=` or `:` or a blank
//! between key and value.

use super::limits;

/// One assignment; a later one for the same key wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub key: String,
    pub value: String,
    /// Line of the file on which it begins, from 1.
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    #[error(
        "the file has {bytes} bytes, more than {max}: is it a properties file?",
        max = limits::PROPERTIES_FILE_BYTES_MAX
    )]
    TooLarge { bytes: usize },
    #[error("line {line}: \\u must be followed by four hexadecimal digits")]
    BadEscape { line: usize },
    #[error("line {line}: more than {max} keys", max = limits::SETTINGS_MAX)]
    TooMany { line: usize },
}

/// Reads a whole file. Bytes that are not UTF-8 are taken as Latin-1, as Java takes them.
pub fn parse(bytes: &[u8]) -> Result<Vec<Assignment>, SyntaxError> {
    if bytes.len() > limits::PROPERTIES_FILE_BYTES_MAX {
        return Err(SyntaxError::TooLarge { bytes: bytes.len() });
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut assignments = Vec::new();
    for (line, logical) in logical_lines(&text) {
        if assignments.len() == limits::SETTINGS_MAX {
            return Err(SyntaxError::TooMany { line });
        }
        let (key, value) = split(&logical);
        let key = unescape(key, line)?;
        let value = unescape(value, line)?;
        assignments.push(Assignment { key, value, line });
    }
    Ok(assignments)
}

/// Lines without comments and blank ones, continued lines joined, each with its number.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, natural) in unified.split('\n').enumerate() {
        let content = natural.trim_start_matches(is_blank);
        let (number, mut logical) = match open.take() {
            Some(begun) => begun,
            None if content.is_empty() || content.starts_with(['#', '!']) => continue,
            None => (index + 1, String::new()),
        };
        if is_continued(content) {
            logical.push_str(&content[..content.len() - 1]);
            open = Some((number, logical));
        } else {
            logical.push_str(content);
            lines.push((number, logical));
        }
    }
    lines.extend(open);
    lines
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{c}')
}

/// A backslash at the end continues a line, unless it is itself escaped.
fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Key and value, both still with their escapes.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line
        .char_indices()
        .find(|(_, character)| {
            let ends = !escaped && (is_blank(*character) || matches!(character, '=' | ':'));
            escaped = !escaped && *character == '\\';
            ends
        })
        .map_or(line.len(), |(index, _)| index);
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(is_blank);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (key, rest.trim_start_matches(is_blank))
}

fn unescape(text: &str, line: usize) -> Result<String, SyntaxError> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    let mut buffer = [0_u16; 2];
    while let Some(character) = characters.next() {
        let plain = match character {
            '\\' => match characters.next() {
                Some('u') => {
                    units.push(hexadecimal(&mut characters, line)?);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(other) => other,
                None => continue,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut buffer));
    }
    Ok(String::from_utf16_lossy(&units))
}

fn hexadecimal(characters: &mut std::str::Chars<'_>, line: usize) -> Result<u16, SyntaxError> {
    let mut unit = 0_u32;
    for _ in 0..4 {
        let digit = characters.next().and_then(|character| character.to_digit(16));
        unit = unit * 16 + digit.ok_or(SyntaxError::BadEscape { line })?;
    }
    u16::try_from(unit).map_err(|_| SyntaxError::BadEscape { line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let assignments = parse(text.as_bytes()).unwrap();
        assignments.into_iter().map(|one| (one.key, one.value)).collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn every_separator_and_comment() {
        let text = "# one\n ! two\na=1\nb : 2\n  c 3\nd\t=\t4 \n\ne=\nf\ng==5\r\nh=6\r";
        let expected = [
            pair("a", "1"),
            pair("b", "2"),
            pair("c", "3"),
            pair("d", "4 "),
            pair("e", ""),
            pair("f", ""),
            pair("g", "=5"),
            pair("h", "6"),
        ];
        assert_eq!(pairs(text), expected);
    }

    #[test]
    fn lines_continue_after_an_odd_number_of_backslashes() {
        let text = "a=1,\\\n   2,\\\n\t# 3\nb=x\\\\\nc=y\\";
        assert_eq!(pairs(text), [pair("a", "1,2,# 3"), pair("b", "x\\"), pair("c", "y")]);
    }

    #[test]
    fn escapes() {
        let text = "a\\=b\\ c\\:d=\\t\\n\\u00e9\\q\\ud83d\\ude00";
        assert_eq!(pairs(text), [pair("a=b c:d", "\t\n\u{e9}q\u{1f600}")]);
    }

    #[test]
    fn refusals_name_the_line() {
        assert_eq!(parse(b"a=1\nb=\\u12"), Err(SyntaxError::BadEscape { line: 2 }));
        let large = vec![b'a'; limits::PROPERTIES_FILE_BYTES_MAX + 1];
        assert_eq!(parse(&large), Err(SyntaxError::TooLarge { bytes: large.len() }));
    }

    #[test]
    fn latin_1_is_read_too() {
        let assignments = parse(b"a=\xe9").unwrap();
        assert_eq!(assignments[0].value, "\u{e9}");
    }
}
