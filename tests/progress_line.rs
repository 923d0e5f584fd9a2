//! The progress line on a real terminal: it fits, and nothing of it stays behind.

#![cfg(target_os = "linux")]

use crate::support::Bench;
use crate::support::terminal::{Screen, is_there};

/// A run that sends one batch and then waits for its quota, until Ctrl-C is typed.
fn interrupted(columns: usize) -> Screen {
    let bench = Bench::new("shift-schedule");
    let job = bench.job_file();
    let arguments = ["run", &job, "--sandbox", "--quota", "1/3600s"];
    Screen::of(&bench.path(""), columns, &arguments, "9 of 359", "\u{3}")
}

#[test]
fn the_line_fits_into_terminals_of_five_widths_and_is_gone_after_ctrl_c() {
    if !is_there("script") {
        return;
    }
    for columns in [40, 60, 80, 100, 140] {
        let screen = interrupted(columns);
        let rows = screen.rows_written();
        let lines: Vec<&String> = rows.iter().filter(|row| row.contains("9 of 359")).collect();
        assert!(!lines.is_empty());
        for line in lines {
            // The last column is free, also behind the echo of Ctrl-C.
            assert!(line.chars().count() < columns, "{columns}: {line}");
            assert!(line.starts_with("sending "), "{columns}: {line}");
        }
        let left = screen.rows_left();
        // Words that are longer than a row go on in the next one.
        let words = left.concat().replace(' ', "");
        for said in ["stopping:nofurthercall", ":6of366items"] {
            assert!(words.contains(said), "{columns}: {left:#?}");
        }
        for scrap in ["sending ", "9 of 359", "==", "--"] {
            let rows = left.iter().filter(|row| !row.starts_with("next: "));
            let found: Vec<&String> = rows.filter(|row| row.contains(scrap)).collect();
            assert!(found.is_empty(), "{columns}: {scrap} stays in {found:?}");
        }
    }
}
