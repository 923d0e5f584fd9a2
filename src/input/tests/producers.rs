//! Workbooks as the programs write them that people use. Each was made by the program it is named after, from the same values: those
//! of openpyxl 3.1, `XlsxWriter` 3.3 and pandas 3.1 on Python, and some of them opened and saved again in `LibreOffice` 7.4.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn workbooks(kind: &str) -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/input/tests/producers");
    let paths = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = paths.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with(kind)
    });
    paths.sort();
    paths
}

fn read(path: &Path, options: &InputOptions) -> Read {
    read_all(Input::open(path, options).unwrap()).unwrap()
}

#[test]
fn each_value_is_read_as_the_program_that_wrote_it_says_beside_it() {
    let mut wrong = Vec::new();
    let mut values = 0;
    for path in workbooks("values-") {
        for row in read(&path, &InputOptions::default()).rows() {
            let [feature, value, expected] = row[..] else {
                panic!("{path:?}: {row:?}")
            };
            let value = match value.split_once(": ") {
                Some((unusable, _)) if unusable.starts_with("unusable ") => unusable,
                _ => value,
            };
            if value != expected {
                wrong.push(format!("{path:?}: {feature}: {value:?}, not {expected:?}"));
            }
            values += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(values > 300, "{values}");
}

#[test]
fn what_is_hidden_merged_and_blank_is_told_whatever_program_wrote_it() {
    let paths = workbooks("structure-");
    assert_eq!(paths.len(), 4);
    for path in paths {
        let mut options = InputOptions::default();
        options.header.names = vec!["工号".to_owned()];
        let read = read(&path, &options);
        assert_eq!(read.columns, ["工号", "姓名", "部门", "备注"], "{path:?}");
        let merged = "unusable 技术: is part of merged cells; unmerge them and fill each cell";
        assert_eq!(
            read.rows(),
            [
                ["007", "张三", merged, "absent"],
                ["008", "李四", merged, "x"],
                ["009", "王五", "销售", "absent"],
                ["010", "赵六", "销售", "absent"],
            ],
            "{path:?}"
        );
        let told: Vec<String> = read.findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "1 line above the header is not read as a row",
                "1 hidden row is read like the others",
                "hidden columns are read like the others: D",
                "merged cells in the rows: C4:C5",
                "3 blank lines are not counted as rows",
            ],
            "{path:?}"
        );
    }
}
