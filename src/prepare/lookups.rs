//! The lookups of a job, read in full before its input: every word of it is then known or unknown for good.

use std::path::Path;

use super::{options, words};
use crate::error::Refusal;
use crate::input::{HeaderRule, Identity, Input, InputOptions, Reading};
use crate::job::{Job, LookupRule, LookupTable, PersonKey, Tidy};
use crate::lookup::{Lookup, Lookups, Said};
use crate::mapping::{LongIds, Tidier, only_an_example};
use crate::model::{Cell, Columns, Row, Rule, is_placeholder};
use crate::text::Text;

/// Words of one lookup held in memory: whole companies have fewer people by far.
const WORDS_MAX: usize = 2_000_000;
/// Longest file of words: so many words with an id each have less.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Reads what the job's words stand for, and checks that each of them stands for one thing.
pub(super) fn load(job: &Job) -> Result<Lookups, Refusal> {
    words::check_given(job)?;
    let load_one = |rule: &LookupRule| {
        let mut lookup = Lookup::new(&rule.name);
        for (word, value) in &rule.words {
            lookup.add(word, value, Said::InJob);
        }
        let tenant = rule.tenant.as_ref();
        let rehearsal = tenant.and_then(|tenant| tenant.rehearsal.as_deref());
        let mut table = rule.table.as_ref();
        if let Some(known) = tenant.and_then(|tenant| tenant.known.as_ref()) {
            lookup.keep(names_beside(job).into_iter().collect());
            if let Some(missed) = &known.missed {
                lookup.missed(missed.clone());
            }
            for known in &known.words {
                lookup.add_known(
                    &known.word,
                    &known.value,
                    &known.about,
                    known.name.as_deref(),
                );
            }
        } else if let Some(rehearsal) = rehearsal {
            for (word, value) in &rehearsal.words {
                lookup.add(word, value, Said::InJob);
            }
            table = rehearsal.table.as_ref();
        }
        if let Some(table) = table {
            read(job, table, &mut lookup).map_err(|refusal| {
                refusal.because(text!(
                    "in [lookup.{lookup}] of the job {job}",
                    lookup = rule.name,
                    job = job.name
                ))
            })?;
        }
        Ok(lookup)
    };
    let lookups: Result<Vec<Lookup>, Refusal> = job.lookups.iter().map(load_one).collect();
    let lookups = Lookups(lookups?);
    words::check_meanings(job, &lookups)?;
    Ok(lookups)
}

/// The column of the input that repeats the names of people without sending them: they must be those of the platform.
fn names_beside(job: &Job) -> Option<String> {
    let mut ignored = job.input.ignore.iter();
    ignored.find(|title| PersonKey::is_name(title)).cloned()
}

/// The columns of a table that the job's input may repeat without sending them: names beside ids, which must agree.
fn repeated(job: &Job, columns: &Columns) -> Vec<(String, usize)> {
    let names = columns.names().iter().enumerate();
    names
        .filter(|(_, name)| job.input.ignore.contains(name))
        .map(|(at, name)| (name.clone(), at))
        .collect()
}

/// Refuses a table too large to be held; one that is not there is refused when it is opened.
fn check_size(path: &Path) -> Result<(), Refusal> {
    if let Ok(Identity { bytes, .. }) = Identity::of(path)
        && bytes > FILE_BYTES_MAX
    {
        return Err(Refusal::new(
            "lookup.file-size",
            text!(
                "{file}: it has {bytes} bytes; a file of words has at most {bytes_max}",
                file = path.display(),
                bytes,
                bytes_max = FILE_BYTES_MAX
            ),
        )
        .because(text!("all of its words are held in memory"))
        .hint(text!("leave only the columns in it that the lookup names")));
    }
    Ok(())
}

/// --sheet is about the input: a lookup says its sheet in the job.
fn about_lookup(refusal: Refusal, name: &str) -> Refusal {
    match &refusal.hint {
        Some(hint) if hint.to_string().contains("--sheet") => refusal.hint(text!(
            "say which sheet is meant: `sheet = \"…\"` in [lookup.{name}] of the job",
            name
        )),
        Some(_) | None => refusal,
    }
}

/// Reads a table of words. It is tidied as the input is, so that a word and what it is compared with look alike.
fn read(job: &Job, table: &LookupTable, lookup: &mut Lookup) -> Result<(), Refusal> {
    let path = &table.file;
    check_size(path)?;
    let names = table.keys.iter().chain([&table.value]);
    let mut input = Input::open(
        path,
        &InputOptions {
            sheet: table.sheet.clone(),
            sheets: None,
            month: None,
            header: HeaderRule {
                names: names.cloned().collect(),
                ..HeaderRule::default()
            },
            format: None,
            delimiter: None,
            ..options(job)
        },
    )
    .map_err(|refusal| about_lookup(refusal, lookup.name()))?;
    let trim = Tidy {
        empty: Vec::new(),
        ..job.input.tidy.clone()
    };
    let mut tidier = Tidier::new(&trim);
    let mut row = Row::default();
    let mut words = 0;
    let names: Vec<&String> = table.keys.iter().chain([&table.value]).collect();
    let mut long_ids = vec![LongIds::default(); names.len()];
    let beside = repeated(job, input.columns());
    lookup.keep(beside.iter().map(|(name, _)| name.clone()).collect());
    loop {
        let position = |name: &str| position(path, input.columns(), name);
        let keys: Vec<usize> = table
            .keys
            .iter()
            .map(|key| position(key))
            .collect::<Result<_, _>>()?;
        let value = position(&table.value)?;
        match input.read(&mut row)? {
            Reading::End => break,
            Reading::Unreadable(rejection) => {
                return Err(wrong_record(path, row.record, rejection.sentence()));
            }
            Reading::Row => {}
        }
        let mut columns = keys.clone();
        columns.push(value);
        tidier.tidy(&mut row, &columns);
        for (column, ids) in columns.iter().zip(&mut long_ids) {
            if let Cell::Text(id) | Cell::Number(id) = row.cell(*column) {
                ids.note(id, row.record);
            }
        }
        let meaning = text(row.cell(value)).map_err(|why| wrong_record(path, row.record, why))?;
        let mut found = Vec::new();
        for key in keys {
            let word = text(row.cell(key)).map_err(|why| wrong_record(path, row.record, why))?;
            if word.is_empty() {
                continue;
            }
            if meaning.is_empty() {
                let why = text!(
                    "`{word}` stands for nothing: `{column}` is empty",
                    word,
                    column = table.value
                );
                return Err(wrong_record(path, row.record, why));
            }
            if let Some(example) = [word, meaning]
                .into_iter()
                .find(|text| is_placeholder(text))
            {
                let place = format!("{}: record {}", path.display(), row.record);
                return Err(only_an_example("lookup.placeholder", &place, example));
            }
            found.push(word);
            words += 1;
            if words > WORDS_MAX {
                return Err(Refusal::new(
                    "lookup.size",
                    text!(
                        "{file}: more than {words_max} words",
                        file = path.display(),
                        words_max = WORDS_MAX
                    ),
                ));
            }
        }
        let texts = beside
            .iter()
            .map(|(_, at)| text(row.cell(*at)).unwrap_or_default());
        lookup.add_record(row.record, found.into_iter(), meaning, texts);
    }
    refuse_ruined(path, &names, &long_ids)
}

fn position(path: &std::path::Path, columns: &Columns, name: &str) -> Result<usize, Refusal> {
    columns.position(name).ok_or_else(|| {
        Refusal::new(
            "lookup.column",
            text!(
                "{file}: there is no column `{name}`",
                file = path.display(),
                name
            ),
        )
        .because(text!(
            "columns of the file: {names}",
            names = columns.names().join(", ")
        ))
    })
}

/// A column is judged as a whole, so this is known only at its end.
fn refuse_ruined(
    path: &std::path::Path,
    names: &[&String],
    long_ids: &[LongIds],
) -> Result<(), Refusal> {
    for (name, ids) in names.iter().zip(long_ids) {
        if let Some((record, id)) = ids.ruined().next() {
            let words = Rule::DIGITS_LOST.words;
            return Err(Refusal::new(
                "lookup.digits-lost",
                text!(
                    "{file}: record {record}: {name} `{id}`: {words}",
                    file = path.display(),
                    record,
                    name,
                    id,
                    words
                ),
            )
            .because(text!(
                "its digits after the 15th are all 0, as in other ids of the column"
            ))
            .hint(text!(
                "correct the table: what was lost cannot be found again in it"
            )));
        }
    }
    Ok(())
}

fn text(cell: Cell<'_>) -> Result<&str, Text> {
    match cell {
        Cell::Absent => Ok(""),
        Cell::Text(text) | Cell::Number(text) => Ok(text),
        Cell::Unusable(_, rule) => Err(Text::plain(rule.words)),
        Cell::Date(_) | Cell::Bool(_) | Cell::Nested(_) => {
            Err(text!("a word must be text or a number"))
        }
    }
}

fn wrong_record(path: &std::path::Path, record: u64, why: impl Into<Text>) -> Refusal {
    let why = why.into();
    Refusal::new(
        "lookup.record",
        text!(
            "{file}: record {record}: {why}",
            file = path.display(),
            record,
            why
        ),
    )
    .hint(text!(
        "correct the table: a word that cannot be read would be unknown wherever it is used"
    ))
}
