//! `failure.xlsx` and `failure.csv` of a workbook are inputs of the same job: corrected as a person would, everything succeeds.

mod campaign;
mod cells;
mod month_end;
mod roster;
mod several_sheets;
mod to_correct;

use std::fs;

use crate::support::office::{Office, Sent};

/// Read, succeeded, failed, rejected of the two samples, as they ship.
const ROSTER_ITEMS: [u64; 4] = [1171, 1048, 30, 93];
const REPORT_ITEMS: [u64; 4] = [37, 34, 1, 2];

/// The roster sample with an ample limit for what is rejected, so that a failure report may be read again untouched.
fn roster() -> Office {
    tolerant(Office::shipped("shift-roster"))
}

fn report() -> Office {
    tolerant(Office::shipped("archive-report-monthly"))
}

fn tolerant(office: Office) -> Office {
    office.job(
        "[lookup.people]",
        "[limits]\nmax_rejected = 1000\n\n[lookup.people]",
    )
}

/// Reads a report of a run in the same job.
fn read_again(office: Office, sent: &Sent, name: &str) -> Office {
    fs::copy(sent.folder.join(name), office.path(name)).unwrap();
    office.input(name)
}

fn csv_text(header: &[String], records: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for record in std::iter::once(header).chain(records.iter().map(Vec::as_slice)) {
        writer.write_record(record).unwrap();
    }
    writer.into_inner().unwrap()
}

/// What `failure.csv` says of each cell: person, day, outcome and reason.
fn said_of_cells(sent: &Sent) -> Vec<[String; 4]> {
    let (header, records) = sent.failure_csv();
    let wanted = ["工号", "_column", "_outcome", "_reason"]
        .map(|name| header.iter().position(|other| other == name).unwrap());
    let line = |record: &Vec<String>| wanted.map(|at| record[at].clone());
    records.iter().map(line).collect()
}
