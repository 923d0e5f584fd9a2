//! The real program with its page, in a folder of its own, in rehearsal or against a sandbox that this test looks into.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use feishu_bulk::sandbox::{APP_ID, APP_SECRET, Sandbox, SandboxOptions};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::driver::Browser;

/// The day on which tests run: the months of the samples are near it, whatever the calendar says.
const TODAY: &str = "2026-11-21";
const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

/// The folder, and the platform that *live* goes to.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    platform: Option<(Runtime, Sandbox)>,
}

/// The program under way.
pub(crate) struct Program {
    child: Child,
    /// The one-time address that it printed.
    pub(crate) address: String,
}

impl Desk {
    /// Without credentials: everything is a rehearsal.
    pub(crate) fn rehearsal() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            platform: None,
        }
    }

    /// With credentials for a sandbox that stands for the platform.
    pub(crate) fn live(options: SandboxOptions) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self {
            folder: TempDir::new().unwrap(),
            platform: Some((runtime, sandbox)),
        }
    }

    pub(crate) fn platform(&self) -> &Sandbox {
        &self.platform.as_ref().unwrap().1
    }

    /// A file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file to upload.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The jobs that ship and their samples, copied: what a platform says is kept beside its job.
    fn jobs(&self) -> PathBuf {
        for name in ["jobs", "samples"] {
            let to = self.path(name);
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(Path::new(PACKAGE).join(name)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        self.path("jobs")
    }

    /// Starts `open --no-browser` and waits for its address.
    pub(crate) fn start(&self) -> Program {
        let folder = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_feishu-bulk"));
        command
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        for name in ["XDG_STATE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "HOME"] {
            command.env(name, folder.join("home"));
        }
        if let Some((_, sandbox)) = &self.platform {
            command
                .env("FEISHU_BASE_URL", sandbox.base_url())
                .env("FEISHU_APP_ID", APP_ID)
                .env("FEISHU_APP_SECRET", APP_SECRET);
        }
        command
            .args(["--today", TODAY, "open", "--no-browser", "--jobs"])
            .arg(self.jobs());
        command.arg("--runs").arg(folder.join("runs"));
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("it ended and said: {said}"))
                .unwrap();
            said += &line;
            said.push('\n');
            if let Some(address) = line
                .split_whitespace()
                .find(|word| word.contains("/enter#"))
            {
                break address.to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Program { child, address }
    }
}

impl Program {
    /// Opens the page in a browser, and is let in.
    pub(crate) fn enter(&self, browser: &Browser) {
        browser.open(&self.address);
        browser.wait("document.getElementById('drop') !== null");
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sample that ships.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(PACKAGE).join("samples").join(name)
}
