//! Reads Prometheus' text format, as `/metrics` of a node writes it.
//!
//! Promise: what is not understood is passed over; nothing is taken for something else.

use std::collections::BTreeMap;

/// All samples of a page, by name.
#[derive(Debug, Default)]
pub(super) struct Page {
    samples: BTreeMap<String, Vec<Sample>>,
}

#[derive(Debug)]
pub(super) struct Sample {
    labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Sample {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }
}

impl Page {
    pub(super) fn read(text: &str) -> Page {
        let mut page = Page::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, sample)) = sample(line) {
                page.samples.entry(name).or_default().push(sample);
            }
        }
        page
    }

    pub(super) fn all(&self, name: &str) -> &[Sample] {
        self.samples.get(name).map_or(&[], Vec::as_slice)
    }

    /// Of the samples whose labels are these and perhaps more; None if there is none.
    pub(super) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let fits =
            |sample: &&Sample| labels.iter().all(|(name, value)| sample.label(name) == Some(value));
        let mut found = self.all(name).iter().filter(fits).peekable();
        found.peek()?;
        Some(found.map(|sample| sample.value).sum())
    }

    /// The values of a label, each once, in the order of their numbers or letters.
    pub(super) fn values(&self, name: &str, label: &str) -> Vec<String> {
        let values = self.all(name).iter().filter_map(|sample| sample.label(label));
        let mut values: Vec<String> = values.map(str::to_owned).collect();
        values.sort_by_key(|value| (value.parse::<u64>().unwrap_or(u64::MAX), value.clone()));
        values.dedup();
        values
    }
}

/// `name{label="value",...} number`
fn sample(line: &str) -> Option<(String, Sample)> {
    let (head, value) = line.trim_end().rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((name, rest)) = head.split_once('{') else {
        return Some((head.to_owned(), Sample { labels: BTreeMap::new(), value }));
    };
    let labels = labels(rest.strip_suffix('}')?)?;
    Some((name.to_owned(), Sample { labels, value }))
}

fn labels(text: &str) -> Option<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    let mut rest = text.chars().peekable();
    while rest.peek().is_some() {
        let name: String = rest.by_ref().take_while(|next| *next != '=').collect();
        if rest.next() != Some('"') {
            return None;
        }
        let mut value = String::new();
        loop {
            match rest.next()? {
                '"' => break,
                '\\' => value.push(match rest.next()? {
                    'n' => '\n',
                    other => other,
                }),
                other => value.push(other),
            }
        }
        labels.insert(name, value);
        if rest.next().is_some_and(|next| next != ',') {
            return None;
        }
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_by_their_labels() {
        let page = Page::read(
            "# HELP a b\n# TYPE a counter\na{core=\"0\",path=\"x\\\"y\\\\z, }\"} 2\n\
             a{core=\"10\"} 3\na{core=\"9\"} 1\nplain 0.5\nbroken{ 1\nno number x\n\nc{d=\"e\" 1\n",
        );
        assert_eq!(page.sum("a", &[]), Some(6.0));
        assert_eq!(page.sum("a", &[("core", "10")]), Some(3.0));
        assert_eq!(page.sum("a", &[("core", "5")]), None);
        assert_eq!(page.sum("plain", &[]), Some(0.5));
        assert_eq!(page.all("a")[0].label("path"), Some("x\"y\\z, }"));
        assert_eq!(page.values("a", "core"), ["0", "9", "10"]);
        assert!(page.all("broken").is_empty() && page.all("c").is_empty());
    }
}
