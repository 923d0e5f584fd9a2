//! The completion scripts in the shells that load them. A shell that is not installed is named, so that nobody takes silence for a
//! test.

use std::path::PathBuf;
use std::process::Command;

use crate::support::Bench;
use crate::support::terminal::is_there;

/// A shell with the script for it, or nothing and a loud word.
struct Shell {
    name: &'static str,
    bench: Bench,
    script: PathBuf,
}

impl Shell {
    fn find(name: &'static str) -> Option<Self> {
        if !is_there(name) {
            return None;
        }
        let bench = Bench::new("shift-schedule");
        let said = bench.feishu(&["completions", name]);
        assert_eq!((said.exit, said.stderr.as_str()), (0, ""));
        // zsh finds the script by its name.
        let script = bench.path("_feishu-bulk");
        std::fs::write(&script, said.stdout).unwrap();
        Some(Self {
            name,
            bench,
            script,
        })
    }

    /// What a shell prints for a text of its own.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = Command::new(self.name)
            .args(arguments)
            .env("SCRIPT", &self.script)
            .env("HOME", self.bench.path(""))
            .env("TERM", "dumb")
            .current_dir(self.bench.path(""))
            .output()
            .unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Each of these lines can be completed to each of these words.
    fn completes(&self, offered: impl Fn(&str) -> String) {
        // clap_complete gives fish no words of arguments without a name.
        let bare: &[(&str, &[&str])] = match self.name {
            "fish" => &[],
            _ => &[
                ("feishu-bulk schema ", &["job", "endpoint"]),
                ("feishu-bulk completions ", &["bash", "zsh", "fish"]),
            ],
        };
        let named: &[(&str, &[&str])] = &[
            ("feishu-bulk re", &["resume", "rerun", "report"]),
            ("feishu-bulk run --sa", &["--sandbox"]),
            ("feishu-bulk check --al", &["--all"]),
            ("feishu-bulk rerun --unc", &["--unconfirmed"]),
            ("feishu-bulk runs --log-f", &["--log-format"]),
            (
                "feishu-bulk run --log-level ",
                &["error", "warn", "info", "debug"],
            ),
            ("feishu-bulk check --log-format ", &["text", "json"]),
            ("feishu-bulk run jobs/shift-sch", &["shift-schedule.toml"]),
        ];
        for (line, words) in named.iter().chain(bare) {
            let text = offered(line);
            for word in *words {
                assert!(
                    text.contains(word),
                    "{} offers no {word} for `{line}`: {text}",
                    self.name
                );
            }
        }
    }
}

#[test]
fn bash_completes_commands_options_and_values() {
    let Some(bash) = Shell::find("bash") else {
        return;
    };
    // What the Tab key does: the function is asked, and where it knows nothing the shell offers files.
    let program = r#"
        source "$SCRIPT"
        read -ra COMP_WORDS <<<"$1"
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        function=$(complete -p feishu-bulk | sed -E 's/.*-F ([^ ]+).*/\1/')
        $function feishu-bulk "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    bash.completes(|line| bash.prints(&["--norc", "-c", program, "bash", line]));
}

#[test]
fn fish_completes_commands_options_and_values() {
    let Some(fish) = Shell::find("fish") else {
        return;
    };
    let program = r#"source "$SCRIPT"; complete --do-complete "$argv[1]""#;
    fish.completes(|line| fish.prints(&["--no-config", "-c", program, line]));
}

#[test]
fn zsh_completes_commands_options_and_values() {
    let Some(zsh) = Shell::find("zsh") else {
        return;
    };
    // The Tab key in a shell of its own. `zpty -r` with a pattern waits: for the prompt, because before it a Tab is a mere character,
    // and for the word behind the list.
    let program = r#"
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "fpath=(${SCRIPT:h} \$fpath); autoload -U compinit; compinit -u -D; stty columns 200; PS1='rea''dy> '"
        zpty -r shell before '*ready> *'
        zpty -w -n shell "$1"$'\t'
        zpty -w shell $'\x15echo do""ne'
        zpty -r shell offered '*done*'
        print -r -- "$offered"
    "#;
    zsh.completes(|line| zsh.prints(&["-f", "-c", program, "zsh", line]));
}
