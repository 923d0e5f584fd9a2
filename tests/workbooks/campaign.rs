//! `LibreOffice` opens and saves the failure reports. `cargo test --test promises -- --ignored campaign_office`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cells::{HOSTILE, JOB, hostile};
use super::{report, roster};
use crate::support::office::{Office, read_csv};
use crate::support::sheet::Grid;

#[test]
#[ignore = "needs LibreOffice"]
fn campaign_office_a_failure_xlsx_that_was_opened_and_saved_holds_the_same_texts() {
    // An escape written out is the one text that LibreOffice itself takes for what it stands for.
    let values = HOSTILE.iter().filter(|value| **value != "_x005F_x000D_");
    let office = Office::new(JOB).sheets(&[hostile(values)]);
    let sent = office.send(&[]);
    let failure = sent.folder.join("failure.xlsx");
    let written = Grid::of_texts(&failure);
    // Reading it asserts that no cell has become a formula or a number.
    let saved = converted(&office, &failure, "xlsx", WORKBOOK);
    assert_eq!(Grid::of_texts(&saved), written);
    let saved = fs::read_to_string(converted(&office, &failure, "csv", TEXT)).unwrap();
    let (header, records) = read_csv(&saved);
    assert_eq!(header, written.rows[0]);
    assert_eq!(records, written.rows[1..]);
}

#[test]
#[ignore = "needs LibreOffice"]
fn campaign_office_a_failure_csv_that_lost_its_zeros_there_sends_nothing() {
    let office = roster();
    let sent = office.send(&[]);
    let failure = sent.folder.join("failure.csv");
    let saved = converted(&office, &failure, "csv", TEXT);
    let office = office.input(saved.to_str().unwrap());
    // 0059 has become 59, which nobody is.
    assert_eq!(office.send(&[]).items, [123, 0, 0, 123]);
}

#[test]
#[ignore = "needs LibreOffice"]
fn campaign_office_what_it_saved_runs_in_the_same_job() {
    for (office, again) in [(roster(), [123, 0, 30, 93]), (report(), [3, 0, 1, 2])] {
        let sent = office.send(&[]);
        let saved = converted(&office, &sent.folder.join("failure.xlsx"), "xlsx", WORKBOOK);
        let office = office.input(saved.to_str().unwrap());
        assert_eq!(office.send(&[]).items, again);
    }
}

/// Formats as `LibreOffice` names them. CSV: commas, quotes where needed, UTF-8, cells as they are shown.
const WORKBOOK: &str = "xlsx:Calc MS Excel 2007 XML";
const TEXT: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false";
/// How it reads CSV: as it proposes to somebody who opens the file, in UTF-8.
const READ_TEXT: &str = "--infilter=Text - txt - csv (StarCalc):44,34,76,1";

/// Opens a file with `LibreOffice` and saves it beside the others of the office.
fn converted(office: &Office, file: &Path, extension: &str, format: &str) -> PathBuf {
    let folder = office.path("saved");
    let profile = office.path("profile");
    let saved = Command::new("soffice")
        .arg(format!(
            "-env:UserInstallation=file://{}",
            profile.display()
        ))
        .args(file.ends_with("failure.csv").then_some(READ_TEXT))
        .args(["--headless", "--convert-to", format, "--outdir"])
        .args([&folder, file])
        .output();
    let saved = saved.expect("LibreOffice is needed for this campaign: there is no `soffice` here");
    assert!(saved.status.success(), "{saved:?}");
    folder
        .join(file.file_name().unwrap())
        .with_extension(extension)
}
