//! The texts of a workbook: those that its sheets share, and how a text is written.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::error::Refusal;

use super::container::{Container, attribute};

/// The most bytes of the texts that sheets share, unpacked: all of them are kept in memory.
const BYTES_MAX: u64 = 256 << 20;

/// The longest text. One of 32,767 characters, which a cell may have, is shorter.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The texts that sheets share.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    /// Where each of them ends, and the next one begins.
    ends: Vec<usize>,
}

impl Texts {
    /// Reads them; a workbook may have none.
    pub(super) fn read(container: &mut Container, part: &str) -> Result<Self, Refusal> {
        let mut texts = Self::default();
        let mut text = RichText::default();
        container.walk(part, BYTES_MAX, |depth, event| {
            match (depth, event) {
                (2, Event::Start(_)) => text = RichText::default(),
                (2, Event::End(element)) if element.local_name().as_ref() == "si" => {
                    texts.all.push_str(text.end());
                    texts.ends.push(texts.all.len());
                }
                _ => text.see(event)?,
            }
            Ok(())
        })?;
        Ok(texts)
    }

    /// One of them, by its number from 0.
    pub(super) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        self.all.get(before.copied().unwrap_or(0)..end)
    }
}

/// A text while it is read: runs of it, joined, without what says how it is read aloud.
#[derive(Debug, Default)]
pub(super) struct RichText {
    text: String,
    /// Where the run that is read begins.
    run: usize,
    keeps_spaces: bool,
    is_reading: bool,
}

impl RichText {
    /// The text, all of it seen.
    pub(super) fn end(&mut self) -> &str {
        self.end_run();
        &self.text
    }

    /// Sees all that is in the text.
    pub(super) fn see(&mut self, event: &Event<'_>) -> Result<(), String> {
        if let Event::Start(element) = event {
            match element.local_name().as_ref() {
                "rPh" => self.is_reading = true,
                "t" => {
                    self.end_run();
                    let spaces = attribute(element, "space")?;
                    self.keeps_spaces = spaces.is_some_and(|spaces| spaces == "preserve");
                }
                _ => {}
            }
        } else if let Event::End(element) = event {
            match element.local_name().as_ref() {
                "rPh" => self.is_reading = false,
                "t" => self.end_run(),
                _ => {}
            }
        } else if !self.is_reading {
            push(event, &mut self.text)?;
        }
        Ok(())
    }

    /// Spaces around a run are those of the XML unless it says that they are its own.
    fn end_run(&mut self) {
        let run = self.text.get(self.run..).unwrap_or_default();
        let kept = if self.keeps_spaces {
            run
        } else {
            run.trim_matches([' ', '\t', '\r', '\n'])
        };
        if kept.len() < run.len() || kept.contains("_x") {
            let kept = unescaped(kept);
            self.text.truncate(self.run);
            self.text.push_str(&kept);
        }
        self.run = self.text.len();
        self.keeps_spaces = false;
    }
}

/// Appends what an event holds of a text.
pub(super) fn push(event: &Event<'_>, text: &mut String) -> Result<(), String> {
    if let Event::Text(part) = event {
        text.push_str(&part.xml10_content());
    } else if let Event::CData(part) = event {
        text.push_str(&part.xml10_content());
    } else if let Event::GeneralRef(name) = event {
        let character = name.resolve_char_ref();
        if let Some(character) = character.map_err(|error| error.to_string())? {
            text.push(character);
        } else {
            let known = resolve_predefined_entity(name);
            text.push_str(known.ok_or_else(|| format!("nothing is said of `&{};`", &**name))?);
        }
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err("a text is longer than 1024 kB".to_owned());
    }
    Ok(())
}

/// In a text, `_xHHHH_` is a unit of UTF-16: a control character, or what would else be taken for such an escape.
pub(super) fn unescaped(text: &str) -> String {
    let mut units = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((unit, after)) = escape(rest) {
            units.push(unit);
            rest = after;
            continue;
        }
        let mut letters = rest.chars();
        let letter = letters.next().unwrap_or_default();
        units.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
        rest = letters.as_str();
    }
    String::from_utf16_lossy(&units)
}

/// The escape that a text begins with, and what is behind it.
fn escape(text: &str) -> Option<(u16, &str)> {
    let (hexadecimal, after) = text.strip_prefix("_x")?.split_at_checked(4)?;
    let is_digits = hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(hexadecimal, 16).ok();
    Some((unit.filter(|_| is_digits)?, after.strip_prefix('_')?))
}
