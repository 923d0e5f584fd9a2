//! Whole tables: each form of a title and each place that says the month.

mod properties;
mod refusals;
mod weeks;

use jiff::civil::date;

use super::*;

/// A table: its day columns stand after two others, in a file with one more column before them all.
struct Table {
    columns: Columns,
    head: Head,
    candidates: Vec<usize>,
    rule: DayRule,
}

/// Where the first day column stands among the columns.
const FIRST: usize = 2;

fn table<T: AsRef<str>>(titles: &[T]) -> Table {
    let names = ["工号", "姓名"].into_iter();
    let names: Vec<String> = names
        .chain(titles.iter().map(T::as_ref))
        .map(str::to_owned)
        .collect();
    Table {
        head: Head {
            positions: (1..=names.len()).collect(),
            ..Head::default()
        },
        candidates: (FIRST..names.len()).collect(),
        columns: Columns::new(names),
        rule: DayRule::default(),
    }
}

fn bare(days: impl IntoIterator<Item = i8>) -> Vec<String> {
    days.into_iter().map(|day| day.to_string()).collect()
}

impl Table {
    fn month(mut self, month: &str) -> Self {
        self.rule.month = Some(YearMonth::parse(month).unwrap());
        self
    }

    fn first_day(mut self, first_day: i8) -> Self {
        self.rule.first_day = first_day;
        self
    }

    fn pattern(mut self, pattern: &str) -> Self {
        self.rule.pattern = Some(pattern.to_owned());
        self
    }

    fn sheet(mut self, name: &str) -> Self {
        self.head.sheet = Some(name.to_owned());
        self
    }

    fn above(mut self, text: &str) -> Self {
        self.head.above.push(vec![String::new(), text.to_owned()]);
        self
    }

    /// Weekdays under the day columns, one character each; `.` is an empty cell.
    fn weekdays(mut self, line: &str) -> Self {
        let cells = line.chars().map(|cell| match cell {
            '.' => String::new(),
            cell => cell.to_string(),
        });
        let before = ["", "星期", ""].into_iter().map(str::to_owned);
        self.head.weekdays = Some(before.chain(cells).collect());
        self
    }

    fn calendar(&self) -> Result<Calendar, Refusal> {
        calendar(&self.columns, &self.head, &self.candidates, &self.rule)
    }

    /// The dates as `yyyyMMdd`, `-` where there is none.
    fn dates(&self) -> String {
        let calendar = self
            .calendar()
            .unwrap_or_else(|refusal| panic!("{refusal}"));
        let dates = calendar.days.iter().map(|day| day.date.map(date_text));
        let dates: Vec<String> = dates.map(|date| date.unwrap_or("-".into())).collect();
        dates.join(" ")
    }

    fn refusal(&self) -> String {
        self.calendar().unwrap_err().to_string()
    }
}

/// Whether a title may be a day's, alone or among others.
fn is_day_title(title: &str, pattern: Option<&str>) -> bool {
    let pattern = pattern.map(Pattern::parse).transpose();
    pattern.is_ok_and(|pattern| title::read(title, pattern.as_ref()).is_some())
}

const THREE: &str = "20260901 20260902 20260903";

#[test]
fn each_form_of_a_title_is_its_day() {
    for titles in [
        ["1", "2", "3"],
        ["01", "02", "03"],
        ["1日", "2日", "3日"],
        ["1号", "2号", "3號"],
        ["１日", "２日", "３日"],
        [" 1 ", "\t2", "3\u{3000}"],
        ["9月1日", "9月2日", "9月3日"],
        ["09月01日", "09月02日", "09月03日"],
        ["9 月 1 日", "9月2", "九月3日"],
        ["09-01", "09-02", "9-3"],
        ["9/1", "9/2", "09/03"],
        ["9.1", "9.2", "9.3"],
        ["09.01", "09.02", "09.03"],
        ["2026-09-01", "2026-9-2", "2026-09-03"],
        ["2026/9/1", "2026/9/2", "2026/09/03"],
        ["2026.9.1", "2026.9.2", "2026.9.3"],
        ["2026年9月1日", "2026年9月2日", "2026年09月03日"],
        ["2026年9月 1", "2026年9月 2", "2026年9月 3"],
        ["20260901", "20260902", "20260903"],
        ["46266", "46267", "46268"],
        ["9月1日", "2", "3"],
        ["2026-09-01", "9/2", "3号"],
        // With a weekday: 1 September 2026 is a Tuesday.
        ["09-01 周二", "09-02 周三", "09-03 周四"],
        ["1 周二", "2 周三", "3 周四"],
        ["1\n周二", "2\r\n周三", "3\n\n周四"],
        ["1(二)", "2(三)", "3(四)"],
        ["1（星期二）", "2（星期三）", "3（星期四）"],
        ["1 二", "2\n三", "3四"],
        ["1日二", "2日(三)", "3日 四"],
        ["周二 1", "星期三\n2", "(四)3"],
        ["礼拜二1日", "禮拜三2日", "週四3日"],
        ["Tue 1", "2 Wed", "3(THURSDAY)"],
        ["Tue. 1", "2/Wed", "3-Thurs"],
        ["2026-09-01 Tuesday", "2026/9/2（周三）", "20260903 四"],
        ["46266 周二", "46267 周三", "46268 周四"],
        ["9.1 周二", "9.2 周三", "9.3 周四"],
    ] {
        assert_eq!(table(&titles).month("202609").dates(), THREE, "{titles:?}");
        assert!(
            titles.iter().all(|title| is_day_title(title, None)),
            "{titles:?}"
        );
    }
    let sunday = [
        "6日",
        "6日日",
        "6 日",
        "6(日)",
        "6(天)",
        "6 天",
        "6周日",
        "6 周天",
        "6星期天",
    ];
    for title in sunday {
        assert_eq!(
            table(&["4号", "5号", title]).month("202609").dates(),
            "20260904 20260905 20260906",
            "{title}"
        );
    }
}

#[test]
fn other_titles_are_no_days() {
    for title in [
        "",
        " ",
        "0",
        "00",
        "32",
        "100",
        "001",
        "1 2",
        "1班",
        "第1天",
        "7天",
        "1天",
        "合计",
        "9月",
        "2026",
        "2026-09",
        "202609",
        "13-1",
        "9-32",
        "9月32日",
        "1999-09-01",
        "26-9-1",
        "9-1-2026",
        "1/9/2026",
        "2026-9/1",
        "20261301",
        "36525",
        "73051",
        "9.1.1班",
        "1.5小时",
        "周一",
        "一",
        "日1",
        "一1",
        "1 周",
        "1(白)",
        "Day 1",
        "1.",
        "-1",
        "1月1",
        "1日1日",
        "１２３",
        "6753520403404030215",
    ] {
        // `1月1` is a month and a day.
        assert_eq!(is_day_title(title, None), title == "1月1", "{title}");
    }
    assert!(!is_day_title(&" 1".repeat(60), None));
}

#[test]
fn serial_numbers_count_the_days_as_spreadsheets_do() {
    assert_eq!(
        table(&["36526", "46000", "73050"]).dates(),
        "20000101 20251209 20991231"
    );
    assert_eq!(
        table(&["45350", "45351", "45352"]).dates(),
        "20240228 20240229 20240301"
    );
}

#[test]
fn each_place_may_say_the_month() {
    let days = || table(&["1", "2", "3"]);
    for (table, known_by) in [
        (
            days().month("202609"),
            "the month 202609 (September 2026) is known by the job or --set",
        ),
        (
            days().above("2026年9月排班表"),
            "the month 202609 (September 2026) is known by the title `2026年9月排班表`",
        ),
        (
            days().above("统计日期: 2026-09-01 ~ 2026-09-10"),
            "the month 202609 (September 2026) is known by the title `统计日期: 2026-09-01 ~ 2026-09-10`",
        ),
        (
            days().above("制表日期: 2026-08-28").above("2026-09"),
            "the month 202609 (September 2026) is known by the title `2026-09`",
        ),
        (
            days().sheet("2026年9月"),
            "the month 202609 (September 2026) is known by the sheet's name `2026年9月`",
        ),
        (
            days().sheet("202609"),
            "the month 202609 (September 2026) is known by the sheet's name `202609`",
        ),
        (
            days().above("九月排班").sheet("September 2026"),
            "the month 202609 (September 2026) is known by the sheet's name `September 2026`",
        ),
        (
            days().sheet("九月").month("202609"),
            "the month 202609 (September 2026) is known by the job or --set",
        ),
        (
            table(&["2026-09-01", "2", "3"]),
            "the month 202609 (September 2026) is known by the column `2026-09-01`",
        ),
        (
            table(&["2026-09-01", "9-2", "3"]).sheet("9月"),
            "the month 202609 (September 2026) is known by the column `2026-09-01`",
        ),
    ] {
        assert_eq!(table.dates(), THREE, "{known_by}");
        let calendar = table.calendar().unwrap();
        assert_eq!(calendar.known_by, known_by);
        assert_eq!(calendar.period, Some((date(2026, 9, 1), date(2026, 9, 30))));
    }
    let full = table(&["2026-09-01", "2026-09-02", "2026-09-03"]);
    assert_eq!(full.dates(), THREE);
    let calendar = full.calendar().unwrap();
    assert_eq!(
        calendar.known_by,
        "the title of each day is its full date (September 2026)"
    );
    assert_eq!(calendar.period, Some((date(2026, 9, 1), date(2026, 9, 3))));
}

#[test]
fn full_dates_may_cross_months_when_nothing_says_a_month() {
    let week = ["2026-08-31", "2026-09-01", "2026-09-06"];
    let dates = "20260831 20260901 20260906";
    assert_eq!(table(&week).dates(), dates);
    assert_eq!(table(&week).above("2026-08-31 ~ 2026-09-06").dates(), dates);
    assert_eq!(table(&week).above("8月31日-9月6日").dates(), dates);
    assert_eq!(table(&week).above("制表日期: 2026-07-28").dates(), dates);
    assert_eq!(
        table(&week).above("2026-08-31 ~ 2026-09-05").refusal(),
        "error: the column `2026-09-06` is not within the title `2026-08-31 ~ 2026-09-05`: which of the two is right?\nhint: correct the one that is wrong in the file"
    );
}

#[test]
fn the_days_keep_their_columns_and_titles_and_other_columns_are_left_to_the_caller() {
    let mut table = table(&["备注", "1", "2 周三", "合计", "31"]).month("202609");
    table.columns.add("3");
    let calendar = table.calendar().unwrap();
    let days: Vec<_> = calendar
        .days
        .iter()
        .map(|day| (day.column, day.title.as_str()))
        .collect();
    assert_eq!(days, [(3, "1"), (4, "2 周三"), (6, "31")]);
    let [first, _, last] = calendar.days.as_slice() else {
        panic!()
    };
    assert_eq!(first.date, Some(date(2026, 9, 1)));
    assert_eq!(first.lacking, None);
    assert_eq!(last.date, None);
    let lacking = last.lacking.as_ref().unwrap();
    assert_eq!(lacking.written, "20260931");
    assert_eq!(lacking.why, "September 2026 has 30 days");
}

#[test]
fn days_that_the_month_lacks_have_no_date() {
    for (table, dates) in [
        (table(&["29", "30", "31"]).month("202602"), "- - -"),
        (
            table(&["28", "29", "30"]).month("202402"),
            "20240228 20240229 -",
        ),
        (table(&["9月30日", "9月31日"]).month("202609"), "20260930 -"),
        (
            table(&["2026-02-28", "2026-02-29", "2026-03-01"]),
            "20260228 - 20260301",
        ),
        (table(&["20260228", "20260230"]), "20260228 -"),
        (
            table(&["30", "31", "1"]).first_day(26).month("202607"),
            "20260630 - 20260701",
        ),
        (
            table(&["30", "31", "1"])
                .month("202607")
                .first_day(26)
                .weekdays("二日三"),
            "20260630 - 20260701",
        ),
    ] {
        assert_eq!(table.dates(), dates);
    }
}

#[test]
fn a_period_may_begin_in_the_month_before() {
    let days = || bare((26..=31).chain(1..=25));
    let september = table(&days()).first_day(26).month("202609");
    let calendar = september.calendar().unwrap();
    assert_eq!(
        calendar.period,
        Some((date(2026, 8, 26), date(2026, 9, 25)))
    );
    assert_eq!(calendar.days.len(), 31);
    assert!(september.dates().starts_with("20260826 20260827"));
    assert!(september.dates().ends_with("20260831 20260901 20260902 20260903 20260904 20260905 20260906 20260907 20260908 20260909 20260910 20260911 20260912 20260913 20260914 20260915 20260916 20260917 20260918 20260919 20260920 20260921 20260922 20260923 20260924 20260925"));
    let january = |titles: &[&str]| table(titles).first_day(26).month("202601").dates();
    assert_eq!(january(&["26", "27", "1"]), "20251226 20251227 20260101");
    assert_eq!(
        january(&["12-26", "12-31", "1-25"]),
        "20251226 20251231 20260125"
    );
    assert_eq!(
        january(&["2025-12-26", "31", "1月1日"]),
        "20251226 20251231 20260101"
    );
    let range = table(&days())
        .first_day(26)
        .above("2026年8月26日-9月25日考勤");
    assert_eq!(range.dates(), september.dates());
    let titled = table(&["2026-08-26", "27", "28"]).first_day(26);
    assert_eq!(titled.dates(), "20260826 20260827 20260828");
    assert_eq!(
        titled.calendar().unwrap().known_by,
        "the month 202609 (September 2026) is known by the column `2026-08-26`"
    );
}

#[test]
fn a_pattern_of_the_job_names_the_days_and_nothing_else_does() {
    let custom = table(&["第1天", "第2天", "3"])
        .pattern("第{day}天")
        .month("202609");
    assert_eq!(custom.dates(), "20260901 20260902");
    assert_eq!(
        table(&["9.9班", "9.10班"])
            .pattern("{month}.{day}班")
            .sheet("2026年9月")
            .dates(),
        "20260909 20260910"
    );
    assert_eq!(
        table(&["7"]).pattern("{day}").month("202609").dates(),
        "20260907"
    );
    assert!(is_day_title("第1天", Some("第{day}天")));
    assert!(!is_day_title("1", Some("第{day}天")));
    assert!(!is_day_title("1", Some("{")));
}

#[test]
fn the_columns_of_days_are_known_without_their_month() {
    let days = |titles: &[&str]| {
        let table = table(titles);
        day_columns(&table.columns, &table.candidates, &table.rule)
    };
    assert_eq!(days(&["1", "备注", "31", "2026-09-01"]), [2, 4, 5]);
    assert_eq!(days(&["9.9", "9.10", "9.11"]), [2, 3, 4]);
    assert_eq!(days(&["8.31", "9.1", "9.2"]), [2, 3, 4]);
    assert_eq!(days(&["12.31", "1.1", "1.2"]), [2, 3, 4]);
    // The tenth as a number cell shows it, a gap, too few, and decimals beside days.
    assert_eq!(days(&["9.8", "9.9", "9.1", "9.11"]), [0; 0]);
    assert_eq!(days(&["9.1", "9.2", "9.4"]), [0; 0]);
    assert_eq!(days(&["9.1", "9.2"]), [0; 0]);
    assert_eq!(days(&["1", "2", "2.5", "3"]), [2, 3, 5]);
    let mut broken = table(&["1", "2", "3"]);
    broken.rule.pattern = Some("{".into());
    assert_eq!(
        day_columns(&broken.columns, &broken.candidates, &broken.rule),
        [0; 0]
    );
}

#[test]
fn full_dates_say_their_months_in_words_whatever_year_they_are_of() {
    let known_by = |titles: &[&str]| table(titles).calendar().unwrap().known_by;
    assert_eq!(
        known_by(&["2025-09-01", "2025-09-02"]),
        "the title of each day is its full date (September 2025)"
    );
    assert_eq!(
        known_by(&["2025-12-31", "2026-01-01"]),
        "the title of each day is its full date (December 2025 to January 2026)"
    );
}

#[test]
fn days_in_the_middle_without_a_column_are_told() {
    let missing = |titles: &[&str]| {
        let table = table(titles).month("202609");
        table.calendar().unwrap().without_column
    };
    assert_eq!(missing(&["1", "2", "3"]), None);
    assert_eq!(missing(&["13", "14", "16"]).unwrap(), "2026-09-15");
    assert_eq!(
        missing(&["1", "2", "5", "6", "8", "31"]).unwrap(),
        "2026-09-03 to 2026-09-04, 2026-09-07"
    );
    let many = missing(&["1", "3", "5", "7", "9", "11", "13", "15"]).unwrap();
    assert!(
        many.to_string().ends_with("2026-09-10 and 2 more"),
        "{many}"
    );
}

#[test]
fn a_month_over_the_days_of_a_header_with_two_lines_is_read_with_them() {
    let september = table(&["9月/1", "9月/2", "9月/3"]).sheet("2026年9月");
    assert_eq!(september.dates(), THREE);
    assert_eq!(
        table(&["2026年9月/1", "2026年9月/2", "2026年9月/3"]).dates(),
        THREE
    );
}

#[test]
fn a_title_that_is_a_decimal_is_the_tenth_month_only_if_something_else_says_so() {
    let bare = || table(&["1", "2", "3"]).above("2026.1");
    assert_eq!(
        bare().refusal(),
        "error: the title `2026.1` may be January or October 2026: which is meant?\n  a cell that holds the number 2026.10 shows 2026.1 too\nhint: write the month as text, such as 2026年10月; or say it: --set month=202610"
    );
    assert_eq!(bare().sheet("十月").dates(), "20261001 20261002 20261003");
    assert_eq!(bare().month("202601").dates(), "20260101 20260102 20260103");
    assert_eq!(
        bare().month("202609").refusal(),
        "error: the job or --set says September 2026, the title `2026.1` says January or October 2026: is this the right file?\nhint: give the file of that month, or say the month of the file: --set month=yyyyMM"
    );
    for title in ["2026.01", "2026.1月", "2026.1 排班表", "2026.2"] {
        let table = table(&["1", "2", "3"]).above(title);
        assert!(table.calendar().is_ok(), "{title}");
    }
}
