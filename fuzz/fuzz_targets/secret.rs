//! A line with a secret, as people put one into a file by mistake.

use arbitrary::Arbitrary;

/// What no message may show.
const SECRET: &str = "7f1bcd13fc57d46bac21793a18e560";

/// A secret, and the line of a file before which it stands. Two bytes `:` are none.
#[derive(Debug, Arbitrary)]
pub struct Secret {
    line: u8,
    form: u8,
}

/// How people write one into a file.
const FORMS: [&str; 8] = [
    "app_secret = \"SECRET\"\n",
    "\"App#Secret\" = 'SECRET'\n",
    "request = { app_secret = \"SECRET\" }\n",
    "endpoint = 1 # app_secret = SECRET\n",
    "app_secret: SECRET\n",
    "operator_id = \"t-SECRET\"\n",
    "operator_id = u-SECRET\n",
    "operator_id = \"Bearer t-SECRET\"\n",
];

impl Secret {
    /// The text with the secret in it.
    pub fn put_into(&self, text: &str) -> String {
        let Some(form) = FORMS.get(usize::from(self.form) % 12) else {
            return text.to_owned();
        };
        let start = match self.line {
            0 => 0,
            line => text
                .match_indices('\n')
                .nth(usize::from(line) - 1)
                .map_or(text.len(), |(end, _)| end + 1),
        };
        let line = form.replace("SECRET", SECRET);
        format!("{}{line}{}", &text[..start], &text[start..])
    }

    /// Whether a message shows the secret.
    pub fn is_in(message: &str) -> bool {
        message.contains(SECRET)
    }
}
