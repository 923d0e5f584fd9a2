//! A shift that did not take effect is told in the text of a successful reply, in a writing that no public sample shows. Whichever
//! writing it is, the row does not count as succeeded and its neighbours do.

use feishu_bulk::sandbox::{GROUP_OF_OTHERS, MessageDates, MessageForm, ShiftEcho, ShiftReplies};

use crate::support::{Bench, Table};

fn failed(replies: ShiftReplies) -> Vec<usize> {
    let row = |user: &str, day: &str| [user, "g1", "s1", "202611", day].map(str::to_owned);
    let table = Table::new(&["user_id", "group_id", "shift_id", "month", "day_no"])
        .row(row("u1", "1"))
        .row(row("u1", "2"))
        .row(row("u2", "1"))
        .row(row("u1", "12"))
        .set(2, "group_id", GROUP_OF_OTHERS)
        .set(3, "group_id", GROUP_OF_OTHERS);
    let bench = Bench::new("shift-schedule")
        .shift_replies(replies)
        .rows(&table);
    bench.run().checked().records("failed")
}

#[test]
fn what_did_not_take_effect_is_found_in_every_writing() {
    use MessageForm::{FullWidth, Go, Json, Printed, Unquoted};
    for form in [Json, Unquoted, Printed, FullWidth, Go] {
        for dates in [
            MessageDates::Compact,
            MessageDates::Dashed,
            MessageDates::Day,
        ] {
            for echo in [ShiftEcho::InEffect, ShiftEcho::All] {
                let replies = ShiftReplies { form, dates, echo };
                assert_eq!(failed(replies), [2, 3], "{replies:?}");
            }
        }
    }
}
