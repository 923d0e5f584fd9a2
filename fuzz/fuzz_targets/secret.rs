//! A line with a secret, as people put one into a file by mistake.

use arbitrary::Arbitrary;

/// What no message may show.
const SECRET: &str = "7f1bcd13fc57d46bac21793a18e560";

/// A secret, and the line of a file before which it stands.
#[derive(Debug, Arbitrary)]
pub struct Secret {
    line: u8,
    form: Form,
}

#[derive(Debug, Arbitrary)]
enum Form {
    Key,
    QuotedKey,
    InlineTable,
    Comment,
    OtherLanguage,
    Token,
    BareToken,
    Header,
}

impl Secret {
    /// The text with the secret in it.
    pub fn put_into(&self, text: &str) -> String {
        let start = match self.line {
            0 => 0,
            line => text
                .match_indices('\n')
                .nth(usize::from(line) - 1)
                .map_or(text.len(), |(end, _)| end + 1),
        };
        let line = match self.form {
            Form::Key => format!("app_secret = \"{SECRET}\"\n"),
            Form::QuotedKey => format!("\"App#Secret\" = '{SECRET}'\n"),
            Form::InlineTable => format!("request = {{ app_secret = \"{SECRET}\" }}\n"),
            Form::Comment => format!("endpoint = 1 # app_secret = {SECRET}\n"),
            Form::OtherLanguage => format!("app_secret: {SECRET}\n"),
            Form::Token => format!("operator_id = \"t-{SECRET}\"\n"),
            Form::BareToken => format!("operator_id = u-{SECRET}\n"),
            Form::Header => format!("operator_id = \"Bearer t-{SECRET}\"\n"),
        };
        format!("{}{line}{}", &text[..start], &text[start..])
    }

    /// Whether a message shows the secret.
    pub fn is_in(message: &str) -> bool {
        message.contains(SECRET)
    }
}
