//! The promises of the program, each as a test that runs the real program against a sandbox and has every trace of the run checked.

#![cfg(test)]

mod checking;
mod commands_typed;
mod completions;
mod editor_schema;
mod encodings;
mod exit_codes;
mod failure_file;
mod house;
mod one_document;
mod one_quota;
mod own_catalogue;
mod page;
mod plan_and_undo;
mod plan_shown;
mod preflight;
mod progress_line;
mod questions;
mod read_back;
mod readme;
mod refusals;
mod request_values;
mod rosters;
mod ruined_ids;
mod runs_and_reports;
mod samples;
mod second_round;
mod secrets;
mod sent_before;
mod shift_replies;
mod shipped_jobs;
mod starting;
mod support;
mod survival;
mod tenant_words;
mod the_checker;
mod thousand_rows;
mod two_languages;
mod words;
mod workbooks;
