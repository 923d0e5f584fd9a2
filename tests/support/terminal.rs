//! A terminal of a given width, by `script` of util-linux, and what stands on its screen.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

/// What a program wrote to a terminal.
pub(crate) struct Screen {
    columns: usize,
    /// Everything, with the movements of the cursor.
    pub(crate) written: String,
    /// What the program exited with.
    pub(crate) exit: Option<i32>,
}

/// A tool that a test needs. Where it is missing the test harness would show nothing, so it is said past it.
pub(crate) fn is_there(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        let loud = format!("\nDID NOT RUN: {tool} is not installed, what needs it is not tested\n");
        std::io::stderr().write_all(loud.as_bytes()).unwrap();
    }
    found
}

impl Screen {
    /// The program in a folder on a terminal of so many columns. When it has written `until`, `typed` is typed.
    pub(crate) fn of(
        folder: &Path,
        columns: usize,
        arguments: &[&str],
        until: &str,
        typed: &str,
    ) -> Self {
        Self::with(folder, columns, arguments, &[], &[(until, typed)])
    }

    /// The same in such an environment, with something typed at several moments.
    pub(crate) fn with(
        folder: &Path,
        columns: usize,
        arguments: &[&str],
        environment: &[(&str, String)],
        steps: &[(&str, &str)],
    ) -> Self {
        let program = env!("CARGO_BIN_EXE_feishu-bulk");
        // A run that nobody stops would wait for an hour.
        let command = format!(
            "stty cols {columns} rows 24; exec timeout --foreground 100 {program} {}",
            arguments.join(" ")
        );
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(folder)
            .env_remove("CI")
            .env_remove("NO_COLOR")
            .env("SHELL", "/bin/sh")
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("HOME", folder.join("home"))
            .env("TERM", "xterm")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut keyboard: Option<ChildStdin> = child.stdin.take();
        let mut output = child.stdout.take().unwrap();
        let mut written = Vec::new();
        let mut piece = [0; 4096];
        let (mut steps, mut seen) = (steps.iter(), 0);
        let mut step = steps.next();
        loop {
            let read = output.read(&mut piece).unwrap();
            if read == 0 {
                break;
            }
            written.extend_from_slice(&piece[..read]);
            if let Some((until, typed)) = step
                && let Some(at) = String::from_utf8_lossy(&written[seen..]).find(until)
            {
                seen += at + until.len();
                step = steps.next();
                let keyboard = keyboard.as_mut().unwrap();
                keyboard.write_all(typed.as_bytes()).unwrap();
                keyboard.flush().unwrap();
            }
        }
        drop(keyboard);
        let exit = child.wait().unwrap().code();
        let written = String::from_utf8(written).unwrap();
        assert!(step.is_none(), "{step:?} was never written: {written:?}");
        Self {
            columns,
            written,
            exit,
        }
    }

    /// Every stretch between two movements of the cursor, as it was written into one row.
    pub(crate) fn rows_written(&self) -> Vec<String> {
        let mut rows = vec![String::new()];
        self.each(|sign| match sign {
            Sign::Text(character) => rows.last_mut().unwrap().push(character),
            Sign::Return | Sign::Feed | Sign::Up(_) => rows.push(String::new()),
            Sign::EraseRow | Sign::EraseBelow | Sign::EraseRight => {}
        });
        rows.retain(|row| !row.is_empty());
        rows
    }

    /// What stands on the screen in the end; a row that is too long goes on in the next one.
    pub(crate) fn rows_left(&self) -> Vec<String> {
        let mut rows: Vec<Vec<char>> = vec![Vec::new()];
        let (mut row, mut column) = (0, 0);
        self.each(|sign| match sign {
            Sign::Text(character) => {
                if column >= self.columns {
                    (row, column) = (row + 1, 0);
                }
                if rows.len() <= row {
                    rows.resize(row + 1, Vec::new());
                }
                if rows[row].len() <= column {
                    rows[row].resize(column + 1, ' ');
                }
                rows[row][column] = character;
                column += 1;
            }
            Sign::Return => column = 0,
            Sign::Feed => {
                row += 1;
                if rows.len() <= row {
                    rows.resize(row + 1, Vec::new());
                }
            }
            Sign::Up(count) => row = row.saturating_sub(count),
            Sign::EraseRow => rows[row].clear(),
            Sign::EraseRight => rows[row].truncate(column),
            Sign::EraseBelow => {
                rows[row].truncate(column);
                rows.truncate(row + 1);
            }
        });
        let text = |row: Vec<char>| row.into_iter().collect::<String>().trim_end().to_owned();
        rows.into_iter().map(text).collect()
    }

    fn each(&self, mut take: impl FnMut(Sign)) {
        let mut rest = self.written.chars();
        while let Some(character) = rest.next() {
            match character {
                '\r' => take(Sign::Return),
                '\n' => take(Sign::Feed),
                '\u{1b}' => {
                    assert_eq!(rest.next(), Some('['), "a sequence that no test knows");
                    let mut number = String::new();
                    let end = loop {
                        match rest.next().unwrap() {
                            digit if digit.is_ascii_digit() || digit == ';' => number.push(digit),
                            end => break end,
                        }
                    };
                    match end {
                        'm' => {}
                        'A' => take(Sign::Up(number.parse().unwrap_or(1))),
                        'K' if number == "2" => take(Sign::EraseRow),
                        'K' => take(Sign::EraseRight),
                        'J' => take(Sign::EraseBelow),
                        other => panic!("a sequence that no test knows: {number}{other}"),
                    }
                }
                character => take(Sign::Text(character)),
            }
        }
    }
}

/// What a terminal is told.
enum Sign {
    Text(char),
    Return,
    Feed,
    Up(usize),
    EraseRow,
    EraseRight,
    EraseBelow,
}
