//! Checks an object against what the platform's page says of its fields, and collects every violation.
//!
//! Nothing is converted or forgiven: `"21"` is not 21, `null` is not absent, and a field the page does not name is refused.
//! Paths have the platform's own form, `items[*].dimensions`: the entry is not named.

use std::ops::RangeInclusive;

use super::json::{Json, Object};

/// Characters of a wrong value that are repeated in the reply: enough to find it.
const VALUE_CHARS_MAX: usize = 200;

/// One field that breaks a rule, as `error.field_violations` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) field: String,
    pub(super) description: String,
    pub(super) value: String,
}

/// Whether a field may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// An object being checked. Each reading method marks its field as known; [`Fields::end`] refuses the rest.
pub(super) struct Fields<'a> {
    object: &'a Object,
    path: String,
    known: Vec<&'static str>,
    violations: Vec<Violation>,
}

impl<'a> Fields<'a> {
    /// Checks the members of `object`, which is the body or the query.
    pub(super) fn of(object: &'a Object) -> Self {
        Self::at(object, String::new())
    }

    fn at(object: &'a Object, path: String) -> Self {
        Self {
            object,
            path,
            known: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// A JSON string of at least one character; it may be missing only when optional. An optional one may be empty.
    pub(super) fn text(&mut self, name: &'static str, need: Need) -> Option<&'a str> {
        let member = self.member(name, need)?;
        let Some(text) = member.as_text() else {
            return self.mistyped(name, "string", member);
        };
        if text.is_empty() && need == Need::Required {
            self.violates(name, format!("{name} is required"), Some(""));
            return None;
        }
        Some(text)
    }

    /// A JSON string that must be there and may be empty.
    pub(super) fn text_or_empty(&mut self, name: &'static str) -> Option<&'a str> {
        let member = self.member(name, Need::Required)?;
        member
            .as_text()
            .or_else(|| self.mistyped(name, "string", member))
    }

    /// A JSON string that is one of `options`.
    pub(super) fn text_of(
        &mut self,
        name: &'static str,
        need: Need,
        options: &[&str],
    ) -> Option<&'a str> {
        let text = self.text(name, need)?;
        if !options.contains(&text) {
            self.violates(
                name,
                format!("options: [{}]", options.join(",")),
                Some(text),
            );
            return None;
        }
        Some(text)
    }

    /// A JSON integer.
    pub(super) fn integer(&mut self, name: &'static str, need: Need) -> Option<i64> {
        let member = self.member(name, need)?;
        member
            .as_integer()
            .or_else(|| self.mistyped(name, "int", member))
    }

    /// A JSON integer from `range` that may be missing.
    pub(super) fn integer_in(
        &mut self,
        name: &'static str,
        range: &RangeInclusive<i64>,
    ) -> Option<i64> {
        let number = self.integer(name, Need::Optional)?;
        self.within(name, number, range)
    }

    /// An integer of a query, which is all text.
    pub(super) fn written_integer(
        &mut self,
        name: &'static str,
        need: Need,
        range: &RangeInclusive<i64>,
    ) -> Option<i64> {
        let text = self.text(name, need)?;
        match text.parse() {
            Ok(number) => self.within(name, number, range),
            Err(_) => self.mistyped(name, "int", &Json::Text(text.to_owned())),
        }
    }

    /// A boolean of a query, which is all text; it may be missing.
    pub(super) fn written_flag(&mut self, name: &'static str) -> Option<bool> {
        Some(self.text_of(name, Need::Optional, &["true", "false"])? == "true")
    }

    fn within(&mut self, name: &str, number: i64, range: &RangeInclusive<i64>) -> Option<i64> {
        let (least, most) = (range.start(), range.end());
        if range.contains(&number) {
            return Some(number);
        }
        let description = if number < *least {
            format!("the min value is {least}")
        } else {
            format!("the max value is {most}")
        };
        self.violates(name, description, Some(&number.to_string()));
        None
    }

    /// A JSON boolean that may be missing.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let member = self.member(name, Need::Optional)?;
        member
            .as_bool()
            .or_else(|| self.mistyped(name, "boolean", member))
    }

    /// A list of non-empty JSON strings.
    pub(super) fn texts(
        &mut self,
        name: &'static str,
        need: Need,
        length: &RangeInclusive<usize>,
    ) -> Vec<&'a str> {
        let mut texts = Vec::new();
        for entry in self.list(name, need, length) {
            let text = entry.as_text().filter(|text| !text.is_empty());
            texts.extend(
                text.or_else(|| self.mistyped(&format!("{name}[*]"), "non-empty string", entry)),
            );
        }
        texts
    }

    /// An object, read by `read`.
    pub(super) fn object<T>(
        &mut self,
        name: &'static str,
        need: Need,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let member = self.member(name, need)?;
        let Some(object) = member.as_object() else {
            return self.mistyped(name, "object", member);
        };
        let mut fields = Fields::at(object, format!("{}{name}.", self.path));
        let value = read(&mut fields);
        self.violations.extend(fields.end());
        value
    }

    /// A list of objects, each read by `read`.
    pub(super) fn objects<T>(
        &mut self,
        name: &'static str,
        need: Need,
        length: &RangeInclusive<usize>,
        mut read: impl FnMut(&mut Fields<'a>) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for entry in self.list(name, need, length) {
            let Some(object) = entry.as_object() else {
                self.mistyped::<()>(&format!("{name}[*]"), "object", entry);
                continue;
            };
            let mut fields = Fields::at(object, format!("{}{name}[*].", self.path));
            values.extend(read(&mut fields));
            self.violations.extend(fields.end());
        }
        values
    }

    /// Everything that broke a rule, unknown fields included; each (field, description) once.
    pub(super) fn end(mut self) -> Vec<Violation> {
        for (name, value) in self.object {
            if !self.known.contains(&name.as_str()) {
                self.violates(
                    name,
                    format!("{name} is not a field of this request"),
                    value.scalar().as_deref(),
                );
            }
        }
        let mut seen: Vec<Violation> = Vec::new();
        for violation in self.violations {
            let told = |other: &Violation| {
                other.field == violation.field && other.description == violation.description
            };
            if !seen.iter().any(told) {
                seen.push(violation);
            }
        }
        seen
    }

    fn list(
        &mut self,
        name: &'static str,
        need: Need,
        length: &RangeInclusive<usize>,
    ) -> &'a [Json] {
        let Some(member) = self.member(name, need) else {
            return &[];
        };
        let Some(entries) = member.as_list() else {
            self.mistyped::<()>(name, "array", member);
            return &[];
        };
        let count = entries.len();
        if count < *length.start() {
            self.violates(
                name,
                format!("the min len is {}", length.start()),
                Some(&count.to_string()),
            );
        }
        if count > *length.end() {
            self.violates(
                name,
                format!("the max len is {}", length.end()),
                Some(&count.to_string()),
            );
            return &[];
        }
        entries
    }

    fn member(&mut self, name: &'static str, need: Need) -> Option<&'a Json> {
        self.known.push(name);
        let member = self.object.get(name);
        if member.is_none() && need == Need::Required {
            self.violates(name, format!("{name} is required"), None);
        }
        member
    }

    fn mistyped<T>(&mut self, name: &str, wanted: &str, found: &Json) -> Option<T> {
        self.violates(
            name,
            format!("the type must be {wanted}"),
            found.scalar().as_deref(),
        );
        None
    }

    fn violates(&mut self, name: &str, description: String, value: Option<&str>) {
        self.violations.push(Violation {
            field: format!("{}{name}", self.path),
            description,
            value: value
                .unwrap_or_default()
                .chars()
                .take(VALUE_CHARS_MAX)
                .collect(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        Json::read(text.as_bytes())
            .unwrap()
            .as_object()
            .unwrap()
            .clone()
    }

    #[test]
    fn a_violation_inside_a_list_is_told_once_and_without_naming_the_entry() {
        let body = object(r#"{"rows":[{"day":"1"},{"day":"1"},{"day":2,"dey":3}]}"#);
        let mut fields = Fields::of(&body);
        fields.objects("rows", Need::Required, &(1..=5), |row| {
            row.integer("day", Need::Required)
        });
        let told: Vec<_> = fields
            .end()
            .into_iter()
            .map(|v| (v.field, v.description))
            .collect();
        assert_eq!(
            told,
            [
                ("rows[*].day".to_owned(), "the type must be int".to_owned()),
                (
                    "rows[*].dey".to_owned(),
                    "dey is not a field of this request".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn null_is_not_the_same_as_absent() {
        let body = object(r#"{"value":null}"#);
        let mut fields = Fields::of(&body);
        assert_eq!(fields.text("value", Need::Optional), None);
        assert_eq!(fields.end().len(), 1);

        let body = object("{}");
        let mut fields = Fields::of(&body);
        assert_eq!(fields.text("value", Need::Optional), None);
        assert!(fields.end().is_empty());
    }
}
