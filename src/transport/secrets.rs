//! The program's own secrets, and whatever a server says without them.
//!
//! Invariant: nothing that came over the wire leaves the transport with a secret in it, as it stands, JSON-escaped, percent-encoded
//! or cut short. A secret of fewer than six characters is not looked for: it would occur by chance.

use std::borrow::Cow;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use memchr::{memchr2, memmem};
use secrecy::{ExposeSecret, SecretString};

use crate::model::{Reply, TransportError};

/// Every secret that this process has held.
#[derive(Default)]
pub(super) struct Secrets(RwLock<Vec<SecretString>>);

/// Shorter texts are too likely to occur by chance.
const SECRET_BYTES_MIN: usize = 6;

/// So much of the beginning of a secret is hidden too: a server may cut what it repeats.
const BEGINNING_BYTES_MIN: usize = 16;

/// What stands where a secret stood.
const HIDDEN: &[u8] = b"***";

impl Secrets {
    /// Hides this text from now on. Secrets are never forgotten: a server may repeat one that was replaced long ago.
    pub(super) fn learn(&self, secret: &str) {
        if secret.len() < SECRET_BYTES_MIN || self.0.read().is_ok_and(|known| knows(&known, secret))
        {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.push(secret.into());
        // A backslash of its own is the one character that cannot be told from an escape.
        if secret.contains('\\') {
            let json = serde_json::Value::from(secret).to_string();
            known.push(json.trim_matches('"').into());
        }
        // The longest first, so that one which begins like another is hidden whole.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
    }

    /// What came back for a call, without secrets.
    pub(super) fn hide(
        &self,
        result: Result<Reply, TransportError>,
    ) -> Result<Reply, TransportError> {
        match result {
            Ok(mut reply) => {
                if self.may_be_in(&reply.body)
                    && let Some(hidden) = self.hidden(&reply.body)
                {
                    reply.body = hidden;
                }
                let headers = [
                    &mut reply.log_id,
                    &mut reply.reset,
                    &mut reply.location,
                    &mut reply.date,
                ];
                for text in headers.into_iter().flatten() {
                    *text = self.text(text).into_owned();
                }
                Ok(reply)
            }
            Err(mut error) => {
                error.text = self.text(&error.text).into_owned();
                Err(error)
            }
        }
    }

    /// A text without secrets.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.hidden(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(hidden) => Cow::Owned(String::from_utf8_lossy(&hidden).into_owned()),
        }
    }

    /// Whether a body is worth looking over byte by byte: nearly none holds a secret, and most hold no escapes.
    fn may_be_in(&self, body: &[u8]) -> bool {
        memchr2(b'\\', b'%', body).is_some()
            || self.known().iter().any(|secret| {
                let secret = secret.expose_secret().as_bytes();
                let beginning = secret.get(..BEGINNING_BYTES_MIN).unwrap_or(secret);
                memmem::find(body, beginning).is_some()
            })
    }

    /// The text with every secret replaced; none when it holds none.
    fn hidden(&self, text: &[u8]) -> Option<Vec<u8>> {
        let known = self.known();
        let mut hidden: Option<Vec<u8>> = None;
        let (mut at, mut kept) = (0, 0);
        while at < text.len() {
            let end = known
                .iter()
                .find_map(|secret| given_away(text, at, secret.expose_secret().as_bytes()));
            if let Some(end) = end {
                let hidden = hidden.get_or_insert_default();
                hidden.extend_from_slice(text.get(kept..at).unwrap_or_default());
                hidden.extend_from_slice(HIDDEN);
                (at, kept) = (end, end);
            } else {
                at += 1;
            }
        }
        if let Some(hidden) = &mut hidden {
            hidden.extend_from_slice(text.get(kept..).unwrap_or_default());
        }
        hidden
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, Vec<SecretString>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.known().len())
    }
}

fn knows(known: &[SecretString], secret: &str) -> bool {
    known.iter().any(|other| other.expose_secret() == secret)
}

/// Where a secret, or so much of its beginning that it counts, ends that begins at this place of the text.
fn given_away(text: &[u8], at: usize, secret: &[u8]) -> Option<usize> {
    if text.get(at..)?.starts_with(secret) {
        return Some(at + secret.len());
    }
    let (mut next, mut matched) = (at, 0);
    for byte in secret {
        match decoded(text, next) {
            Some((other, after)) if other.eq_ignore_ascii_case(byte) => {
                next = after;
                matched += 1;
            }
            _ => break,
        }
    }
    // A header is cut when it is too long, perhaps in the middle of a secret.
    let is_cut = next == text.len() && matched >= SECRET_BYTES_MIN;
    (matched == secret.len() || matched >= BEGINNING_BYTES_MIN || is_cut).then_some(next)
}

/// The byte that stands at a place, and the place behind it. JSON and percent escapes are opened however deep they are nested.
fn decoded(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let byte = *text.get(at)?;
    let opened = match byte {
        b'\\' => {
            let slashes = text.get(at..)?.iter().take_while(|byte| **byte == b'\\');
            let end = at + slashes.count();
            match text.get(end) {
                Some(b'u' | b'U') => hex(text, end + 1, 4).map(|byte| (byte, end + 5)),
                Some(mark @ (b'/' | b'"')) => Some((*mark, end + 1)),
                _ => None,
            }
        }
        b'%' => {
            let mut digits = at + 1;
            while hex(text, digits, 2) == Some(b'%') {
                digits += 2;
            }
            hex(text, digits, 2).map(|byte| (byte, digits + 2))
        }
        _ => None,
    };
    Some(opened.unwrap_or((byte, at + 1)))
}

/// A byte written as so many hexadecimal digits.
fn hex(text: &[u8], at: usize, digits: usize) -> Option<u8> {
    let digits = text.get(at..at + digits)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let number = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    u8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TransportFault;
    use proptest::prelude::*;

    const TOKEN: &str = "t-caecc734c2e3328a62489fe0648c4b98779515d3";

    fn secrets(known: &[&str]) -> Secrets {
        let secrets = Secrets::default();
        for secret in known {
            secrets.learn(secret);
        }
        secrets
    }

    /// Every letter as `write` writes it.
    fn written(secret: &str, write: impl Fn(u8) -> String) -> String {
        let letters: Vec<String> = secret.bytes().map(write).collect();
        letters.concat()
    }

    fn escaped(secret: &str) -> String {
        written(secret, |byte| format!("\\u{byte:04x}"))
    }

    fn percent(secret: &str) -> String {
        written(secret, |byte| format!("%{byte:02X}"))
    }

    #[test]
    fn a_secret_is_hidden_in_every_part_of_a_reply_however_it_is_written() {
        let secrets = secrets(&[TOKEN]);
        for written in [
            TOKEN.to_owned(),
            escaped(TOKEN),
            escaped(TOKEN).replace('\\', "\\\\\\"),
            format!("t{}{}", escaped("-"), &TOKEN[2..]),
            percent(TOKEN),
            percent(TOKEN).replace('%', "%25"),
            TOKEN[..20].to_owned(),
        ] {
            let say = |text: &str| format!("before {text} after");
            let reply = Reply {
                status: 200,
                body: say(&written).into_bytes(),
                log_id: Some(say(&written)),
                reset: Some(say(&written)),
                location: Some(format!("http://{written}.example/")),
                date: None,
                held: crate::model::Held::default(),
            };
            let reply = secrets.hide(Ok(reply)).unwrap();
            assert_eq!(
                String::from_utf8(reply.body).unwrap(),
                say("***"),
                "{written}"
            );
            assert_eq!(reply.log_id, Some(say("***")), "{written}");
            assert_eq!(reply.reset, Some(say("***")), "{written}");
            assert_eq!(reply.location.unwrap(), "http://***.example/", "{written}");
            let error = TransportError {
                fault: TransportFault::Ambiguous,
                text: say(&written),
            };
            assert_eq!(secrets.hide(Err(error)).unwrap_err().text, say("***"));
        }
    }

    #[test]
    fn a_host_that_is_written_in_small_letters_hides_its_secret_too() {
        let secrets = secrets(&["t-UPPER-and-lower-0001"]);
        assert_eq!(
            secrets.text("http://t-upper-and-lower-0001.example/"),
            "http://***.example/"
        );
    }

    #[test]
    fn a_text_that_was_cut_in_the_middle_of_a_secret_shows_nothing_of_it() {
        let secrets = secrets(&[TOKEN]);
        assert_eq!(secrets.text(&format!("id {}", &TOKEN[..7])), "id ***");
        assert_eq!(secrets.text(&format!("id {}", &TOKEN[..5])), "id t-cae");
    }

    #[test]
    fn every_secret_that_was_ever_held_is_hidden_and_other_text_is_left_as_it_is() {
        let secrets = secrets(&[
            "dskLLdkasdjlasdKK",
            "t-first-token-of-all",
            TOKEN,
            "short",
            TOKEN,
        ]);
        assert_eq!(format!("{secrets:?}"), "Secrets(3)");
        let text =
            format!("{TOKEN}, t-first-token-of-all, dskLLdkasdjlasdKK, short, 100 % \\u4f60\\n");
        assert_eq!(
            secrets.text(&text),
            "***, ***, ***, short, 100 % \\u4f60\\n"
        );
        assert_eq!(Secrets::default().text(TOKEN), TOKEN);
    }

    proptest! {
        #[test]
        fn what_json_and_addresses_make_of_a_secret_is_hidden(secret in "[!-$&-~]{6,40}", around in "[a-z ]{0,5}") {
            let secrets = secrets(&[&secret]);
            let json = serde_json::to_string(&format!("{around}{secret}{around}")).unwrap();
            let nested = serde_json::to_string(&json).unwrap();
            for text in [json, escaped(&secret), percent(&secret), secret.clone()] {
                prop_assert!(secrets.text(&text).contains("***"), "{text}");
            }
            if !secret.contains('\\') {
                prop_assert!(secrets.text(&nested).contains("***"), "{nested}");
            }
        }

        #[test]
        fn any_bytes_are_looked_over_without_a_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let secrets = secrets(&[TOKEN]);
            prop_assert_eq!(secrets.hidden(&text), None);
        }
    }
}
