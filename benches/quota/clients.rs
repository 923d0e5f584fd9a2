//! Who sends: the program itself, started as people start it, and two scripts such as people write.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use feishu_bulk::endpoint::{Method, Request, Resend, Window};
use feishu_bulk::transport::{BaseUrl, Http, Limits, Token, Transport};
use tokio::time::Instant;

use crate::Fallible;
use crate::platform::{OTHER_PATH, Platform};
use crate::table::{JOB, write_csv};

/// A run of the program, killed when it is dropped.
pub(crate) struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Run {
    /// Starts a run of so many calls against a platform. Runs of one folder are those of one machine.
    pub(crate) fn start(
        folder: &Path,
        name: &str,
        platform: &Platform,
        quota: &str,
        calls: u64,
    ) -> Fallible<Self> {
        let own = folder.join(name);
        fs::create_dir_all(&own)?;
        let said = fs::File::create(own.join("said"))?;
        // As many batches as are needed and hardly any rows: the bench is about their distances.
        let job = fs::read_to_string(JOB)?.replace("[item]", "[limits]\nmax_items = 1\n\n[item]");
        fs::write(own.join("job.toml"), job)?;
        write_csv(&own.join("input.csv"), calls)?;
        let child = Command::new(env!("CARGO_BIN_EXE_feishu-bulk"))
            .args(["run", "job.toml", "--input", "input.csv", "--yes"])
            .args(["--quota", quota, "--set"])
            .arg(format!("archive_rule_id={name}"))
            .current_dir(&own)
            .env_clear()
            .env("FEISHU_BASE_URL", format!("http://{}", platform.address))
            .env("FEISHU_TENANT_ACCESS_TOKEN", "t-bench")
            .env("FEISHU_APP_ID", "cli_bench")
            .env("HOME", folder)
            .env("LOCALAPPDATA", folder)
            .env("XDG_STATE_HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()?;
        Ok(Self(child))
    }

    /// Processor time that it used until now; none where the system does not tell.
    pub(crate) fn cpu_seconds(&self) -> Option<f64> {
        let stat = PathBuf::from("/proc").join(self.0.id().to_string());
        let stat = fs::read_to_string(stat.join("stat")).ok()?;
        let (_, after_name) = stat.rsplit_once(") ")?;
        let fields: Vec<f64> = after_name
            .split_ascii_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse().ok())
            .collect();
        Some(fields.iter().sum::<f64>() / TICKS_PER_SECOND)
    }
}

/// Ticks of a second in `/proc`: 100 on every Linux that people run.
const TICKS_PER_SECOND: f64 = 100.0;

/// Sends evenly, as a script with a sleep does, at this part of the slowest window's rate; whatever is refused stops all for as long
/// as the platform says.
pub(crate) async fn script(platform: Platform, windows: Vec<Window>, part: f64, end: Instant) {
    let even = windows.iter().map(|window| window.span / window.calls);
    let spacing = even.max().unwrap_or_default().div_f64(part);
    send_evenly(&platform, "/script", spacing, end).await;
}

/// Another program of the same app, which uses this many calls a second and does not wait for anybody.
pub(crate) async fn other(platform: Platform, calls: u32, from: Instant, end: Instant) {
    tokio::time::sleep_until(from).await;
    send_evenly(&platform, OTHER_PATH, Duration::from_secs(1) / calls, end).await;
}

async fn send_evenly(platform: &Platform, path: &str, spacing: Duration, end: Instant) {
    let Ok(base) = BaseUrl::parse(&format!("http://{}", platform.address)) else {
        return;
    };
    let Ok(http) = Http::new(base, Limits::default(), None) else {
        return;
    };
    let (refused, mut refusals) = tokio::sync::mpsc::unbounded_channel();
    let mut next = Instant::now();
    while next < end {
        tokio::time::sleep_until(next).await;
        let request = Request {
            method: Method::Post,
            path_and_query: path.to_owned(),
            body: b"{}".to_vec().into(),
            resend: Resend::Safe,
        };
        let (http, refused) = (http.clone(), refused.clone());
        tokio::spawn(async move {
            let reply = http.send(&request, &Token::new("t-bench")).await;
            if let Ok(reply) = reply
                && let Some(seconds) = reply.reset.and_then(|reset| reset.parse().ok())
            {
                // Nobody listens any more when the time is over.
                let _ = refused.send(Instant::now() + Duration::from_secs(seconds));
            }
        });
        next += spacing;
        while let Ok(until) = refusals.try_recv() {
            if path != OTHER_PATH {
                next = next.max(until);
            }
        }
    }
}
