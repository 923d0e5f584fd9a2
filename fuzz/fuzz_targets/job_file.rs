//! Any text as a job file, with or without a secret in it.
//!
//! Promises: it is a job or a refusal that names the file and shows no secret; a job has a source for every value and field
//! of its endpoint, and limits within its endpoint's.

#![no_main]

mod secret;
mod toml_text;

use std::io::Write;

use arbitrary::Arbitrary;
use feishu_bulk::error::Exit;
use feishu_bulk::job::{Limit, load};
use libfuzzer_sys::fuzz_target;

use secret::Secret;
use toml_text::Text;

/// The text comes last, so a seed is `::00000` and then the file.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    secret: Secret,
    set: Option<(&'a str, &'a str)>,
    text: Text<'a>,
}

const SHIPPED: [&str; 5] = [
    include_str!("../../jobs/archive-report.toml"),
    include_str!("../../jobs/delete-plan-rows.toml"),
    include_str!("../../jobs/delete-punches.toml"),
    include_str!("../../jobs/delete-records.toml"),
    include_str!("../../jobs/shift-schedule.toml"),
];

fuzz_target!(|input: Input<'_>| {
    let text = input.text.written(&SHIPPED);
    // The fuzzer learns the secret and writes it where nobody could know it for one.
    let set = input.set.unwrap_or_default();
    if [text.as_str(), set.0, set.1].into_iter().any(Secret::is_in) {
        return;
    }
    let text = input.secret.put_into(&text);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fuzzed.toml");
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(text.as_bytes())
        .expect("the file is written");
    let set = input
        .set
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let set: Vec<(String, String)> = set.into_iter().collect();
    match load(&path, &set) {
        Ok(job) => {
            assert_eq!(job.name, "fuzzed");
            assert_eq!(job.request.len(), job.endpoint.request.len());
            assert_eq!(job.item.len(), job.endpoint.items.shape.fields().len());
            let most = 1..=job.endpoint.items.max;
            assert!(job.limits.items_max.is_none_or(|max| most.contains(&max)));
            for limit in [job.limits.rejected, job.limits.failed] {
                assert!(!matches!(limit, Limit::Percent(share) if !(0.0..=100.0).contains(&share)));
            }
        }
        Err(refusal) => {
            let text = refusal.to_string();
            assert_eq!(refusal.exit, Exit::Refused);
            assert!(text.contains(".toml") || text.contains("--set"), "{text}");
            assert!(!Secret::is_in(&text), "{text}");
        }
    }
});
