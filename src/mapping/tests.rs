//! What becomes of a row: the item that is sent, or the sentence that says why not.

use std::fs;

use super::*;
use crate::job;
use crate::job::Source;

fn job(text: &str) -> Job {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    fs::write(&path, text).unwrap();
    job::load(&path, &[]).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn shifts() -> Job {
    job(
        "endpoint = \"attendance.user_daily_shifts.batch_create\"\n[request]\nemployee_type = \"employee_id\"\noperator_id = \"dd31248a\"\n[input]\nignore = [\"姓名\"]\n",
    )
}

fn plan_rows() -> Job {
    job(
        "endpoint = \"corehr.workforce_plan_detail_row.batchDelete\"\n[request]\nworkforce_plan_id = \"7430330781544564268\"\n[item]\ndimensions = { columns = [\"department\", \"location\"], key = \"dimension_key\", value = \"dimension_value\" }\n",
    )
}

fn archive() -> Job {
    job(
        "endpoint = \"attendance.archive_rule.upload_report\"\n[request]\nemployee_type = \"employee_id\"\nmonth = { column = \"month\" }\noperator_id = \"a\"\narchive_rule_id = 1\n[item]\nfield_datas = { columns = \"*\", key = \"code\", value = \"value\" }\n",
    )
}

fn columns(header: &str) -> Columns {
    Columns::new(header.split(',').map(str::to_owned).collect())
}

fn row(cells: &str) -> Row {
    let mut row = Row::default();
    for (column, cell) in cells.split(',').enumerate() {
        row.set(column, Cell::Text(cell));
    }
    row
}

fn map(job: &Job, header: &str, cells: &str) -> Result<Mapped, String> {
    let columns = columns(header);
    let lookups = Lookups::default();
    let mut mapper = Mapper::new(job, &lookups, &columns, None, Typing::Untyped)
        .map_err(|refusal| refusal.to_string())?;
    let mut mapped = Mapped::default();
    mapper
        .map(&columns, &row(cells), None, &mut mapped)
        .map(|()| mapped)
        .map_err(|rejection| rejection.sentence().to_string())
}

fn body(job: &Job, header: &str, cells: &str) -> Result<String, String> {
    map(job, header, cells).map(|mapped| String::from_utf8(mapped.body).unwrap())
}

const SHIFT: &str = "user_id,group_id,shift_id,month,day_no";

#[test]
fn a_row_becomes_the_documents_own_item() {
    assert_eq!(
        body(&shifts(), SHIFT, "abd754f7,6737202939523236110,0,202101,21").unwrap(),
        r#"{"group_id":"6737202939523236110","shift_id":"0","month":202101,"user_id":"abd754f7","day_no":21}"#
    );
}

#[test]
fn an_optional_cell_that_is_empty_is_left_out() {
    let header = format!("{SHIFT},is_clear_schedule");
    assert!(
        !body(&shifts(), &header, "a,b,c,202101,21,")
            .unwrap()
            .contains("is_clear")
    );
    assert!(
        body(&shifts(), &header, "a,b,c,202101,21,false")
            .unwrap()
            .ends_with(r#""is_clear_schedule":false}"#)
    );
}

#[test]
fn a_cleared_day_is_destructive_and_a_shift_is_not() {
    let header = format!("{SHIFT},is_clear_schedule");
    assert!(
        map(&shifts(), &header, "a,b,c,202101,21,TRUE")
            .unwrap()
            .destructive
    );
    assert!(
        !map(&shifts(), &header, "a,b,c,202101,21,false")
            .unwrap()
            .destructive
    );
    assert!(
        map(&plan_rows(), "department,location", "1,2")
            .unwrap()
            .destructive
    );
}

#[test]
fn a_rejection_names_column_value_and_rule() {
    let cases = [
        (
            "a,b,c,202106,31",
            "day_no `31`: is not a day of that month (2021-06 has 30 days)",
        ),
        (
            "a,b,c,202113,31",
            "month `202113`: must be a month, written yyyyMM such as 202409",
        ),
        (",b,c,202106,30", "user_id: is required and empty"),
        (
            "6.7E+18,b,c,202106,30",
            "user_id `6.7E+18`: is a number as a spreadsheet shows it, not an id; format the column as text and paste the ids again",
        ),
    ];
    for (cells, sentence) in cases {
        assert_eq!(body(&shifts(), SHIFT, cells).unwrap_err(), sentence);
    }
}

#[test]
fn named_columns_fold_into_dimensions_and_an_empty_cell_leaves_one_out() {
    assert_eq!(
        body(&plan_rows(), "department,location", "11,").unwrap(),
        r#"{"dimensions":[{"dimension_key":"department","dimension_value":"11"}]}"#
    );
    assert_eq!(
        body(&plan_rows(), "department,location", ",").unwrap_err(),
        "dimensions: too few of its columns are filled (0; from 1 to 20)"
    );
}

#[test]
fn every_further_column_of_a_report_is_a_field_code() {
    let mapped = map(
        &archive(),
        "member_id,start_time,end_time,month,f1,f2",
        "m,20240901,20240930,202409,1.50,",
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(mapped.body).unwrap(),
        r#"{"member_id":"m","start_time":"20240901","end_time":"20240930","field_datas":[{"code":"f1","value":"1.50"}]}"#
    );
    assert_eq!(mapped.envelope[1], "\"202409\"");
}

#[test]
fn the_key_of_a_plan_row_does_not_depend_on_the_order_of_its_dimensions() {
    let turned = job(
        "endpoint = \"corehr.workforce_plan_detail_row.batchDelete\"\n[request]\nworkforce_plan_id = \"7430330781544564268\"\n[item]\ndimensions = { columns = [\"location\", \"department\"], key = \"dimension_key\", value = \"dimension_value\" }\n",
    );
    let key = |job: &Job, header, cells| map(job, header, cells).unwrap().key;
    let header = "department,location";
    assert_eq!(
        key(&plan_rows(), header, "1,2"),
        key(&turned, header, "1,2")
    );
    assert_ne!(
        key(&plan_rows(), header, "1,2"),
        key(&plan_rows(), header, "2,1")
    );
}

#[test]
fn the_same_member_in_another_month_is_another_item() {
    let header = "member_id,start_time,end_time,month,f1";
    let key = |month: &str| {
        map(
            &archive(),
            header,
            &format!("m,20240926,20241025,{month},1"),
        )
        .unwrap()
        .key
    };
    assert_ne!(key("202409"), key("202410"));
    assert_eq!(key("202409"), key("202409"));
}

#[test]
fn a_header_that_does_not_fit_the_job_is_refused_before_any_row() {
    let cases = [
        (
            "user_id,group_id,shift_id,month",
            "the header lacks the column `day_no`",
        ),
        (
            "User_ID,group_id,shift_id,month,day_no",
            "has `User_ID` where `user_id` is expected",
        ),
        (
            "user_id ,group_id,shift_id,month,day_no",
            "where `user_id` is expected",
        ),
        (
            "ｕｓｅｒ_ｉｄ,group_id,shift_id,month,day_no",
            "where `user_id` is expected",
        ),
        (
            "user_id,group_id,shift_id,month,day_no,is_clear_schedul",
            "where `is_clear_schedule` is expected",
        ),
        (
            "user_id,group_id,shift_id,month,day_no,备注",
            "ignore = [\"备注\"]",
        ),
        (
            "工号,group_id,shift_id,month,day_no",
            "the header lacks the column `user_id`",
        ),
    ];
    for (header, text) in cases {
        let refusal = body(&shifts(), header, "a,b,c,202101,21").unwrap_err();
        assert!(refusal.contains(text), "{header}: {refusal}");
    }
    assert!(body(&shifts(), &format!("{SHIFT},姓名"), "a,b,c,202101,21,张三").is_ok());
    let refusal = body(
        &archive(),
        "member_id,start_time,end_time,month,应出勤 天数",
        "m,1,2,3,4",
    )
    .unwrap_err();
    assert!(
        refusal.contains("the column `应出勤 天数` cannot be sent under its name"),
        "{refusal}"
    );
}

#[test]
fn a_wrong_constant_is_refused_before_any_row() {
    let mut job = shifts();
    job.request[0] = Source::Constant("employee".into());
    let refusal = body(&job, SHIFT, "a,b,c,202101,21").unwrap_err();
    assert!(refusal.contains("employee_type = `employee`: is not one of the values allowed (employee_id, employee_no)"), "{refusal}");
}

#[test]
fn a_json_row_with_an_unknown_key_is_rejected() {
    let job = shifts();
    let mut columns = columns(SHIFT);
    let lookups = Lookups::default();
    let mut mapper = Mapper::new(&job, &lookups, &columns, None, Typing::Typed).unwrap();
    let mut row = Row::default();
    for (column, cell) in [
        Cell::Text("a"),
        Cell::Text("b"),
        Cell::Number("0"),
        Cell::Number("202101"),
        Cell::Number("21"),
    ]
    .into_iter()
    .enumerate()
    {
        row.set(column, cell);
    }
    let mut mapped = Mapped::default();
    mapper.map(&columns, &row, None, &mut mapped).unwrap();
    assert_eq!(
        String::from_utf8(mapped.body.clone()).unwrap(),
        r#"{"group_id":"b","shift_id":"0","month":202101,"user_id":"a","day_no":21}"#
    );
    let new = columns.add("is_clear_schedul");
    mapper.map(&columns, &row, None, &mut mapped).unwrap();
    row.set(new, Cell::Bool(true));
    let rejection = mapper.map(&columns, &row, None, &mut mapped).unwrap_err();
    assert_eq!(
        rejection.sentence().to_string(),
        "is_clear_schedul: has a key that the job does not use"
    );
}

#[test]
fn more_entries_than_the_platform_takes_are_rejected_here() {
    let codes: Vec<String> = (0..201).map(|code| format!("f{code}")).collect();
    let header = format!("member_id,start_time,end_time,month,{}", codes.join(","));
    let values = |filled: usize| {
        let cells: Vec<&str> = (0..201)
            .map(|at| if at < filled { "1" } else { "" })
            .collect();
        format!("m,20240901,20240930,202409,{}", cells.join(","))
    };
    assert!(body(&archive(), &header, &values(200)).is_ok());
    assert_eq!(
        body(&archive(), &header, &values(201)).unwrap_err(),
        "field_datas: too many of its columns are filled (201; from 1 to 200)"
    );
}
