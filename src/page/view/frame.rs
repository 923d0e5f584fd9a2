//! What every screen shares: the head of the document, the way to the other screens, and where a send would go.
//!
//! Addresses are relative to the page, so that no link leaves the session's own path; only the browser's files have a path of their
//! own. Texts are in the language of the session.

use maud::{DOCTYPE, Markup, html};

use crate::text::{Language, Text};

/// What a screen has to know of the session it is shown in.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) language: Language,
    /// The way from this page to the top of the session: `./`, `../` or `../../`.
    pub(crate) root: &'static str,
    /// Where the browser's files are: `/web/` and their hash.
    pub(crate) files: String,
    pub(crate) mode: Mode,
    pub(crate) here: Here,
}

/// Where a send would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To the sandbox in this program.
    Rehearsal,
    /// To the platform.
    Live {
        host: String,
        /// The app's id; never its secret.
        app: String,
    },
}

/// The part of the page a screen belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Import,
    History,
    Settings,
    Help,
    /// A page outside a session, without a way to any other.
    Outside,
}

/// Something that went wrong, in the language of the session: what, where and why, and one thing to do.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct Problem {
    pub(crate) what: String,
    #[serde(rename = "where")]
    pub(crate) details: Vec<String>,
    pub(crate) hint: Option<String>,
}

impl Frame {
    /// A text in the language of the session.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a text is made where it is said"
    )]
    pub(crate) fn say(&self, text: Text) -> String {
        text.in_language(self.language)
    }

    /// A whole page. `title` begins with what is special; `modules` are the files of `web/` that the screen needs.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a screen hands over its markup"
    )]
    pub(crate) fn page(&self, title: &str, modules: &[&str], body: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " – " (self.program()) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href={ (self.files) "/page.css" };
                    script type="module" src={ (self.files) "/frame.js" } {}
                    @for module in modules {
                        script type="module" src={ (self.files) "/" (module) } {}
                    }
                }
                body data-root=(self.root) data-lost=(self.lost()) {
                    a.skip href="#main" { (self.say(text!("Skip to content"))) }
                    (self.header())
                    @if self.here != Here::Outside { (self.mode_bar()) }
                    main #main tabindex="-1" {
                        noscript { p.panel { (self.say(text!("This page can be read without JavaScript; to change or send anything it has to be switched on."))) } }
                        div #problem.panel.problem role="alert" hidden {}
                        (body)
                    }
                }
            }
        }
    }

    fn tag(&self) -> &'static str {
        match self.language {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    fn program(&self) -> String {
        self.say(text!("Feishu Bulk"))
    }

    fn lost(&self) -> String {
        self.say(text!(
            "The program is gone: was the black window closed? Open it again; sending can go on"
        ))
    }

    fn header(&self) -> Markup {
        let screens = [
            (Here::Import, "", text!("Import")),
            (Here::History, "runs/", text!("History")),
            (Here::Settings, "settings/", text!("Settings")),
            (Here::Help, "help/", text!("Help")),
        ];
        html! {
            header {
                span.name { (self.program()) }
                @if self.here != Here::Outside {
                    nav aria-label=(self.say(text!("Screens"))) {
                        @for (here, path, name) in screens {
                            a href={ (self.root) (path) } aria-current=[(here == self.here).then_some("page")] { (self.say(name)) }
                        }
                    }
                    div.end {
                        (self.language_button(Language::Chinese, "中文", "zh-CN"))
                        (self.language_button(Language::English, "English", "en"))
                        button.plain type="button" data-post={ (self.root) "quit" } data-sure=(self.say(text!("End the program? A run that is under way stops in order and can be resumed."))) {
                            (self.say(text!("Quit")))
                        }
                    }
                }
            }
        }
    }

    fn language_button(&self, language: Language, name: &str, tag: &str) -> Markup {
        let body = format!(r#"{{"language":"{}"}}"#, language.tag());
        html! {
            button.plain type="button" lang=(tag) aria-pressed=(language == self.language) data-post={ (self.root) "language" } data-body=(body) {
                (name)
            }
        }
    }

    fn mode_bar(&self) -> Markup {
        let post = |mode: &str, name: Text| {
            let body = format!(r#"{{"mode":"{mode}"}}"#);
            html! { button type="button" data-post={ (self.root) "mode" } data-body=(body) { (self.say(name)) } }
        };
        match &self.mode {
            Mode::Rehearsal => html! {
                div.mode.rehearsal role="region" aria-label=(self.say(text!("Where a send would go"))) {
                    span { "◇ " (self.say(text!("Rehearsal: nothing is sent to Feishu and nothing real is changed."))) }
                    (post("live", text!("Go live")))
                }
            },
            Mode::Live { host, app } => html! {
                div.mode.live role="region" aria-label=(self.say(text!("Where a send would go"))) {
                    span { "● " (self.say(text!("Live: this really sends to {host} (app {app}).", host, app))) }
                    (post("rehearsal", text!("Back to rehearsal")))
                }
            },
        }
    }

    /// A problem as a panel: what, where and why, one thing to do.
    pub(crate) fn problem(problem: &Problem) -> Markup {
        html! {
            div.panel.problem {
                p { strong { (problem.what) } }
                @for line in &problem.details { p { (line) } }
                @if let Some(hint) = &problem.hint { p { (hint) } }
            }
        }
    }

    /// The word for a mode, on things that carry their own: a run, a confirm screen.
    pub(crate) fn mode_tag(&self, is_rehearsal: bool) -> Markup {
        html! {
            @if is_rehearsal { span.tag.rehearsal { "◇ " (self.say(text!("Rehearsal"))) } }
            @else { span.tag.live { "● " (self.say(text!("Live"))) } }
        }
    }
}
