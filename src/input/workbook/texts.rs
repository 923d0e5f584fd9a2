//! What stands in a text of a cell, or in one that cells share: `t`, runs of it, and how it is read aloud.
//!
//! Keeps this: no part of a text stands where calamine would pass over it in silence.

use quick_xml::events::Event;

/// The longest text. One of 32,767 characters, which a cell may have, is shorter.
const BYTES_MAX: usize = 1024 * 1024;

/// One text while it is walked.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// How deep the `t` stands that is open.
    open: Option<usize>,
    bytes: usize,
}

impl Parts {
    /// Sees all that stands in the text; what is wrong with it is said in words that follow its name.
    pub(super) fn see(&mut self, depth: usize, event: &Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Start(element) => self.start(depth, element.local_name().as_ref()),
            Event::End(_) => {
                self.open = self.open.filter(|open| *open != depth);
                Ok(())
            }
            Event::Text(text) => self.text(text),
            Event::CData(text) => self.text(text),
            Event::GeneralRef(name) => self.text(name),
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, depth: usize, name: &str) -> Result<(), &'static str> {
        match (self.open, name) {
            (Some(_), _) => Err("has an element within its text"),
            (None, "is" | "si") => Err("has a text within a text"),
            (None, "t") => {
                self.open = Some(depth);
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > BYTES_MAX {
            return Err("is longer than 1024 kB");
        }
        if self.open.is_none() && !text.trim().is_empty() {
            return Err("has a text outside of its `t`");
        }
        Ok(())
    }
}
