//! Questions: asked on a terminal, answered by typing a number, and ended at once by Ctrl-C.

use std::io::{BufRead as _, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::console::ask;
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::text::Text;

/// Whether an answer is awaited: then Ctrl-C needs no word about calls.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Whether an answer is awaited just now.
pub(super) fn is_open() -> bool {
    IS_OPEN.load(Ordering::Relaxed)
}

/// Whether there is somebody to ask.
pub(super) fn can_be_asked() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and says whether the answer was this number. Ctrl-C is a refusal with its own exit code.
pub(super) fn answered_by(
    number: u64,
    question: &Text,
    runtime: &Runtime,
    control: &Control,
) -> Result<bool, Refusal> {
    IS_OPEN.store(true, Ordering::Relaxed);
    ask(question);
    let typed = runtime.block_on(async {
        tokio::select! {
            biased;
            () = control.stopping() => None,
            typed = line_typed() => Some(typed),
        }
    });
    let Some(typed) = typed else {
        // The question stands in the line still; it counts as open until the program has ended, which is at once.
        ask(&Text::from("\n"));
        return Err(
            Refusal::new("run.interrupted", text!("interrupted at the question"))
                .because(text!("nothing was sent"))
                .exit(Exit::Interrupted),
        );
    };
    IS_OPEN.store(false, Ordering::Relaxed);
    Ok(typed.trim() == number.to_string())
}

/// What is typed up to Enter; nothing where nothing can be read. Read on a thread of its own: it cannot be stopped, and whoever waits
/// for it may.
async fn line_typed() -> String {
    let (sender, typed) = oneshot::channel();
    let reader = std::thread::Builder::new().name("answer".to_owned());
    let started = reader.spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        // Nobody waits for it any more after Ctrl-C.
        let _ = sender.send(read.map(|_| line).unwrap_or_default());
    });
    match started {
        Ok(_) => typed.await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}
