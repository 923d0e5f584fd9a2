//! The table that is measured: an archive report with three field codes, the same bytes whenever it is written.
//!
//! As in exports, one row in a thousand has a cell that needs quotes, and one in twenty holds Chinese text.

use std::path::Path;

/// The job that sends it.
pub(crate) const JOB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/jobs/archive-report.toml");

/// Its header.
pub(crate) const COLUMNS: [&str; 6] = [
    "member_id",
    "start_time",
    "end_time",
    "abd754f7",
    "c1d2e3f4",
    "9f8e7d6c",
];

/// Writes it as CSV.
pub(crate) fn write_csv(path: &Path, rows: u64) -> csv::Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(COLUMNS)?;
    for row in 0..rows {
        writer.write_record(cells(row))?;
    }
    Ok(writer.flush()?)
}

/// The cells of a row. No two rows have the same member.
pub(crate) fn cells(row: u64) -> [String; 6] {
    let draw = scattered(row);
    let hundredths = |from: u64, span: u64, draw: u64| {
        let number = from + draw % span;
        format!("{}.{:02}", number / 100, number % 100)
    };
    let remark = match draw % 1000 {
        0 => "a \"b\", c\nd".to_owned(),
        1..11 => "正常出勤".to_owned(),
        11..21 => "事假".to_owned(),
        21..31 => "病假".to_owned(),
        31..41 => "外勤".to_owned(),
        41..51 => "加班".to_owned(),
        _ => format!("note-{:05}-x", row % 100_000),
    };
    [
        format!("u{row:08}{:06x}", draw >> 40),
        "20261001".to_owned(),
        "20261031".to_owned(),
        hundredths(8_000, 12_000, draw >> 10),
        hundredths(0, 1_000, draw >> 24),
        remark,
    ]
}

/// A number without an apparent pattern (`SplitMix64`).
fn scattered(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
