//! `sandbox`: the platform's stand-in for other programs.

use tokio::runtime::Runtime;

use super::args::SandboxCommand;
use super::print;
use super::run::faults;
use crate::console::say;
use crate::control::Control;
use crate::error::{Exit, Refusal};
use crate::sandbox::{APP_ID, APP_SECRET, Sandbox, SandboxOptions};

pub(super) fn execute(
    command: &SandboxCommand,
    runtime: &Runtime,
    control: &Control,
) -> Result<Exit, Refusal> {
    runtime.block_on(async {
        let sandbox = Sandbox::start(SandboxOptions {
            port: command.port,
            seed: command.seed,
            faults: faults(command.faults.as_deref())?,
            ..SandboxOptions::default()
        })
        .await?;
        print(&format!(
            "FEISHU_BASE_URL={}\nFEISHU_APP_ID={APP_ID}\nFEISHU_APP_SECRET={APP_SECRET}\n",
            sandbox.base_url()
        ))?;
        say(&text!("the sandbox serves until Ctrl-C; it touches nothing real, and these credentials are good for nothing else"));
        control.stopping().await;
        sandbox.stop();
        Ok(Exit::Success)
    })
}
