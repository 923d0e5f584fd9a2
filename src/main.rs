//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    feishu_bulk::cli::main()
}
