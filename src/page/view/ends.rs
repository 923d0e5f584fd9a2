//! Pages outside a session or at its end: the way in, a used link, a wrong address, a fault. None of them is the browser's own.

use maud::{Markup, html};

use super::frame::{Frame, Problem};
use crate::text::Text;

/// Why there is nothing else to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// No session, or none any more.
    SessionOver,
    /// The request named another host.
    WrongAddress {
        right: String,
    },
    NotFound,
    /// A fault of ours, with the number that the log knows it by.
    Fault {
        number: String,
    },
    /// *Quit* was chosen.
    Quit,
}

/// The page that a one-time link opens: the same for everybody, it reads the code from the address.
pub(crate) fn enter(frame: &Frame) -> Markup {
    let both = |chinese: &str, english: &str| html! { p lang="zh-CN" { (chinese) } p lang="en" { (english) } };
    let title = frame.say(text!("Open the page"));
    let body = html! {
        h1 { (title) }
        div #entering { (both("正在打开……", "Opening …")) }
        div #used.panel.problem role="alert" hidden {
            (both(&in_chinese(&used()), &used().to_string()))
        }
    };
    frame.page(&title, &["enter.js"], body)
}

fn used() -> Text {
    text!(
        "This link was used already, or it is too old. If you did not use it, close the black window now. Otherwise open the program again."
    )
}

fn in_chinese(text: &Text) -> String {
    text.in_language(crate::text::Language::Chinese)
}

pub(crate) fn end(frame: &Frame, end: &End) -> Markup {
    let says = match end {
        End::SessionOver => text!(
            "Nothing happened for 2 hours, or this browser was never let in. Open the program again; a run is not affected."
        ),
        End::WrongAddress { right } => text!("Use the address the program printed: {right}", right),
        End::NotFound => text!("There is nothing at this address."),
        End::Fault { number } => text!(
            "A fault of the program; nothing more was sent because of it. Tell the maintainer this number: {number}",
            number
        ),
        End::Quit => text!("The program has ended. You may close this tab."),
    };
    let title = frame.say(match end {
        End::SessionOver => text!("The session is over"),
        End::WrongAddress { .. } => text!("Another address"),
        End::NotFound => text!("Not found"),
        End::Fault { .. } => text!("A fault of the program"),
        End::Quit => text!("The end"),
    });
    let body = html! {
        h1 { (title) }
        p { (frame.say(says)) }
        @if *end == End::NotFound { p { a.button href=(frame.root) { (frame.say(text!("Import"))) } } }
    };
    frame.page(&title, &[], body)
}

/// A refusal that ends in a page: what, where and why, one thing to do.
pub(crate) fn refused(frame: &Frame, problem: &Problem) -> Markup {
    let title = frame.say(text!("That did not work"));
    let body = html! {
        h1 { (title) }
        (Frame::problem(problem))
        p { a.button href=(frame.root) { (frame.say(text!("Import"))) } }
    };
    frame.page(&title, &[], body)
}
