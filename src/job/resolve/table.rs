//! What a job says of its table: the file, the days whose cells are items, and the lookups.

use std::path::Path;

use toml::{Spanned, Value};

use super::{Checker, entry};
use crate::document::Entries;
use crate::endpoint::{Endpoint, Field};
use crate::error::Refusal;
use crate::job::file::{InputFile, LookupFile, MarkFile, UnpivotFile};
use crate::job::{InputRule, LookupRule, LookupTable, Mark, SheetNames, Source, Tidy, Unpivot};
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
        let of = |(name, file): &(Spanned<String>, LookupFile)| {
            let refuse = |what: String| self.document.refuse(&name.span(), what);
            let words = file.words.0.iter();
            let words: Vec<(String, String)> = words
                .map(|(word, value)| (word.get_ref().clone(), value.clone()))
                .collect();
            let table = match (&file.file, &file.value) {
                (Some(path), Some(value)) if !file.keys.is_empty() => Some(LookupTable {
                    file: folder.join(path.get_ref()),
                    sheet: file.sheet.clone(),
                    keys: file.keys.clone(),
                    value: value.clone(),
                }),
                (Some(_), _) => {
                    return Err(refuse(format!(
                        "[lookup.{}] names a file without `keys` and `value`",
                        name.get_ref()
                    ))
                    .hint(text!("keys = [\"姓名\", \"工号\"] are the columns of the words, value = \"user_id\" that of what they stand for")));
                }
                (None, _) if words.is_empty() => {
                    return Err(refuse(format!("[lookup.{}] has no words", name.get_ref()))
                        .hint(text!("give words = {{ \"早班\" = \"…\" }}, or a file")));
                }
                (None, _) => None,
            };
            Ok(LookupRule {
                name: name.get_ref().clone(),
                words,
                table,
            })
        };
        files.0.iter().map(of).collect()
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
