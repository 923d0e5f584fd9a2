//! `endpoints`: the catalogue for people.

use std::path::Path;

use super::args::EndpointsCommand;
use super::{as_text, print};
use crate::document::Document;
use crate::endpoint::{
    Bound, CanReadBack, Destructive, Endpoint, Field, FieldKind, Preflight, Read, RequestPart,
    Resend, Shape, TokenKind, Window, Within, Written, catalogue,
};
use crate::error::{Exit, Refusal};

pub(super) fn execute(command: &EndpointsCommand) -> Result<Exit, Refusal> {
    let text = if let Some(name) = &command.name {
        match catalogue::read(name) {
            Ok(read) => explain_read(&read),
            Err(_) => explain(&endpoint(name)?),
        }
    } else {
        let mut lines = Vec::new();
        for name in catalogue::names() {
            lines.push(format!("{name:<50} {}", catalogue::endpoint(name)?.title));
        }
        for name in catalogue::read_names() {
            lines.push(format!(
                "{name:<50} reads: {}",
                catalogue::read(name)?.title
            ));
        }
        as_text(&lines)
    };
    print(&text)?;
    Ok(Exit::Success)
}

/// An endpoint of the catalogue, or of a catalogue file that a path ending in `.toml` names.
pub(super) fn endpoint(name: &str) -> Result<Endpoint, Refusal> {
    let path = Path::new(name);
    if path.extension().is_none_or(|extension| extension != "toml") {
        return catalogue::endpoint(name);
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Endpoint::parse(&stem, &Document::read(path, "endpoint")?)
}

/// Everything a user should know of an endpoint before trusting a run to it.
fn explain(endpoint: &Endpoint) -> String {
    let mut lines = vec![
        endpoint.name.clone(),
        format!("  {}", endpoint.title),
        format!("  {} {}", endpoint.method.word(), endpoint.path),
        format!("  {}", endpoint.docs),
        String::new(),
        format!("quota        {}", quota(&endpoint.quota)),
        format!(
            "batch        at most {} items in `{}`",
            endpoint.items.max, endpoint.items.field
        ),
        format!("token        {}", tokens(&endpoint.tokens)),
        format!("scope        {}", endpoint.scopes.join(" or ")),
        format!(
            "when the fate of a call is unknown: {}",
            match endpoint.resend {
                Resend::Safe => "it is sent again; sending twice leaves the same state as once",
                Resend::Never => "it is not sent again; its items are unconfirmed",
            }
        ),
        format!(
            "success      code 0 and the msg {}",
            words(&endpoint.accepted)
        ),
        format!(
            "destructive  {}",
            match &endpoint.destructive {
                Destructive::Never => "no".to_owned(),
                Destructive::Always => "yes: every item deletes something".to_owned(),
                Destructive::When { field } => format!("an item whose {field} is true"),
            }
        ),
    ];
    lines.push(format!(
        "read back    {}",
        match &endpoint.read_back {
            CanReadBack::NotSaid => "not said: what was sent is not read back".to_owned(),
            CanReadBack::Never { why } => format!("never: {why}"),
            CanReadBack::By(read_back) => match read_back.lag.as_secs() {
                0 => format!("by {}", read_back.read),
                lag => format!("by {}, {lag} s after the last write", read_back.read),
            },
        }
    ));
    if let Some(preflight) = endpoint.preflight {
        let asked = match preflight {
            Preflight::Schedule => {
                "groups, whether they have schedules, who is in them, and shifts"
            }
            Preflight::Punches => "whether each punch is there and was imported",
            Preflight::Records => "whether each record is there",
            Preflight::Plan => "whether the plan is there and active, and which rows it shows",
            Preflight::Archive => "whether the rule is there, and its field codes",
        };
        lines.push(format!("preflight    {asked}"));
    }
    if !endpoint.request.is_empty() {
        lines.push("\nvalues of [request], the same for all items of a call".to_owned());
        for value in &endpoint.request {
            field_lines(&value.field, place(value.place), 1, &mut lines);
        }
    }
    lines.push("\nfields of [item]".to_owned());
    for field in endpoint.items.shape.fields() {
        let place = match endpoint.items.shape {
            Shape::Value(_) => "the item itself",
            Shape::Object(_) if endpoint.items.key.contains(&field.name) => "part of the key",
            Shape::Object(_) => "",
        };
        field_lines(field, place, 1, &mut lines);
    }
    remarks(&endpoint.notes, &endpoint.assumed, &mut lines);
    as_text(&lines)
}

/// Everything a user should know of a method that is only read.
fn explain_read(read: &Read) -> String {
    let mut lines = vec![
        read.name.clone(),
        format!("  {}", read.title),
        format!("  {} {}", read.method.word(), read.path),
        format!("  {}", read.docs),
        String::new(),
        "it only reads: no items can be sent to it".to_owned(),
        format!("quota        {}", quota(&read.quota)),
        format!("token        {}", tokens(&read.tokens)),
        format!("scope        {}", read.scopes.join(" or ")),
    ];
    if let Some(pages) = &read.pages {
        lines.push(format!("page         {} entries", pages.size.1));
    }
    if !read.request.is_empty() {
        lines.push("\nwhat is asked for".to_owned());
    }
    for value in &read.request {
        let required = if value.required {
            "required"
        } else {
            "optional"
        };
        let most = value.max.map(|max| format!(", at most {max}"));
        let about = value.about.as_ref().map(|about| format!(": {about}"));
        lines.push(format!(
            "  {:<18} {}, {required}{}{}",
            value.name,
            place(value.place),
            most.unwrap_or_default(),
            about.unwrap_or_default()
        ));
    }
    remarks(&read.notes, &read.assumed, &mut lines);
    as_text(&lines)
}

fn quota(windows: &[Window]) -> String {
    let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
    windows.join(" and ")
}

fn tokens(kinds: &[TokenKind]) -> String {
    let word = |kind: &TokenKind| match kind {
        TokenKind::Tenant => "tenant_access_token",
        TokenKind::User => "user_access_token",
    };
    let words: Vec<&str> = kinds.iter().map(word).collect();
    words.join(" or ")
}

fn place(place: RequestPart) -> &'static str {
    match place {
        RequestPart::Path => "in the path",
        RequestPart::Query => "in the query",
        RequestPart::Body => "in the body",
    }
}

fn remarks(notes: &[String], assumed: &[String], lines: &mut Vec<String>) {
    for (title, texts) in [
        ("good to know", notes),
        ("assumed, because no document says it", assumed),
    ] {
        if !texts.is_empty() {
            lines.push(format!("\n{title}"));
            lines.extend(texts.iter().map(|text| format!("  - {text}")));
        }
    }
}

/// Words in quotes; the empty one is no word at all.
fn words(accepted: &[String]) -> String {
    let words: Vec<String> = accepted
        .iter()
        .map(|word| match word.as_str() {
            "" => "none".to_owned(),
            word => format!("\"{word}\""),
        })
        .collect();
    words.join(" or ")
}

fn field_lines(field: &Field, place: &str, depth: usize, lines: &mut Vec<String>) {
    let mut facts = vec![kind(&field.kind)];
    facts.push(if field.required {
        "required".to_owned()
    } else {
        "optional".to_owned()
    });
    if !place.is_empty() {
        facts.push(place.to_owned());
    }
    if let Some(Within { month, bound }) = &field.within {
        let end = match bound {
            Bound::First => "first",
            Bound::Last => "last",
        };
        facts.push(format!("{end} day of a period of `{month}`"));
    }
    let about = field
        .about
        .as_ref()
        .map(|about| format!(": {about}"))
        .unwrap_or_default();
    lines.push(format!(
        "{:indent$}{:<18} {}{about}",
        "",
        field.name,
        facts.join(", "),
        indent = depth * 2
    ));
    if let FieldKind::List { fields, .. } = &field.kind {
        for field in fields {
            field_lines(field, "", depth + 1, lines);
        }
    }
}

/// A type in the words a job's author needs.
fn kind(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Id { .. } => "id (text)".to_owned(),
        FieldKind::Text { one_of, .. } if one_of.is_empty() => "text".to_owned(),
        FieldKind::Text { one_of, .. } => format!("one of {}", one_of.join(", ")),
        FieldKind::Integer { .. } => "whole number".to_owned(),
        FieldKind::Boolean => "true or false".to_owned(),
        FieldKind::Month {
            written: Written::Integer,
        } => "month yyyyMM, sent as a number".to_owned(),
        FieldKind::Month {
            written: Written::Text,
        } => "month yyyyMM, sent as text".to_owned(),
        FieldKind::Date => "date yyyyMMdd".to_owned(),
        FieldKind::Day { month } => format!("day of the month in `{month}`"),
        FieldKind::List { min, max, .. } => format!("list of {min} to {max}"),
    }
}
