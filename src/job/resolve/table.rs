//! What a job says of its table: the file, the days whose cells are items, and the lookups.

use std::path::Path;

use toml::{Spanned, Value};

use super::{Checker, entry};
use crate::document::Entries;
use crate::endpoint::{Endpoint, Field};
use crate::error::Refusal;
use crate::job::file::{InputFile, LookupFile, MarkFile, UnpivotFile};
use crate::job::{
    InputRule, LookupRule, LookupTable, Mark, PersonKey, SheetNames, Source, Subject, TenantLookup,
    Tidy, Unpivot,
};
use crate::model::InputFormat;
use crate::roster::{DayRule, YearMonth};

impl Checker<'_> {
    pub(super) fn input(
        &self,
        file: InputFile,
        folder: &Path,
        month: Option<&str>,
        endpoint: &Endpoint,
    ) -> Result<InputRule, Refusal> {
        let format = match &file.format {
            None => None,
            Some(word) => Some(InputFormat::of_word(word.get_ref()).ok_or_else(|| {
                let unknown = format!("unknown format `{}`", word.get_ref());
                let refusal = self.document.refuse(&word.span(), unknown);
                refusal.hint(text!("one of: csv, jsonl, xlsx"))
            })?),
        };
        let delimiter = match &file.delimiter {
            None => None,
            Some(text) => match text.get_ref().as_bytes() {
                [byte @ (b',' | b';' | b'\t' | b'|')] => Some(*byte),
                _ => {
                    return Err(self
                        .document
                        .refuse(&text.span(), "a delimiter is one of , ; | and a tab")
                        .hint(text!("write a tab as \"\\t\"")));
                }
            },
        };
        let header_lines = file.header_rows.as_ref().map_or(1, |rows| *rows.get_ref());
        if let Some(rows) = &file.header_rows
            && !(1..=2).contains(&header_lines)
        {
            return Err(self
                .document
                .refuse(&rows.span(), "a header has one row or two"));
        }
        let unpivot = file
            .unpivot
            .map(|unpivot| self.unpivot(unpivot, month, endpoint));
        let sheets = file.sheets.as_ref();
        let sheets = sheets.map(|names| self.sheets(names, file.sheet.is_some()));
        Ok(InputRule {
            sheet: file.sheet,
            sheets: sheets.transpose()?,
            header_lines,
            tidy: Tidy {
                trim: file.tidy.trim,
                digits: file.tidy.digits,
                empty: file.tidy.empty,
            },
            unpivot: unpivot.transpose()?,
            file: file.file.map(|file| folder.join(file)),
            format,
            encoding: file.encoding,
            delimiter,
            ignore: file.ignore,
        })
    }

    /// The sheets that are read as one input.
    fn sheets(&self, said: &Spanned<Value>, beside_sheet: bool) -> Result<SheetNames, Refusal> {
        if beside_sheet {
            return Err(self
                .document
                .refuse(&said.span(), "[input] has both `sheet` and `sheets`")
                .hint(text!("delete one of them")));
        }
        let names = match said.get_ref() {
            Value::String(all) if all == "*" => return Ok(SheetNames::All),
            Value::Array(names) => names
                .iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect(),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Table(_) => None,
        };
        let names: Option<Vec<String>> = names;
        match names.filter(|names| !names.is_empty()) {
            Some(names) => Ok(SheetNames::Named(names)),
            None => Err(self
                .document
                .refuse(
                    &said.span(),
                    "`sheets` is \"*\" or a list of names of sheets",
                )
                .hint(text!("for example sheets = [\"内科\", \"外科\"]"))),
        }
    }

    pub(super) fn lookups(
        &self,
        files: &Entries<LookupFile>,
        folder: &Path,
    ) -> Result<Vec<LookupRule>, Refusal> {
        let of =
            |(name, file): &(Spanned<String>, LookupFile)| self.lookup_rule(name, file, folder);
        files.0.iter().map(of).collect()
    }

    fn lookup_rule(
        &self,
        name: &Spanned<String>,
        file: &LookupFile,
        folder: &Path,
    ) -> Result<LookupRule, Refusal> {
        let refuse = |what: String| self.document.refuse(&name.span(), what);
        let lookup = name.get_ref();
        let words_of = |words: &Entries<String>| {
            let words = words.0.iter();
            words
                .map(|(word, value)| (word.get_ref().clone(), value.clone()))
                .collect::<Vec<_>>()
        };
        if let Some(from) = &file.from {
            if from.get_ref() != "tenant" {
                return Err(self.document.refuse(
                    &from.span(),
                    "`from` is \"tenant\", which asks the platform",
                ));
            }
            let subject = Subject::WORDS.iter().find(|(word, _)| word == lookup);
            let Some((_, subject)) = subject else {
                return Err(
                    refuse(format!("the platform is not asked for `{lookup}`")).hint(text!(
                        "it is asked for people, shifts, groups and codes: name the lookup so"
                    )),
                );
            };
            if file.file.is_some() || file.value.is_some() {
                return Err(refuse(format!(
                    "[lookup.{lookup}] asks the platform and names a file"
                ))
                .hint(text!(
                    "what stands in for the platform in rehearsals is `rehearsal = {{ file = … }}`"
                )));
            }
            let keys = file.keys.iter().map(|word| {
                let known = PersonKey::WORDS.iter().find(|(known, _)| known == word);
                known.map(|(_, key)| *key).ok_or_else(|| {
                    refuse(format!("people are not known by `{word}`"))
                        .hint(text!("they are known by 工号, 手机号, 邮箱 or 姓名"))
                })
            });
            let keys: Vec<PersonKey> = keys.collect::<Result<_, _>>()?;
            if keys.is_empty() == (*subject == Subject::People) {
                return Err(refuse(format!(
                    "[lookup.{lookup}]: `keys` say by what people are known"
                ))
                .hint(text!("for people, and only for them: keys = [\"工号\"]")));
            }
            let rehearsal = file.rehearsal.as_ref().map(|rehearsal| {
                let file = LookupFile {
                    file: rehearsal.file.clone(),
                    sheet: rehearsal.sheet.clone(),
                    keys: rehearsal.keys.clone(),
                    value: rehearsal.value.clone(),
                    words: Entries(rehearsal.words.0.clone()),
                    ..LookupFile::default()
                };
                self.lookup_rule(name, &file, folder).map(Box::new)
            });
            return Ok(LookupRule {
                name: lookup.clone(),
                words: words_of(&file.words),
                table: None,
                tenant: Some(TenantLookup {
                    subject: *subject,
                    keys,
                    rehearsal: rehearsal.transpose()?,
                    known: None,
                }),
            });
        }
        let words = words_of(&file.words);
        let table = match (&file.file, &file.value) {
            (Some(path), Some(value)) if !file.keys.is_empty() => Some(LookupTable {
                file: folder.join(path.get_ref()),
                sheet: file.sheet.clone(),
                keys: file.keys.clone(),
                value: value.clone(),
            }),
            (Some(_), _) => {
                return Err(refuse(format!(
                    "[lookup.{lookup}] names a file without `keys` and `value`"
                ))
                .hint(text!("keys = [\"姓名\", \"工号\"] are the columns of the words, value = \"user_id\" that of what they stand for")));
            }
            (None, _) if words.is_empty() => {
                return Err(refuse(format!("[lookup.{lookup}] has no words"))
                    .hint(text!("give words = {{ \"早班\" = \"…\" }}, a file, or from = \"tenant\" to ask the platform")));
            }
            (None, _) => None,
        };
        Ok(LookupRule {
            name: lookup.clone(),
            words,
            table,
            tenant: None,
        })
    }

    fn unpivot(
        &self,
        file: UnpivotFile,
        month: Option<&str>,
        endpoint: &Endpoint,
    ) -> Result<Unpivot, Refusal> {
        let rule = "a month is written yyyyMM, such as 202609";
        let said = match (month, &file.month) {
            (Some(month), _) => Some(YearMonth::parse(month).ok_or_else(|| {
                Refusal::new(
                    "command.set-month",
                    text!("--set month={month}: {rule}", month, rule),
                )
            })?),
            (None, Some(month)) => Some(
                YearMonth::parse(month.get_ref())
                    .ok_or_else(|| self.document.refuse(&month.span(), rule))?,
            ),
            (None, None) => None,
        };
        let first_day = match &file.first_day {
            None => 1,
            Some(day) => {
                let within = i8::try_from(*day.get_ref()).ok();
                let within = within.filter(|day| (1..=28).contains(day));
                within.ok_or_else(|| {
                    let what = "a period begins on a day from 1 to 28";
                    self.document.refuse(&day.span(), what)
                })?
            }
        };
        if let Some(pattern) = &file.pattern
            && !pattern.get_ref().contains("{day}")
        {
            return Err(self
                .document
                .refuse(
                    &pattern.span(),
                    "the pattern of the days' titles needs a place for {day}",
                )
                .hint(text!("for example pattern = \"第{{day}}天\"")));
        }
        Ok(Unpivot {
            days: DayRule {
                month: said,
                first_day,
                pattern: file.pattern.map(Spanned::into_inner),
            },
            leave: file.leave,
            rest: self.mark(file.rest, endpoint)?,
            clear: self.mark(file.clear, endpoint)?,
        })
    }

    /// The words of a mark, and the fields they give.
    fn mark(&self, file: Option<MarkFile>, endpoint: &Endpoint) -> Result<Mark, Refusal> {
        let Some(file) = file else {
            return Ok(Mark::default());
        };
        let fields: Vec<&Field> = endpoint.items.shape.fields().iter().collect();
        self.names(&file.item, &fields, "item", endpoint)?;
        let mut item = Vec::new();
        for (position, field) in fields.into_iter().enumerate() {
            let Some(value) = entry(&file.item, &field.name) else {
                continue;
            };
            match self.source(field, value)? {
                Source::Constant(text) => item.push((position, text)),
                Source::Column { .. }
                | Source::Cell { .. }
                | Source::Fold { .. }
                | Source::Nowhere => {
                    return Err(self
                        .document
                        .refuse(&value.span(), "what a word stands for is a constant"));
                }
            }
        }
        Ok(Mark {
            words: file.words,
            item,
        })
    }
}
