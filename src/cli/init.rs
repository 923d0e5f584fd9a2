//! `init`: a job file to start from, with a workbook to fill or for a file that the user has.

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use super::args::InitCommand;
use super::endpoints;
use crate::command_line::CommandLine;
use crate::console::say;
use crate::endpoint::{Endpoint, catalogue};
use crate::error::{Exit, Refusal};
use crate::input::{Discovery, HeaderRule, Input, InputFormat, InputOptions, Reading, WHICH_SHEET};
use crate::model::{Head, Row};
use crate::roster::{self, SaidMonth, YearMonth};
use crate::template::{Proposal, RosterSheet, Rows, Seen, anchors, job_text, workbook};

/// Records that are looked at: JSONL has no header, and a key that none of so many has is rare; so is a word of a roster.
const RECORDS_MAX: usize = 10_000;

pub(super) fn execute(command: &InitCommand) -> Result<Exit, Refusal> {
    let endpoint = endpoints::endpoint(&command.endpoint)?;
    let name = name_of(command, &endpoint)?;
    fs::create_dir_all(&command.out).map_err(|error| cannot_write(&command.out, &error))?;
    let job = command.out.join(format!("{name}.toml"));
    let word = match catalogue::document(&command.endpoint) {
        Ok(_) => command.endpoint.clone(),
        Err(_) => relative(Path::new(&command.endpoint), &command.out)?,
    };
    if let Some(month) = &command.roster {
        let sheet = RosterSheet::new(&endpoint, month)?;
        let columns = sheet.columns();
        let options = InputOptions {
            sheet: Some(sheet.sheet()),
            ..InputOptions::default()
        };
        let rows = Rows::Own {
            file: &format!("{name}.xlsx"),
            options: &options,
            proposal: &Proposal::new(&endpoint, &columns, &Seen::default()),
            month: None,
        };
        let text = job_text(&name, &endpoint, &word, &rows)?;
        let roster = command.out.join(format!("{name}.xlsx"));
        refuse_existing(&job)?;
        write_new(&roster, &sheet.workbook()?)?;
        write_new(&job, text.as_bytes())?;
        say(&text!(
            "wrote {roster}: give each person a row, and each day a word",
            roster = roster.display()
        ));
        say(&text!(
            "wrote {job}: say what the words stand for, and give what is missing",
            job = job.display()
        ));
    } else if let Some(file) = &command.from {
        let (columns, options, seen, month) =
            columns_of(file, command.sheet.as_deref(), &endpoint)?;
        let rows = Rows::Own {
            file: &relative(file, &command.out)?,
            options: &options,
            proposal: &Proposal::new(&endpoint, &columns, &seen),
            month,
        };
        write_new(&job, job_text(&name, &endpoint, &word, &rows)?.as_bytes())?;
        say(&text!(
            "wrote {job}: check what it proposes, and give what is missing",
            job = job.display()
        ));
    } else {
        let template = command.out.join(format!("{name}.xlsx"));
        let rows = Rows::Template {
            file: &format!("{name}.xlsx"),
        };
        let text = job_text(&name, &endpoint, &word, &rows)?;
        refuse_existing(&job)?;
        write_new(&template, &workbook(&endpoint)?)?;
        write_new(&job, text.as_bytes())?;
        say(&text!(
            "wrote {template}: fill its first sheet; the second one explains the columns",
            template = template.display()
        ));
        say(&text!("wrote {job}", job = job.display()));
    }
    let job = job.display().to_string();
    say(&text!(
        "next: {command}",
        command = CommandLine::new("check").word(&job)
    ));
    Ok(Exit::Success)
}

/// The name of what is written: as typed, else the file's, else the endpoint's method.
fn name_of(command: &InitCommand, endpoint: &Endpoint) -> Result<String, Refusal> {
    let Some(name) = &command.name else {
        let stem = command.from.as_ref().and_then(|file| file.file_stem());
        return Ok(match stem {
            Some(stem) => stem.to_string_lossy().into_owned(),
            None => match endpoint.name.split_once('.') {
                Some((_, method)) => method.replace('.', "-"),
                None => endpoint.name.clone(),
            },
        });
    };
    let parts: Vec<Component<'_>> = Path::new(name).components().collect();
    if !matches!(parts.as_slice(), [Component::Normal(part)] if *part == name.as_str()) {
        return Err(Refusal::new(
            "command.name",
            text!("--name {name}: this is a path, not a name", name),
        )
        .hint(text!("--out DIR says where to write")));
    }
    Ok(name.clone())
}

/// The columns of a file, of JSONL the keys of its first records, what a job has to say so that it is read like this, and its
/// month.
fn columns_of(
    file: &Path,
    sheet: Option<&str>,
    endpoint: &Endpoint,
) -> Result<(Vec<String>, InputOptions, Seen, Option<YearMonth>), Refusal> {
    let known = InputOptions {
        sheet: sheet.map(str::to_owned),
        header: HeaderRule {
            is_weekdays: Some(roster::is_weekdays),
            ..HeaderRule::default()
        },
        ..InputOptions::default()
    };
    // Title lines may stand above the header, and other sheets beside the one with the rows.
    let titles: Vec<&str> = anchors(endpoint).collect();
    let Discovery { input, options } =
        Discovery::open(file, &titles, &known).map_err(|mut refusal| {
            if refusal.hint.as_deref() == Some(&WHICH_SHEET) {
                refusal = refusal.hint(text!("say which one is meant: --sheet NAME"));
            }
            refusal
        })?;
    if let Some(encoding) = &options.encoding {
        say(&text!(
            "note: the file seems to be {encoding}: check that the titles in the job are right",
            encoding
        ));
    }
    let month = month_of(file, input.head());
    let (columns, seen) = look_into(file, input, &options)?;
    Ok((columns, options, seen, month))
}

/// The columns of a file that was opened, and what its cells look like. Its first record may have been read, so all but JSONL, which
/// has no header, is read anew.
fn look_into(
    file: &Path,
    mut input: Input,
    options: &InputOptions,
) -> Result<(Vec<String>, Seen), Refusal> {
    let mut seen = Seen::default();
    let mut row = Row::default();
    let is_jsonl = input.format() == InputFormat::Jsonl;
    if !is_jsonl {
        let mut options = options.clone();
        options.header.names = input.columns().names().to_vec();
        input = match Input::open(file, &options) {
            Ok(again) => again,
            Err(_) => return Ok((options.header.names, seen)),
        };
    }
    for _ in 0..RECORDS_MAX {
        match input.read(&mut row) {
            Ok(Reading::Row) => seen.note(&row, input.columns().len()),
            Ok(Reading::Unreadable(_)) => {}
            Err(refusal) if is_jsonl => return Err(refusal),
            // The header is enough for a proposal, and `check` tells what is wrong with the rows.
            Ok(Reading::End) | Err(_) => break,
        }
    }
    Ok((input.columns().names().to_vec(), seen))
}

/// The month that titles, the sheet's name and the file's name agree on.
fn month_of(file: &Path, head: &Head) -> Option<YearMonth> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut said = SaidMonth::around(head);
    said.extend(SaidMonth::in_file_name(&stem));
    let month = said.iter().find_map(SaidMonth::month)?;
    said.iter().all(|said| said.allows(month)).then_some(month)
}

/// A path as a file in `folder` names it: with `/`, and from the folder where there is a way.
fn relative(file: &Path, folder: &Path) -> Result<String, Refusal> {
    let absolute = |path: &Path| {
        path.canonicalize().map_err(|error| {
            Refusal::new(
                "command.path",
                text!("{path}: cannot be found", path = path.display()),
            )
            .because(error.to_string())
        })
    };
    let (file, folder) = (absolute(file)?, absolute(folder)?);
    let shared = file
        .components()
        .zip(folder.components())
        .take_while(|(one, other)| one == other)
        .count();
    if shared == 0 {
        return Ok(file.display().to_string());
    }
    let up = folder
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(file.components().skip(shared)).collect();
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    Ok(parts.join("/"))
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    refuse_existing(path)?;
    fs::File::create_new(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| cannot_write(path, &error))
}

/// Somebody's file is never overwritten.
fn refuse_existing(path: &Path) -> Result<(), Refusal> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Refusal::new(
        "command.exists",
        text!("{path} is there already", path = path.display()),
    )
    .because(text!("nothing was written over it"))
    .hint(text!(
        "choose another name with --name, or another folder with --out"
    )))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::new(
        "command.write",
        text!("{path}: cannot be written", path = path.display()),
    )
    .because(error.to_string())
}
