//! An endpoint that the program does not ship is a file away.

use std::fs;

use crate::support::bench::PACKAGE;
use crate::support::{Bench, Table};

/// The catalogue file of deleting punches, changed, as a file beside the job.
fn bench(change: impl FnOnce(&str) -> String) -> Bench {
    let file = format!("{PACKAGE}/jobs/endpoints/attendance.user_flows.batch_del.toml");
    let text = fs::read_to_string(file).unwrap();
    let table = (0..20).fold(Table::new(&["record_id"]), |table, row| {
        table.row([format!("67{row:04}")])
    });
    let bench = Bench::new("delete-punches")
        .job(|job| {
            job.replace(
                "\"attendance.user_flows.batch_del\"",
                "\"own.punches.toml\"",
            )
            .replace("ignore", "# ignore")
        })
        .rows(&table)
        .unpaced();
    fs::write(bench.path("jobs/own.punches.toml"), change(&text)).unwrap();
    bench
}

#[test]
fn a_catalogue_file_given_by_its_path_works_like_a_shipped_one() {
    let bench = bench(|text| text.replace("max   = 10", "max   = 7"));
    let ran = bench.run().checked();
    assert_eq!((ran.said.exit, ran.calls), (0, 3), "{}", ran.said.stderr);
    assert_eq!(ran.summary()["endpoint"], "own.punches");
    // What it says is kept with the run: the file may change or go.
    fs::remove_file(bench.path("jobs/own.punches.toml")).unwrap();
    assert_eq!(bench.feishu(&["report", "last"]).exit, 0);
}

#[test]
fn a_mistake_in_it_is_shown_at_its_place() {
    let bench = bench(|text| text.replace("max   = 10", "maxx  = 10"));
    let ran = bench.run();
    let said = ran.refused();
    assert!(said.contains("own.punches.toml:"), "{said}");
    assert!(
        said.contains("maxx  = 10") && said.contains("^^^^") && said.contains("`max`"),
        "{said}"
    );
}
