//! The parts of a workbook around its sheets: which sheets there are, where they stand, and that the rest does no harm.
//!
//! Sheets are counted as calamine counts them, so that one is named to it by its place.

use std::collections::HashMap;

use quick_xml::escape::unescape;
use quick_xml::events::Event;

use crate::error::Refusal;

use super::container::{Bounds, Container, attributes, unsound};
use super::texts::Parts;

/// The most bytes of the texts that sheets share, unpacked: calamine keeps them all in memory.
const STRINGS_BYTES_MAX: u64 = 256 << 20;

/// The most texts that sheets share: each costs some 50 bytes beside its letters.
const STRINGS_MAX: u64 = 8_000_000;

/// The most bytes of any other part that is kept in memory. Real ones have a few hundred kB.
const PART_BYTES_MAX: u64 = 64 << 20;

/// The longest piece of the styles: a number format has at most 255 characters.
const STYLE_PIECE_BYTES_MAX: usize = 4096;

/// The most elements of the styles. A spreadsheet keeps at most 65,490 formats.
const STYLE_ELEMENTS_MAX: u64 = 1_000_000;

/// What a workbook is made of.
#[derive(Debug)]
pub(super) struct Package {
    /// The sheets in the order of their tabs, charts among them.
    pub(super) sheets: Vec<Sheet>,
    /// Whether the workbook asks to be computed anew when it is opened: the values in it may be placeholders.
    pub(super) computes_on_load: bool,
}

/// One sheet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) name: String,
    /// Its part in the container.
    pub(super) part: String,
    /// Neither hidden nor very hidden.
    pub(super) visible: bool,
    /// A table of cells; charts, dialogs and macros are none.
    pub(super) has_cells: bool,
}

impl Package {
    /// Reads what the workbook says of its sheets, and walks the parts that calamine keeps in memory.
    pub(super) fn read(container: &mut Container) -> Result<Self, Refusal> {
        let document = document(container)?;
        let (folder, file) = match document.rfind('/') {
            Some(slash) => document.split_at(slash + 1),
            None => ("", document.as_str()),
        };
        let folder = folder.strip_prefix('/').unwrap_or(folder);
        check_strings(container, &format!("{folder}sharedStrings.xml"))?;
        check_styles(container, &format!("{folder}styles.xml"))?;
        container.walk(&format!("{folder}theme/theme1.xml"), SMALL, |_, _| Ok(()))?;
        let relations = relations(container, &format!("{folder}_rels/{file}.rels"))?;
        let package = sheets(container, folder, file, &relations)?;
        if package.sheets.is_empty() {
            return Err(unsound(container.name(), "it holds no sheet"));
        }
        Ok(package)
    }
}

const SMALL: Bounds = Bounds {
    bytes_max: PART_BYTES_MAX,
    piece_bytes_max: 1 << 20,
};

/// Type and target of each relation of a part, by its id.
type Relations = HashMap<String, (String, String)>;

/// The path of the workbook's main part.
fn document(container: &mut Container) -> Result<String, Refusal> {
    let relations = relations(container, "_rels/.rels")?;
    let mut targets = relations
        .into_values()
        .filter(|(kind, _)| kind.ends_with("/relationships/officeDocument"));
    match (targets.next(), targets.next()) {
        (Some((_, target)), None) if target.contains("xl/") => Ok(target),
        _ => Err(unsound(
            container.name(),
            "it does not say where its workbook stands",
        )),
    }
}

fn relations(container: &mut Container, part: &str) -> Result<Relations, Refusal> {
    if !container.holds(part) {
        let why = format!("its part `{part}` is missing");
        return Err(unsound(container.name(), why));
    }
    let mut relations = Relations::new();
    container.walk(part, SMALL, |_, event| {
        let Event::Start(element) = event else {
            return Ok(());
        };
        if element.local_name().as_ref() != "Relationship" {
            return Ok(());
        }
        let [id, kind, target] = attributes(element, ["Id", "Type", "Target"])?
            .map(|value| value.unwrap_or_default().into_owned());
        // Of two with the same id, readers differ in which one they take.
        match relations.insert(id.clone(), (kind, target)) {
            None => Ok(()),
            Some(_) => Err(format!("two of its relations have the id `{id}`")),
        }
    })?;
    Ok(relations)
}

fn sheets(
    container: &mut Container,
    folder: &str,
    file: &str,
    relations: &Relations,
) -> Result<Package, Refusal> {
    let mut sheets = Vec::new();
    let mut computes_on_load = false;
    container.walk(&format!("{folder}{file}"), SMALL, |_, event| {
        let Event::Start(element) = event else {
            return Ok(());
        };
        match element.local_name().as_ref() {
            "calcPr" => {
                let [asked] = attributes(element, ["fullCalcOnLoad"])?;
                computes_on_load = asked.is_some_and(|asked| matches!(&*asked, "1" | "true"));
            }
            "sheet" => sheets.push(Sheet::read(element, folder, relations)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Package {
        sheets,
        computes_on_load,
    })
}

impl Sheet {
    fn read(
        element: &quick_xml::events::BytesStart<'_>,
        folder: &str,
        relations: &Relations,
    ) -> Result<Self, String> {
        let [name, state] = attributes(element, ["name", "state"])?;
        let name = name.unwrap_or_default();
        let name = unescape(&name).map_err(|error| error.to_string())?;
        let mut id = None;
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let key = attribute.key.as_ref();
            if (key == "id" || key.ends_with(":id")) && id.replace(attribute.value).is_some() {
                return Err("an element has the attribute `id` twice".to_owned());
            }
        }
        let relation = id.and_then(|id| relations.get(&*id));
        let (kind, target) = relation.ok_or("a sheet has no part")?;
        Ok(Self {
            name: name.into_owned(),
            part: match target.strip_prefix('/') {
                Some(target) => target.to_owned(),
                None => format!("{folder}{target}"),
            },
            visible: state.is_none_or(|state| state == "visible"),
            has_cells: kind.ends_with("/worksheet"),
        })
    }
}

/// Walks the shared texts. Room is made for as many as they say they are, so that number must be about right.
fn check_strings(container: &mut Container, part: &str) -> Result<(), Refusal> {
    let bounds = Bounds {
        bytes_max: STRINGS_BYTES_MAX,
        ..Bounds::default()
    };
    let mut said = 0;
    let mut count = 0;
    let mut inside: Option<(usize, Parts)> = None;
    container.walk(part, bounds, |depth, event| {
        if let Some((outer, parts)) = &mut inside {
            let odd = |how| format!("text {} {how}", count - 1);
            if matches!(event, Event::End(_)) && depth == *outer {
                inside = None;
                return Ok(());
            }
            return parts.see(depth, event).map_err(odd);
        }
        let Event::Start(element) = event else {
            return Ok(());
        };
        match element.local_name().as_ref() {
            "sst" => {
                let [unique] = attributes(element, ["uniqueCount"])?;
                let unique = unique.and_then(|unique| unique.parse().ok());
                said = said.max(unique.unwrap_or(0));
            }
            "si" => {
                count += 1;
                inside = Some((depth, Parts::default()));
            }
            _ => {}
        }
        if count > STRINGS_MAX {
            return Err(format!("it holds more than {STRINGS_MAX} texts"));
        }
        Ok(())
    })?;
    if said > 2 * count + 1024 {
        let why = format!("{part} says that it holds {said} texts, and holds {count}");
        return Err(unsound(container.name(), why));
    }
    Ok(())
}

fn check_styles(container: &mut Container, part: &str) -> Result<(), Refusal> {
    let bounds = Bounds {
        bytes_max: PART_BYTES_MAX,
        piece_bytes_max: STYLE_PIECE_BYTES_MAX,
    };
    let mut elements = 0;
    container.walk(part, bounds, |_, event| {
        elements += u64::from(matches!(event, Event::Start(_)));
        if elements > STYLE_ELEMENTS_MAX {
            return Err(format!("it has more than {STYLE_ELEMENTS_MAX} elements"));
        }
        Ok(())
    })
}
