//! Settings: the Feishu app, where files are, the language. A secret is taken here and never shown again.

use maud::{Markup, html};

use super::frame::{Frame, Mode};

/// What is set.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) credentials: Credentials,
    pub(crate) jobs_folder: String,
    pub(crate) runs_folder: String,
    /// Permissions that the jobs need, in the platform's names.
    pub(crate) scopes: Vec<String>,
}

/// Where the app's id and secret come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    Missing,
    /// From variables of the environment: they cannot be changed here.
    Environment {
        app: String,
        host: String,
    },
    /// Typed into this page and kept in memory.
    Typed {
        app: String,
        host: String,
    },
}

const PLATFORMS: [(&str, &str); 2] = [
    ("https://open.feishu.cn", "open.feishu.cn"),
    ("https://open.larksuite.com", "open.larksuite.com"),
];

pub(crate) fn page(frame: &Frame, settings: &Settings) -> Markup {
    let title = frame.say(text!("Settings"));
    let body = html! {
        h1 { (title) }
        h2 { (frame.say(text!("Feishu app"))) }
        @match &settings.credentials {
            Credentials::Environment { app, host } => {
                p { (frame.say(text!("From the environment (cannot be changed here): app {app} on {host}", app, host))) }
                p { button type="button" data-post="try" { (frame.say(text!("Try it"))) } " " output #tried role="status" {} }
            }
            Credentials::Missing => { (app_form(frame, "", "")) }
            Credentials::Typed { app, host } => { (app_form(frame, app, host)) }
        }
        p { (frame.say(text!("App ID and App Secret are in the developer console under Credentials & Basic Info."))) }
        @if !settings.scopes.is_empty() {
            p { (frame.say(text!("Permissions that the jobs need: {scopes}", scopes = settings.scopes.join(", ")))) }
        }
        h2 { (frame.say(text!("Folders"))) }
        dl {
            dt { (frame.say(text!("Jobs"))) } dd { code { (settings.jobs_folder) } " " (copy(frame, &settings.jobs_folder)) }
            dt { (frame.say(text!("Runs"))) } dd { code { (settings.runs_folder) } " " (copy(frame, &settings.runs_folder)) }
        }
        h2 { (frame.say(text!("Language"))) }
        p {
            button type="button" data-post={ (frame.root) "language" } data-body=r#"{"language":null}"# { (frame.say(text!("as the browser says"))) } " "
            button type="button" lang="zh-CN" data-post={ (frame.root) "language" } data-body=r#"{"language":"zh"}"# { "中文" } " "
            button type="button" lang="en" data-post={ (frame.root) "language" } data-body=r#"{"language":"en"}"# { "English" }
        }
    };
    frame.page(&title, &["form.js"], body)
}

fn copy(frame: &Frame, folder: &str) -> Markup {
    html! { button.plain type="button" data-copy=(folder) { (frame.say(text!("Copy"))) span.spoken { " " (folder) } } }
}

fn app_form(frame: &Frame, app: &str, host: &str) -> Markup {
    // In rehearsal nothing is sent with the secret, so no password manager need offer one.
    let autocomplete = if frame.mode == Mode::Rehearsal {
        "off"
    } else {
        "current-password"
    };
    html! {
        form data-submit="try" data-stays {
            p { label { "App ID" br; input name="app_id" value=(app) required autocomplete="username" placeholder="cli_…"; } }
            p { label { "App Secret" br; input name="app_secret" type="password" required autocomplete=(autocomplete); } }
            fieldset {
                legend { (frame.say(text!("Platform"))) }
                @for (at, (base, name)) in PLATFORMS.into_iter().enumerate() {
                    label { input type="radio" name="base_url" value=(base) checked[host == name || host.is_empty() && at == 0]; (name) } br;
                }
            }
            div.actions {
                button.main { (frame.say(text!("Try it"))) }
                output #tried role="status" {}
            }
        }
        p { (frame.say(text!("Kept in memory only: forgotten when the program ends, written to no file."))) " " button type="button" data-post="forget" { (frame.say(text!("Forget now"))) } }
    }
}
