//! Settings: credentials, which are kept in memory and tried, and where things are.

use std::sync::Arc;

use axum::response::Response;
use hyper::StatusCode;

use super::{Answer, Asked};
use crate::page::answer;
use crate::page::requests::Try;
use crate::page::settings::Typed;
use crate::page::view;
use crate::page::view::frame::Here;
use crate::page::view::settings::Settings;

impl Asked {
    pub(super) fn settings(&self) -> Response {
        let jobs = self.program.job_files();
        let jobs = jobs
            .iter()
            .filter_map(|(_, path)| crate::job::read(path, &[]).ok());
        let mut scopes: Vec<String> = jobs.flat_map(|job| job.endpoint.scopes).collect();
        scopes.sort();
        scopes.dedup();
        let settings = Settings {
            credentials: self.program.settings.credentials(),
            jobs_folder: self.program.jobs.display().to_string(),
            runs_folder: self.program.runs.folder.display().to_string(),
            scopes,
        };
        let frame = self.frame(Here::Settings);
        answer::page(StatusCode::OK, view::settings::page(&frame, &settings))
    }

    /// Keeps credentials in memory, and asks the platform for a token with them.
    pub(super) async fn try_credentials(&self, asked: Try) -> Answer {
        if let (Some(app), Some(secret)) = (asked.app_id, asked.app_secret) {
            let base_url = asked
                .base_url
                .unwrap_or_else(|| crate::transport::BaseUrl::DEFAULT.to_owned());
            crate::transport::BaseUrl::parse(&base_url)?;
            let app = app.trim().to_owned();
            self.program.settings.keep(Some(Typed {
                app,
                secret: secret.into(),
                base_url,
            }));
        }
        let program = Arc::clone(&self.program);
        let tried = crate::target::try_credentials(&|name| program.settings.look_up(name)).await;
        tried?;
        let says = text!("✓ works").in_language(self.language);
        Ok(answer::json(
            StatusCode::OK,
            &serde_json::json!({ "says": says }),
        ))
    }
}
