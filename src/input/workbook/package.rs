//! What a workbook says of itself around its sheets: which there are and where, the texts they share, how numbers are shown.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use crate::error::Refusal;

use super::cells::Values;
use super::container::{Container, attribute, unsound};
use super::format::Formats;
use super::texts::Texts;

/// The most bytes of a part that only says where others are. Real ones have a few hundred kB.
const PART_BYTES_MAX: u64 = 64 << 20;

/// What a workbook is made of, its sheets left where they are.
pub(in crate::input) struct Package {
    /// The sheets in the order of their tabs, charts among them.
    pub(in crate::input) sheets: Vec<Sheet>,
    /// Whether the workbook asks to be computed anew when it is opened: the values in it may be placeholders.
    pub(in crate::input) computes_on_load: bool,
    /// What it takes to know the values of their cells.
    pub(in crate::input) values: Values,
}

/// One sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::input) struct Sheet {
    pub(in crate::input) name: String,
    /// Its part in the container.
    pub(in crate::input) part: String,
    /// Neither hidden nor very hidden.
    pub(in crate::input) visible: bool,
    /// A table of cells; charts, dialogs and macros are none.
    pub(in crate::input) has_cells: bool,
}

impl Package {
    /// Reads all but the sheets.
    pub(in crate::input) fn read(container: &mut Container) -> Result<Self, Refusal> {
        let root = Relations::of(container, "")?;
        let Some(document) = root.target("/officeDocument") else {
            let why = "it does not say where its workbook stands";
            return Err(unsound(container.name(), why));
        };
        let relations = Relations::of(container, document)?;
        let part = |kind, usual: &str| {
            let target = relations.target(kind);
            target.map_or_else(|| relations.path(usual), str::to_owned)
        };
        let mut package = Self {
            sheets: Vec::new(),
            computes_on_load: false,
            values: Values {
                texts: Texts::read(container, &part("/sharedStrings", "sharedStrings.xml"))?,
                formats: Formats::read(container, &part("/styles", "styles.xml"))?,
                is_1904: false,
            },
        };
        container.walk(document, PART_BYTES_MAX, |_, event| {
            if let Event::Start(element) = event {
                package.see(element, &relations)?;
            }
            Ok(())
        })?;
        if package.sheets.is_empty() {
            return Err(unsound(container.name(), "it holds no sheet"));
        }
        Ok(package)
    }

    fn see(&mut self, element: &BytesStart<'_>, relations: &Relations) -> Result<(), String> {
        match element.local_name().as_ref() {
            "calcPr" => self.computes_on_load = is_true(element, "fullCalcOnLoad")?,
            "workbookPr" => self.values.is_1904 = is_true(element, "date1904")?,
            "sheet" => {
                let id = attribute(element, "id")?;
                let relation = id.and_then(|id| relations.by_id.get(&id));
                let (kind, part) = relation.ok_or("a sheet has no part")?;
                let state = attribute(element, "state")?;
                self.sheets.push(Sheet {
                    name: attribute(element, "name")?.unwrap_or_default(),
                    part: part.clone(),
                    visible: state.is_none_or(|state| state == "visible"),
                    has_cells: kind.ends_with("/worksheet"),
                });
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether an attribute of two values says yes.
pub(super) fn is_true(element: &BytesStart<'_>, name: &str) -> Result<bool, String> {
    let said = attribute(element, name)?;
    Ok(matches!(said.as_deref(), Some("1" | "true")))
}

/// Where the parts are that a part refers to.
struct Relations {
    /// The folder of the part.
    folder: String,
    /// Type and path of each, by its id.
    by_id: HashMap<String, (String, String)>,
}

impl Relations {
    /// The relations of a part, or those of the whole package.
    fn of(container: &mut Container, part: &str) -> Result<Self, Refusal> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let mut relations = Self {
            folder: folder.to_owned(),
            by_id: HashMap::new(),
        };
        let part = relations.path(&format!("_rels/{file}.rels"));
        if !container.holds(&part) {
            let why = format!("its part `{part}` is missing");
            return Err(unsound(container.name(), why));
        }
        container.walk(&part, PART_BYTES_MAX, |_, event| {
            let Event::Start(element) = event else {
                return Ok(());
            };
            if element.local_name().as_ref() == "Relationship" {
                let value = |name| attribute(element, name).map(Option::unwrap_or_default);
                let path = relations.path(&value("Target")?);
                let relation = (value("Type")?, path);
                relations.by_id.insert(value("Id")?, relation);
            }
            Ok(())
        })?;
        Ok(relations)
    }

    /// The path in the container of what a part of this folder calls so.
    fn path(&self, target: &str) -> String {
        match target.strip_prefix('/') {
            Some(path) => path.to_owned(),
            None if self.folder.is_empty() => target.to_owned(),
            None => format!("{}/{target}", self.folder),
        }
    }

    /// The part of a type, by the end of its name.
    fn target(&self, kind: &str) -> Option<&str> {
        let mut relations = self.by_id.values();
        let found = relations.find(|(of, _)| of.ends_with(kind));
        found.map(|(_, part)| part.as_str())
    }
}
