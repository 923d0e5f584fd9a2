//! A workbook to fill for a job that there is: its columns and nothing else.
//!
//! It is made from the job alone, so a job that reads one file reads this one; where days are columns, there is one for each day that
//! a month can have, and the month is said by whoever fills it.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::error::Refusal;
use crate::job::Job;
use crate::mapping::names_for_header;

use super::workbook::{TEXT_FORMAT, cannot_be_made};

/// Days of the longest month.
const DAYS: u32 = 31;
const WIDTH_CHARS: u32 = 14;
const DAY_WIDTH_CHARS: u32 = 6;

/// The bytes of a workbook (.xlsx) with the columns of a job; none where the job's header has two lines: how its titles stand over each
/// other is known from a file only.
pub fn blank(job: &Job) -> Result<Option<Vec<u8>>, Refusal> {
    if job.input.header_lines > 1 {
        return Ok(None);
    }
    let mut workbook = Workbook::new();
    write(workbook.add_worksheet(), job)
        .and_then(|()| workbook.save_to_buffer())
        .map(Some)
        .map_err(|error| cannot_be_made(&error))
}

fn write(sheet: &mut Worksheet, job: &Job) -> Result<(), XlsxError> {
    // Every cell is text: an id keeps its digits.
    let text = Format::new().set_num_format_index(TEXT_FORMAT);
    let header = text.clone().set_bold();
    if let Some(name) = &job.input.sheet {
        sheet.set_name(name)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let mut titles: Vec<(String, u32)> = Vec::new();
    for name in names_for_header(job)
        .into_iter()
        .chain(job.input.ignore.clone())
    {
        if !titles.iter().any(|(known, _)| *known == name) {
            titles.push((name, WIDTH_CHARS));
        }
    }
    if job.input.unpivot.is_some() {
        titles.extend((1..=DAYS).map(|day| (day.to_string(), DAY_WIDTH_CHARS)));
    }
    for (column, (title, width)) in (0..).zip(&titles) {
        sheet
            .set_column_format(column, &text)?
            .set_column_width(column, *width)?
            .write_string_with_format(0, column, title, &header)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Ask;
    use crate::prepare::columns_used;

    #[test]
    fn each_job_that_ships_reads_its_own_blank_workbook() {
        let jobs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blank.xlsx");
        let mut seen = 0;
        for entry in std::fs::read_dir(jobs).unwrap() {
            let file = entry.unwrap().path();
            if !file.is_file() {
                continue;
            }
            let job = crate::job::read(&file, &[]).unwrap();
            let Some(bytes) = blank(&job).unwrap() else {
                assert_eq!(job.input.header_lines, 2, "{}", job.name);
                continue;
            };
            std::fs::write(&path, bytes).unwrap();
            match columns_used(&job, &path) {
                Ok(columns) => assert!(!columns.is_empty(), "{}", job.name),
                // What is missing is said by whoever fills it.
                Err(refusal) => assert!(
                    matches!(refusal.ask.as_deref(), Some(Ask::Month { .. })),
                    "{}: {refusal}",
                    job.name
                ),
            }
            seen += 1;
        }
        assert!(seen >= 6, "only {seen} jobs were found");
    }
}
