//! The local page: what the commands give, in a browser of this machine.
//!
//! It parses what the browser sends, asks the work and shows what it returns; nothing is decided here that the command line would
//! decide otherwise. It listens on 127.0.0.1 alone, and lets in who has the one-time code that the terminal shows. It knows no
//! endpoint by name.

mod answer;
mod check_shown;
mod draft;
mod drafts;
mod events;
mod files;
mod guard;
mod instance;
mod program;
mod requests;
mod routes;
mod run_shown;
mod runs;
mod send;
mod serve;
mod session;
mod settings;
mod sheet;
mod view;

pub use self::program::Options;
pub use self::settings::Environment;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use self::instance::{Address, Instance};
use self::program::Program;
use crate::control::Control;
use crate::error::{Exit, Refusal};

/// How often it is looked whether anybody uses the page.
const IDLE_LOOK: Duration = Duration::from_mins(1);
/// After the end was chosen, the page that says so is still given.
const LAST_ANSWERS: Duration = Duration::from_millis(500);
const KEY_BYTES: usize = 32;

/// A page that is being served.
pub struct Page {
    program: Arc<Program>,
    instance: Instance,
    listener: TcpListener,
    /// The link that lets a browser in, once.
    pub link: String,
}

/// What a start came to.
pub enum Opened {
    /// This program serves the page.
    Here(Page),
    /// Another one does, and gave a link.
    There(String),
}

/// Opens the page, or asks the program that serves it already for a link.
pub async fn open(options: &Options, control: &Control) -> Result<Opened, Refusal> {
    let Some(instance) = Instance::claim(&options.runs)? else {
        return Ok(Opened::There(instance::ask_again(&options.runs)?));
    };
    let failed = |error: std::io::Error| {
        Refusal::new("page.port", text!("the page cannot listen on 127.0.0.1"))
            .because(error.to_string())
            .hint(text!("leave --port out to take a free port"))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let listener = listener.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let key = session::secret::<KEY_BYTES>()?;
    let host = format!("127.0.0.1:{port}");
    let program = Program::new(options, host, key.clone(), control.clone())?;
    instance.announce(&Address {
        port,
        process: std::process::id(),
        key,
    })?;
    let code = program.sessions().new_code(program.now())?;
    Ok(Opened::Here(Page {
        program: Arc::new(program),
        instance,
        listener,
        link: instance::link(port, &code),
    }))
}

impl Page {
    /// Serves until the program is to end: *Quit*, an order to stop, or two hours in which nobody used it and nothing was sent.
    /// Runs under way are stopped in order. Returns the exit code.
    pub async fn serve(self) -> Exit {
        let program = self.program;
        let accepting = tokio::spawn(serve::accept(self.listener, Arc::clone(&program)));
        tokio::select! {
            () = program.control.stopping() => {}
            () = idle(&program) => {}
        }
        let had_runs = !program.runs.all_underway().is_empty();
        tokio::select! {
            () = program.runs.stop_all() => {}
            () = program.control.aborted() => {
                // Asked twice: the calls that are out are given up.
                for run in program.runs.all_underway() {
                    run.stop(true);
                }
                program.runs.stop_all().await;
            }
        }
        // Whoever chose *Quit* still gets the answer.
        tokio::time::sleep(LAST_ANSWERS).await;
        accepting.abort();
        drop(self.instance);
        if had_runs {
            Exit::Interrupted
        } else {
            Exit::Success
        }
    }
}

/// Waits until nobody uses the page and nothing is sent. Before the first browser came, the same time is waited.
async fn idle(program: &Program) {
    loop {
        tokio::time::sleep(IDLE_LOOK).await;
        let is_used =
            program.sessions().is_used(program.now()) || program.now() < session::IDLE_MAX;
        if !is_used && program.runs.all_underway().is_empty() {
            return;
        }
    }
}
