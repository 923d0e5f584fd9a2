//! How items are read back, as the catalogue file says it.

use std::time::Duration;

use toml::Spanned;

use super::Checker;
use crate::endpoint::definition::{Destructive, Field, Preflight};
use crate::endpoint::read_back::{CanReadBack, DayFields, PresentReader, ReadBack, ReadBackFile};
use crate::error::Refusal;

/// Longest lag: whoever verifies a run waits for it.
const LAG_SECONDS_MAX: u64 = 60;

impl Checker<'_> {
    /// What is asked before must be about items that are read back in the same way.
    pub(super) fn preflight(
        &self,
        word: Option<&Spanned<String>>,
        read_back: &CanReadBack,
    ) -> Result<Option<Preflight>, Refusal> {
        let Some(word) = word else {
            return Ok(None);
        };
        let known = [
            ("schedule", Preflight::Schedule),
            ("punches", Preflight::Punches),
            ("records", Preflight::Records),
            ("plan", Preflight::Plan),
            ("archive", Preflight::Archive),
        ];
        let preflight = self.word(word, "preflight", &known)?;
        let reader = match read_back {
            CanReadBack::By(read_back) => Some(&read_back.reader),
            CanReadBack::Never { .. } | CanReadBack::NotSaid => None,
        };
        let fits = matches!(
            (preflight, reader),
            (Preflight::Schedule, Some(PresentReader::Days(_)))
                | (Preflight::Punches, Some(PresentReader::One { .. }))
                | (Preflight::Records, Some(PresentReader::Records))
                | (Preflight::Plan, Some(PresentReader::Rows))
                | (Preflight::Archive, _)
        );
        if !fits {
            let what = format!(
                "preflight = \"{}\" does not fit the reader of [read_back]",
                word.get_ref()
            );
            return Err(self.refuse(word, what));
        }
        Ok(Some(preflight))
    }

    /// The fields must be those of the items; what is compared as a deletion must be one.
    pub(super) fn read_back(
        &self,
        file: Option<Spanned<ReadBackFile>>,
        fields: &[Field],
        destructive: &Destructive,
    ) -> Result<CanReadBack, Refusal> {
        let Some(file) = file else {
            return Ok(CanReadBack::NotSaid);
        };
        let span = file.span();
        let file = file.into_inner();
        if let Some(why) = file.never {
            return Ok(CanReadBack::Never { why });
        }
        let lacks = |key: &str| {
            let what = format!("[read_back] lacks the key `{key}`");
            self.document.refuse(&span, what)
        };
        let Some(reader) = &file.reader else {
            return Err(lacks("reader"));
        };
        let field = |value: &Option<Spanned<String>>, key: &str| {
            let path = value.as_ref().ok_or_else(|| lacks(key))?;
            self.known(path, fields)?;
            Ok::<String, Refusal>(path.get_ref().clone())
        };
        let lag = match &file.lag_seconds {
            Some(seconds) if *seconds.get_ref() > LAG_SECONDS_MAX => {
                let what = format!("`lag_seconds` must be at most {LAG_SECONDS_MAX}");
                return Err(self.refuse(seconds, what));
            }
            seconds => seconds.as_ref().map_or(0, |seconds| *seconds.get_ref()),
        };
        let deletes = |made: PresentReader| match destructive {
            Destructive::Always => Ok(made),
            Destructive::Never | Destructive::When { .. } => {
                let what = format!(
                    "the reader `{}` is for endpoints with destructive = true",
                    reader.get_ref()
                );
                Err(self.refuse(reader, what))
            }
        };
        let made = match reader.get_ref().as_str() {
            "days" => PresentReader::Days(DayFields {
                person: field(&file.person, "person")?,
                month: field(&file.month, "month")?,
                day: field(&file.day, "day")?,
                group: field(&file.group, "group")?,
                shift: field(&file.shift, "shift")?,
                clears: match destructive {
                    Destructive::When { field } => Some(field.clone()),
                    Destructive::Never | Destructive::Always => None,
                },
            }),
            "one" => deletes(PresentReader::One {
                id: file.id.ok_or_else(|| lacks("id"))?,
                answers: file.answers.ok_or_else(|| lacks("answers"))?,
                gone: file.gone,
            })?,
            "records" => deletes(PresentReader::Records)?,
            "rows" => deletes(PresentReader::Rows)?,
            other => {
                let known = ["days", "one", "records", "rows"];
                return Err(self.unknown(reader, other, "reader", &known));
            }
        };
        Ok(CanReadBack::By(ReadBack {
            read: file.read.ok_or_else(|| lacks("read"))?,
            values: file.values,
            lag: Duration::from_secs(lag),
            reader: made,
        }))
    }
}
