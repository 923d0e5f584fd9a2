//! The promises of the program, each as a test that runs the real program against a sandbox and has every trace of the run checked.

#![cfg(test)]

mod shipped_jobs;
mod support;
mod the_checker;
