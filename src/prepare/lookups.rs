//! The lookups of a job, read in full before its input: every word of it is then known or unknown for good.

use super::{options, words};
use crate::error::Refusal;
use crate::input::{HeaderRule, Input, InputOptions, Reading};
use crate::job::{Job, LookupRule, LookupTable, Tidy};
use crate::lookup::{Lookup, Lookups, Said};
use crate::mapping::{Tidier, only_an_example};
use crate::model::{Cell, Columns, Row, is_placeholder};

/// Words of one lookup held in memory: whole companies have fewer people by far.
const WORDS_MAX: usize = 2_000_000;

/// Reads what the job's words stand for, and checks that each of them stands for one thing.
pub(super) fn load(job: &Job) -> Result<Lookups, Refusal> {
    words::check_given(job)?;
    let load_one = |rule: &LookupRule| {
        let mut lookup = Lookup::new(&rule.name);
        for (word, value) in &rule.words {
            lookup.add(word, value, Said::InJob);
        }
        if let Some(table) = &rule.table {
            read(job, table, &mut lookup).map_err(|refusal| {
                refusal.because(format!("in [lookup.{}] of the job {}", rule.name, job.name))
            })?;
        }
        Ok(lookup)
    };
    let lookups: Result<Vec<Lookup>, Refusal> = job.lookups.iter().map(load_one).collect();
    let lookups = Lookups(lookups?);
    words::check_meanings(job, &lookups)?;
    Ok(lookups)
}

/// The columns of a table that the job's input may repeat without sending them: names beside ids, which must agree.
fn repeated(job: &Job, columns: &Columns) -> Vec<(String, usize)> {
    let names = columns.names().iter().enumerate();
    names
        .filter(|(_, name)| job.input.ignore.contains(name))
        .map(|(at, name)| (name.clone(), at))
        .collect()
}

/// Reads a table of words. It is tidied as the input is, so that a word and what it is compared with look alike.
fn read(job: &Job, table: &LookupTable, lookup: &mut Lookup) -> Result<(), Refusal> {
    let path = &table.file;
    let names = table.keys.iter().chain([&table.value]);
    let mut input = Input::open(
        path,
        &InputOptions {
            sheet: table.sheet.clone(),
            header: HeaderRule {
                names: names.cloned().collect(),
                ..HeaderRule::default()
            },
            format: None,
            delimiter: None,
            ..options(job)
        },
    )?;
    let trim = Tidy {
        empty: Vec::new(),
        ..job.input.tidy.clone()
    };
    let mut tidier = Tidier::new(&trim);
    let mut row = Row::default();
    let mut words = 0;
    let beside = repeated(job, input.columns());
    lookup.keep(beside.iter().map(|(name, _)| name.clone()).collect());
    loop {
        let position = |name: &str| {
            input.columns().position(name).ok_or_else(|| {
                Refusal::new(
                    "lookup.column",
                    format!("{}: there is no column `{name}`", path.display()),
                )
                .because(format!(
                    "columns of the file: {}",
                    input.columns().names().join(", ")
                ))
            })
        };
        let keys: Vec<usize> = table
            .keys
            .iter()
            .map(|key| position(key))
            .collect::<Result<_, _>>()?;
        let value = position(&table.value)?;
        match input.read(&mut row)? {
            Reading::End => return Ok(()),
            Reading::Unreadable(rejection) => {
                return Err(wrong_record(path, row.record, &rejection.sentence()));
            }
            Reading::Row => {}
        }
        let mut columns = keys.clone();
        columns.push(value);
        tidier.tidy(&mut row, &columns);
        let meaning = text(row.cell(value)).map_err(|why| wrong_record(path, row.record, why))?;
        let mut found = Vec::new();
        for key in keys {
            let word = text(row.cell(key)).map_err(|why| wrong_record(path, row.record, why))?;
            if word.is_empty() {
                continue;
            }
            if meaning.is_empty() {
                let why = format!("`{word}` stands for nothing: `{}` is empty", table.value);
                return Err(wrong_record(path, row.record, &why));
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
                    format!("{}: more than {WORDS_MAX} words", path.display()),
                ));
            }
        }
        let texts = beside
            .iter()
            .map(|(_, at)| text(row.cell(*at)).unwrap_or_default());
        lookup.add_record(row.record, found.into_iter(), meaning, texts);
    }
}

fn text(cell: Cell<'_>) -> Result<&str, &'static str> {
    match cell {
        Cell::Absent => Ok(""),
        Cell::Text(text) | Cell::Number(text) => Ok(text),
        Cell::Unusable(_, rule) => Err(rule.words),
        Cell::Date(_) | Cell::Bool(_) | Cell::Nested(_) => Err("a word must be text or a number"),
    }
}

fn wrong_record(path: &std::path::Path, record: u64, why: &str) -> Refusal {
    Refusal::new(
        "lookup.record",
        format!("{}: record {record}: {why}", path.display()),
    )
    .hint("correct the table: a word that cannot be read would be unknown wherever it is used")
}
