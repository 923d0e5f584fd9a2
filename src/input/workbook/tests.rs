//! calamine as a second opinion: each cell of each sheet of the workbooks that other programs made.

use std::fs::{self, File};
use std::path::Path;

use calamine::{Data, DataType as _, Reader as _, Xlsx, open_workbook};

use super::cells::Kind;
use super::container::Container;
use super::lines::Feed;
use super::package::Package;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/input/tests/producers");

#[test]
fn calamine_finds_the_same_in_each_cell() {
    let mut cells = 0;
    for entry in fs::read_dir(FOLDER).unwrap() {
        cells += compared(&entry.unwrap().path());
    }
    assert!(cells > 1000, "{cells}");
}

/// How many cells of a workbook are the same; others fail.
fn compared(path: &Path) -> usize {
    let name = path.display().to_string();
    let mut container = Container::open(&name, File::open(path).unwrap(), b"PK").unwrap();
    let package = Package::read(&mut container).unwrap();
    let feed = Feed::start(container, package.values).unwrap();
    let mut other: Xlsx<_> = open_workbook(path).unwrap();
    let mut cells = 0;
    for sheet in package.sheets.iter().filter(|sheet| sheet.has_cells) {
        let range = other.worksheet_range(&sheet.name).unwrap();
        let mut lines = feed.sheet(&sheet.part);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            for (column, kind, text) in line.cells() {
                let at = (line.row - 1, u32::try_from(column).unwrap());
                let theirs = range.get_value(at).unwrap_or(&Data::Empty);
                let place = format!(
                    "{name}: {} {at:?}: {kind:?} {text:?}, {theirs:?}",
                    sheet.name
                );
                assert!(is_same(kind, text, theirs), "{place}");
                seen.push(at);
            }
        }
        for (row, column, theirs) in range.used_cells() {
            let (top, left) = range.start().unwrap();
            let at = (
                top + u32::try_from(row).unwrap(),
                left + u32::try_from(column).unwrap(),
            );
            let is_blank = theirs
                .get_string()
                .is_some_and(|text| text.trim().is_empty());
            assert!(
                seen.contains(&at) || is_blank,
                "{name}: {} {at:?}: {theirs:?}",
                sheet.name
            );
        }
        cells += seen.len();
    }
    cells
}

fn is_same(kind: Kind, text: &str, theirs: &Data) -> bool {
    match theirs {
        Data::Empty => matches!(kind, Kind::Unusable(rule) if rule.name == "row.formula"),
        Data::String(theirs) => kind == Kind::Text && theirs == text,
        Data::Bool(theirs) => kind == Kind::Bool(*theirs),
        Data::Error(theirs) => matches!(kind, Kind::Unusable(_)) && theirs.to_string() == text,
        Data::Float(_) | Data::Int(_) => {
            let theirs = theirs.as_f64().unwrap();
            let is_percentage = text.ends_with('%');
            let ours: f64 = text.trim_end_matches('%').parse().unwrap();
            let ours = if is_percentage { ours / 100.0 } else { ours };
            (ours - theirs).abs() <= theirs.abs() * 1e-14
        }
        Data::DateTime(theirs) if theirs.is_duration() => {
            let seconds = (theirs.as_f64() * 86_400.0).round();
            let parts = [seconds / 3600.0, seconds / 60.0 % 60.0, seconds % 60.0];
            let [hours, minutes, seconds] = parts.map(|part| format!("{:02}", part.floor()));
            let shown = format!("{hours}:{minutes}:{seconds}");
            text == shown.strip_suffix(":00").unwrap_or(&shown)
        }
        Data::DateTime(theirs) => {
            let (year, month, day, hour, minute, second, _) = theirs.to_ymd_hms_milli();
            let clock = match second {
                0 => format!("{hour:02}:{minute:02}"),
                _ => format!("{hour:02}:{minute:02}:{second:02}"),
            };
            let day = format!("{year:04}-{month:02}-{day:02}");
            if matches!(kind, Kind::Date | Kind::Month) {
                text == day.replace('-', "") && clock == "00:00"
            } else if theirs.as_f64() < 1.0 {
                text == clock
            } else {
                text == format!("{day} {clock}")
            }
        }
        Data::DateTimeIso(theirs) | Data::DurationIso(theirs) => {
            let digits = |text: &str| {
                text.chars()
                    .filter(char::is_ascii_digit)
                    .collect::<String>()
            };
            digits(theirs).starts_with(&digits(text))
        }
    }
}
