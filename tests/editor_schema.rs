//! The schemas that editors use say of a file what the program says of it.
//!
//! The validator below knows the part of JSON Schema that the two schemas are written in, and fails on anything else.

use std::fs;
use std::path::{Path, PathBuf};

use feishu_bulk::document::Document;
use feishu_bulk::endpoint::{self, Endpoint, catalogue};
use feishu_bulk::job::{self, CellPart};
use serde_json::{Map, Value};

use crate::support::Bench;
use crate::support::bench::PACKAGE;

/// Keys of a schema that say nothing about what is valid.
const SILENT: &[&str] = &[
    "$schema",
    "title",
    "description",
    "default",
    "format",
    "definitions",
];

/// What the schema has against a value; nothing when it is valid.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if *schema == Value::Bool(false) {
        return vec![format!("{at} is not allowed")];
    }
    let rules = schema.as_object().unwrap();
    let rules = rules
        .iter()
        .filter(|(key, _)| !SILENT.contains(&key.as_str()));
    rules
        .flat_map(|(key, rule)| match key.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                faults(root, root.pointer(pointer).unwrap(), value, at)
            }
            "allOf" => {
                let all = rule.as_array().unwrap().iter();
                all.flat_map(|schema| faults(root, schema, value, at))
                    .collect()
            }
            "anyOf" => {
                let mut any = rule.as_array().unwrap().iter();
                let fits = any.any(|schema| faults(root, schema, value, at).is_empty());
                fault(fits, format!("{at} is none of the forms"))
            }
            "type" => fault(
                has_type(rule.as_str().unwrap(), value),
                format!("{at} is no {rule}"),
            ),
            "enum" => {
                let known = rule.as_array().unwrap().contains(value);
                fault(known, format!("{at} is none of {rule}"))
            }
            "minimum" => {
                let least = rule.as_f64().unwrap();
                let fits = value.as_f64().is_none_or(|number| number >= least);
                fault(fits, format!("{at} is less than {least}"))
            }
            "maximum" => {
                let most = rule.as_f64().unwrap();
                let fits = value.as_f64().is_none_or(|number| number <= most);
                fault(fits, format!("{at} is more than {most}"))
            }
            "pattern" => {
                let end = rule.as_str().unwrap().strip_suffix('$').unwrap();
                let fits = value.as_str().is_none_or(|text| text.ends_with(end));
                fault(fits, format!("{at} does not end in {end}"))
            }
            "required" => {
                let names = rule.as_array().unwrap().iter();
                let lacks = |name: &&Value| value.get(name.as_str().unwrap()).is_none();
                names
                    .filter(lacks)
                    .map(|name| format!("{at} lacks {name}"))
                    .collect()
            }
            "properties" => {
                let known = rule.as_object().unwrap().iter();
                known
                    .filter_map(|(name, schema)| Some((name, schema, value.get(name)?)))
                    .flat_map(|(name, schema, value)| {
                        faults(root, schema, value, &format!("{at}/{name}"))
                    })
                    .collect()
            }
            "additionalProperties" => {
                let none = Map::new();
                let known = schema["properties"].as_object().unwrap_or(&none);
                let others = value.as_object().into_iter().flatten();
                others
                    .filter(|(name, _)| !known.contains_key(*name))
                    .flat_map(|(name, value)| faults(root, rule, value, &format!("{at}/{name}")))
                    .collect()
            }
            "items" => {
                let entries = value.as_array().into_iter().flatten().enumerate();
                entries
                    .flat_map(|(place, value)| faults(root, rule, value, &format!("{at}/{place}")))
                    .collect()
            }
            other => panic!("the validator does not know {other}"),
        })
        .collect()
}

fn fault(fits: bool, what: String) -> Vec<String> {
    if fits { Vec::new() } else { vec![what] }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the validator does not know the type {other}"),
    }
}

/// What the schema has against a file of this text.
fn against(schema: &Value, text: &str) -> Vec<String> {
    let value: Value = toml::from_str(text).unwrap();
    faults(schema, schema, &value, "")
}

/// The files of a folder that end in .toml, with their texts.
fn shipped(folder: &str) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(Path::new(PACKAGE).join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files: Vec<(PathBuf, String)> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    assert!(files.len() >= 5, "{folder}");
    files
}

#[test]
fn every_shipped_file_is_valid() {
    let (write, read) = (endpoint::schema(), endpoint::read_schema());
    for (folder, schema) in [("jobs", job::schema()), ("jobs/endpoints", write)] {
        for (path, text) in shipped(folder) {
            let schema = if text.starts_with("kind   = \"read\"") {
                &read
            } else {
                &schema
            };
            assert_eq!(
                against(schema, &text),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn every_misspelt_key_of_a_shipped_file_is_found() {
    for (folder, schema) in [
        ("jobs", job::schema()),
        ("jobs/endpoints", endpoint::schema()),
    ] {
        let mut changed = 0;
        for (path, text) in shipped(folder) {
            let file: Value = toml::from_str(&text).unwrap();
            for pointer in keys_of_ours(&schema, &file) {
                let mut file = file.clone();
                let (table, key) = pointer.rsplit_once('/').unwrap();
                let table = file.pointer_mut(table).unwrap().as_object_mut().unwrap();
                let value = table.remove(key).unwrap();
                table.insert(format!("{key}x"), value);
                let found = faults(&schema, &schema, &file, "");
                assert!(!found.is_empty(), "{} with {pointer}x", path.display());
                changed += 1;
            }
        }
        assert!(changed >= 20, "{folder}: {changed}");
    }
}

/// Pointers to the keys of a file that are words of the program, and not names of a field, a value or a column: those that go
/// when the schema of the table names its keys.
fn keys_of_ours(root: &Value, file: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    let mut tables = vec![(String::new(), root.clone(), file.clone())];
    while let Some((at, schema, value)) = tables.pop() {
        let schema = match schema["$ref"]
            .as_str()
            .or(schema["allOf"][0]["$ref"].as_str())
        {
            Some(pointer) => root.pointer(&pointer[1..]).unwrap().clone(),
            None => schema,
        };
        for (key, value) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            let below = match schema["properties"].get(key) {
                Some(below) => {
                    pointers.push(at.clone());
                    below
                }
                None => &schema["additionalProperties"],
            };
            tables.push((at, below.clone(), value.clone()));
        }
    }
    pointers
}

#[test]
fn a_value_of_another_form_is_found() {
    let schema = job::schema();
    for (text, expected) in [
        ("", "lacks \"endpoint\""),
        ("endpoint = 7", "/endpoint is no \"string\""),
        (
            "endpoint = \"x\"\n[input]\nformat = \"xml\"",
            "/input/format is none of",
        ),
        (
            "endpoint = \"x\"\n[input]\nignore = \"姓名\"",
            "/input/ignore is no \"array\"",
        ),
        (
            "endpoint = \"x\"\n[request]\nmonth = 1.5",
            "/request/month is none of the forms",
        ),
        (
            "endpoint = \"x\"\n[item]\nid = { colum = \"id\" }",
            "/item/id is none of the forms",
        ),
        (
            "endpoint = \"x\"\n[item]\nl = { columns = \"+\", key = \"k\", value = \"v\" }",
            "/item/l is none",
        ),
        (
            "endpoint = \"x\"\n[item]\nday_no = { column = \"日期\", part = \"year\" }",
            "/item/day_no is none of the forms",
        ),
        (
            "endpoint = \"x\"\n[limits]\nmax_failed = \"ten\"",
            "/limits/max_failed is none",
        ),
    ] {
        let found = against(&schema, text);
        assert!(
            found.iter().any(|fault| fault.contains(expected)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn the_words_that_the_schema_offers_are_those_that_the_program_knows() {
    let schema = endpoint::schema();
    let shifts = catalogue::document("attendance.user_daily_shifts.batch_create").unwrap();
    for (words, line, wrong) in [
        (
            "/properties/method/enum",
            "method = \"POST\"",
            "method = \"?\"",
        ),
        (
            "/properties/resend/enum",
            "resend = \"safe\"",
            "resend = \"?\"",
        ),
        ("/properties/tokens/items/enum", "[\"tenant\"]", "[\"?\"]"),
        (
            "/definitions/FieldFile/properties/in/enum",
            "in = \"query\"",
            "in = \"?\"",
        ),
        (
            "/definitions/FieldFile/properties/type/enum",
            "type = \"boolean\"",
            "type = \"?\"",
        ),
        (
            "/definitions/FieldFile/properties/written/enum",
            "written = \"integer\"",
            "written = \"?\"",
        ),
        (
            "/definitions/ReplyFile/properties/reader/enum",
            "\"message-map\"",
            "\"?\"",
        ),
    ] {
        let offered: Vec<&str> = schema
            .pointer(words)
            .unwrap_or_else(|| panic!("{words}"))
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        let text = shifts.text().replacen(line, wrong, 1);
        assert_ne!(text, shifts.text(), "{line}");
        let refusal = Endpoint::parse("mine", &Document::new("mine.toml", text)).unwrap_err();
        assert_eq!(
            refusal.hint.unwrap().to_string(),
            format!("one of: {}", offered.join(", "))
        );
    }
}

#[test]
fn the_formats_that_the_schema_offers_are_those_that_the_program_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.toml");
    let job = "endpoint = \"attendance.user_flows.batch_del\"\n[input]\nformat = \"?\"";
    fs::write(&path, job).unwrap();
    let schema = job::schema();
    let offered = schema.pointer("/definitions/InputFile/properties/format/enum");
    let offered: Vec<&str> = offered
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let refusal = job::load(&path, &[]).unwrap_err();
    assert_eq!(
        refusal.hint.unwrap().to_string(),
        format!("one of: {}", offered.join(", "))
    );
}

#[test]
fn the_parts_of_a_cell_that_the_schema_offers_are_those_that_the_program_knows() {
    let schema = job::schema();
    let offered = schema.pointer("/definitions/Cell/properties/cell/enum");
    let known = CellPart::WORDS.map(|(word, _)| Value::from(word));
    assert_eq!(offered, Some(&Value::from(known.to_vec())));
    for (word, _) in CellPart::WORDS {
        let job = format!("endpoint = \"x\"\n[item]\nday = {{ cell = \"{word}\" }}");
        assert_eq!(against(&schema, &job), Vec::<String>::new());
    }
}

#[test]
fn every_key_is_explained_in_one_sentence() {
    for schema in [job::schema(), endpoint::schema()] {
        let mut explained = 0;
        let tables = schema["definitions"].as_object().unwrap().values();
        for table in tables.chain([&schema]) {
            for (key, about) in table["properties"].as_object().into_iter().flatten() {
                let text = about["description"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{key}"));
                assert!(
                    text.ends_with('.') && text.matches(". ").count() == 0,
                    "{key}: {text}"
                );
                explained += 1;
            }
        }
        assert!(explained > 10, "{explained}");
    }
}

#[test]
fn the_command_prints_a_schema_with_its_title_and_no_null() {
    let bench = Bench::new("shift-schedule");
    for (files, schema) in [("job", job::schema()), ("endpoint", endpoint::schema())] {
        let said = bench.feishu(&["schema", files]);
        assert_eq!((said.exit, said.stderr.as_str()), (0, ""));
        assert_eq!(said.json(), schema);
        assert!(!said.stdout.contains("null"));
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(schema["title"].is_string() && schema["description"].is_string());
        assert_eq!(schema["additionalProperties"], false);
    }
}
