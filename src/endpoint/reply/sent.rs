//! What we sent, found again by what the platform names; and what it names that we did not send.
//!
//! Values are compared as exact text. A near match is a hint for the reader of a report, never a match.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::json::{self, Member, Object};
use super::wording::{self, unconfirmed};
use crate::model::{Batch, Verdict};

/// The items of a batch by one of their values.
#[derive(Debug)]
pub(super) struct Sent<'a>(BTreeMap<Cow<'a, str>, Vec<usize>>);

impl<'a> Sent<'a> {
    /// Looks up `path` in every item: `""` is the item itself, `field` one of its fields, `list/*/field` that field of every
    /// entry of a list. Parses every item, so it is made only when the reply names something.
    pub(super) fn by(batch: &'a Batch, path: &str) -> Self {
        let steps: Vec<&str> = match path {
            "" => Vec::new(),
            _ => path.split('/').collect(),
        };
        let mut positions = BTreeMap::<_, Vec<usize>>::new();
        for (position, item) in batch.items.iter().enumerate() {
            let mut values = Vec::new();
            if let Ok(text) = str::from_utf8(&item.body) {
                collect(text, &steps, &mut values);
            }
            for value in values {
                let positions = positions.entry(value).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        Self(positions)
    }

    /// The positions in the batch of the items that carry this value.
    pub(super) fn positions(&self, value: &str) -> &[usize] {
        self.0.get(value).map(Vec::as_slice).unwrap_or_default()
    }

    /// A value we sent that a value we did not send may stand for.
    fn near(&self, unsent: &str) -> Option<&str> {
        self.0
            .keys()
            .map(Cow::as_ref)
            .find(|sent| is_near(sent, unsent))
    }
}

/// The scalars that `steps` lead to. Recurses over the path, which is a catalogue's, not over the value.
fn collect<'a>(value: &'a str, steps: &[&str], found: &mut Vec<Cow<'a, str>>) {
    match steps {
        [] => found.extend(json::scalar(value)),
        ["*", rest @ ..] => {
            for entry in json::list(value).unwrap_or_default() {
                collect(entry, rest, found);
            }
        }
        [field, rest @ ..] => {
            if let Ok(object) = Object::parse(value)
                && let Member::Value(inner) = object.get(field)
            {
                collect(inner, rest, found);
            }
        }
    }
}

/// Digits of a number that a program which keeps numbers as floating point still gets right.
const DIGITS_EXACT: usize = 15;

/// Equal but for case, surrounding space, lost leading zeros, or the digits that a floating-point number loses.
fn is_near(sent: &str, unsent: &str) -> bool {
    let (sent, unsent) = (sent.trim(), unsent.trim());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(sent) && digits(unsent) {
        let head = |text: &str| text.get(..DIGITS_EXACT).map(str::to_owned);
        let rounded =
            sent.len() == unsent.len() && head(sent).is_some() && head(sent) == head(unsent);
        rounded || sent.trim_start_matches('0') == unsent.trim_start_matches('0')
    } else {
        sent.to_lowercase() == unsent.to_lowercase()
    }
}

/// What a reply names that we did not send, each once.
#[derive(Debug, Default)]
pub(super) struct UnsentNames {
    /// How each is told, by name: sorted, so that the order of a reply changes nothing.
    told: BTreeMap<String, String>,
    more: usize,
}

/// Names kept: enough to see whose answer this is. The rest is counted.
const UNSENT_NAMES_MAX: usize = 100;

impl UnsentNames {
    /// Takes a value that no item carries.
    pub(super) fn add(&mut self, value: &str, sent: &Sent<'_>) {
        let name = wording::printable(value);
        if self.told.contains_key(&name) {
            return;
        }
        if self.told.len() >= UNSENT_NAMES_MAX {
            self.more += 1;
            return;
        }
        let told = match sent.near(value) {
            Some(near) => {
                let near = wording::printable(near);
                format!("{name} (near {near}, which was sent; only exact matches count)")
            }
            None => name.clone(),
        };
        self.told.insert(name, told);
    }

    /// How the first of them reads, and how many more there are.
    pub(super) fn summary(&self) -> Option<String> {
        let first = self.told.values().next()?;
        Some(match self.told.len() - 1 + self.more {
            0 => first.clone(),
            more => format!("{first} and {more} more"),
        })
    }

    /// What holds for an item that a reply with these names does not name.
    pub(super) fn unnamed_item(&self) -> Verdict {
        match self.summary() {
            None => unconfirmed("the reply does not name the item"),
            Some(unsent_names) => unconfirmed(format!(
                "the reply does not name the item, but {unsent_names}, which was not sent: it may belong to another batch"
            )),
        }
    }

    /// All of them, for the user.
    pub(super) fn into_list(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("and {} more", self.more));
        self.told.into_values().chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::batch;
    use super::*;

    #[test]
    fn a_path_leads_to_the_item_a_field_or_a_field_of_every_entry() {
        let ids = batch(&[r#""7""#, "8"]);
        let sent = Sent::by(&ids, "");
        assert_eq!(sent.positions("7"), [0]);
        assert_eq!(sent.positions("8"), [1]);

        let objects = batch(&[
            r#"{"member_id":"a","field_datas":[{"code":"x"},{"code":"y"},{"code":"x"}]}"#,
            r#"{"member_id":"b","field_datas":[{"code":"x"}]}"#,
            r#"{"member_id":"c"}"#,
        ]);
        assert_eq!(Sent::by(&objects, "member_id").positions("b"), [1]);
        let codes = Sent::by(&objects, "field_datas/*/code");
        assert_eq!(codes.positions("x"), [0, 1]);
        assert_eq!(codes.positions("y"), [0]);
        assert!(codes.positions("z").is_empty());
    }

    #[test]
    fn a_near_value_is_a_hint_and_no_match() {
        let items = batch(&[r#""6709359313699356941""#, r#""00123""#, r#""A1xud""#]);
        let sent = Sent::by(&items, "");
        for (unsent, near) in [
            ("6709359313699356672", Some("6709359313699356941")),
            ("123", Some("00123")),
            ("a1xud", Some("A1xud")),
            (" A1xud", Some("A1xud")),
            ("6709359313699356", None),
            ("124", None),
            ("b1xud", None),
        ] {
            assert!(sent.positions(unsent).is_empty());
            assert_eq!(sent.near(unsent), near, "{unsent}");
        }
    }

    #[test]
    fn names_that_were_not_sent_are_told_once_and_counted_beyond_the_limit() {
        let items = batch(&[r#""1""#]);
        let sent = Sent::by(&items, "");
        let mut unsent_names = UnsentNames::default();
        assert_eq!(unsent_names.summary(), None);
        for number in 0..150 {
            unsent_names.add(&format!("s{number}"), &sent);
            unsent_names.add("s0", &sent);
        }
        assert_eq!(unsent_names.summary().as_deref(), Some("s0 and 149 more"));
        let list = unsent_names.into_list();
        assert_eq!(list.len(), UNSENT_NAMES_MAX + 1);
        assert_eq!(list.last().map(String::as_str), Some("and 50 more"));
    }
}
