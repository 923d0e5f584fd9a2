//! A TOML text: any, or a shipped one with some values in the place of others, which random bytes hardly ever manage without
//! breaking it.

use arbitrary::Arbitrary;

#[derive(Debug, Arbitrary)]
pub enum Text<'a> {
    Any(&'a str),
    Shipped { which: u8, edits: Vec<Edit<'a>> },
}

/// Which value, counted by the `=` before it, and what stands there instead.
#[derive(Debug, Arbitrary)]
pub struct Edit<'a> {
    at: u8,
    value: Value<'a>,
}

#[derive(Debug, Arbitrary)]
enum Value<'a> {
    Usual(u8),
    Any(&'a str),
}

const VALUES: [&str; 24] = [
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "1.5",
    "nan",
    "true",
    "false",
    "\"\"",
    "\"x\"",
    "\"0\"",
    "\"/\"",
    "\"{x}\"",
    "\"/open-apis/{x}/{\"",
    "\"100%\"",
    "\"nan%\"",
    "\"1/0.001s\"",
    "\"9/1e9s\"",
    "[]",
    "[\"\"]",
    "{}",
    "{ column = \"x\" }",
    "{ columns = \"*\", key = \"code\", value = \"value\" }",
    "\"\"\"\n\"\"\"",
];

impl Text<'_> {
    /// The text as it stands in the file.
    pub fn written(&self, shipped: &[&str]) -> String {
        match self {
            Self::Any(text) => (*text).to_owned(),
            Self::Shipped { which, edits } => {
                let mut text = shipped[usize::from(*which) % shipped.len()].to_owned();
                for edit in edits {
                    edit.make(&mut text);
                }
                text
            }
        }
    }
}

impl Edit<'_> {
    fn make(&self, text: &mut String) {
        let value = match self.value {
            Value::Usual(value) => VALUES[usize::from(value) % VALUES.len()],
            Value::Any(value) => value,
        };
        let places = text.matches('=').count().max(1);
        let Some((equals, _)) = text.match_indices('=').nth(usize::from(self.at) % places) else {
            return;
        };
        let start = equals + 1;
        let end = text[start..]
            .find([',', '}', '\n'])
            .map_or(text.len(), |end| start + end);
        text.replace_range(start..end, &format!(" {value} "));
    }
}
