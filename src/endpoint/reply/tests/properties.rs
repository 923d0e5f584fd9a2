//! What holds for any reply: reading is total, success needs evidence, and order and unknown fields mean nothing.
//!
//! Each reader is also compared with its rule written as plain set logic.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{answer, archive, batch, plan_rows, punches, records, shifts, verdicts, words};
use crate::endpoint::Endpoint;
use crate::endpoint::reply::{Disposition, read};
use crate::model::{Batch, Reply};

/// Ids of the batches below, and beside them those that a platform gone wrong would name.
const SENT: [&str; 4] = ["11", "22", "33", "44"];
const NAMED: [&str; 6] = ["11", "22", "33", "44", "55", "011"];

fn ids() -> Batch {
    batch(&SENT.map(|id| format!("\"{id}\"")))
}

/// Items of the archive: member `id`, with the codes of `codes`.
fn members() -> Batch {
    batch(&SENT.map(|id| {
        format!(r#"{{"member_id":"{id}","field_datas":[{{"code":"{id}"}},{{"code":"c"}}]}}"#)
    }))
}

fn days() -> Batch {
    batch(&SENT.map(|id| format!(r#"{{"user_id":"{id}","month":202101,"day_no":21}}"#)))
}

/// Every endpoint with a batch and a reply that confirms all of it.
fn confirmed() -> Vec<(Endpoint, Batch, String)> {
    let listed = format!("{SENT:?}");
    let entries = SENT
        .map(|id| format!(r#"{{"success":true,"id":"{id}"}}"#))
        .join(",");
    let echo = SENT
        .map(|id| format!(r#"{{"user_id":"{id}","month":202101,"day_no":21}}"#))
        .join(",");
    let reply = |data: String| format!(r#"{{"code":0,"msg":"success","data":{data}}}"#);
    vec![
        (
            punches(),
            ids(),
            reply(format!(
                r#"{{"success_record_ids":{listed},"fail_record_ids":[]}}"#
            )),
        ),
        (
            archive(),
            members(),
            reply(r#"{"invalid_code":[],"invalid_member_id":[]}"#.to_owned()),
        ),
        (
            shifts(),
            days(),
            reply(format!(r#"{{"user_daily_shifts":[{echo}]}}"#)),
        ),
        (
            records(),
            ids(),
            reply(format!(r#"{{"items":[{entries}]}}"#)),
        ),
        (plan_rows(), ids(), reply("{}".to_owned())),
    ]
}

/// Reads and checks what must hold of any answer.
fn read_safely(endpoint: &Endpoint, batch: &Batch, reply: Reply) {
    let status = reply.status;
    let answer = read(endpoint, batch, &Ok(reply));
    assert_eq!(answer.status, Some(status));
    if let Disposition::Read(verdicts) = &answer.disposition {
        assert_eq!(verdicts.items.len(), batch.items.len());
        assert_eq!(answer.code, Some(0));
        assert!((200..300).contains(&status));
    }
}

proptest! {
    #[test]
    fn any_bytes_under_any_status_are_read_without_a_panic(
        body in vec(any::<u8>(), 0..400),
        status in any::<u16>(),
        headers in any::<[Option<String>; 3]>(),
        item in vec(any::<u8>(), 0..50),
    ) {
        let mut odd = ids();
        odd.items[0].body = item.into();
        let [log_id, reset, location] = headers;
        let reply = Reply { status, body, log_id, reset, location, ..Reply::default() };
        for (endpoint, batch, _) in confirmed() {
            read_safely(&endpoint, &batch, reply.clone());
            read_safely(&endpoint, &odd, reply.clone());
        }
    }

    #[test]
    fn a_damaged_reply_is_read_without_a_panic(
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..8),
        which in 0..5_usize,
    ) {
        let (endpoint, batch, body) = confirmed().swap_remove(which);
        let mut body = body.into_bytes();
        for (place, byte, edit) in edits {
            let place = place.index(body.len().max(1));
            match edit {
                0 if place < body.len() => body[place] = byte,
                1 => body.truncate(place),
                2 if place < body.len() => { body.remove(place); }
                _ => body.insert(place.min(body.len()), byte),
            }
        }
        read_safely(&endpoint, &batch, Reply { status: 200, body, ..Reply::default() });
    }

    #[test]
    fn any_text_as_msg_is_read_without_a_panic(msg in any::<String>(), map in "[{｛\\[:：,，a1 月日\"'“”\\]｝}-]{0,40}") {
        for msg in [msg, map] {
            let msg = serde_json::to_string(&msg).unwrap();
            let body = format!(r#"{{"code":0,"msg":{msg},"data":{{}}}}"#);
            for (endpoint, batch, _) in confirmed() {
                read_safely(&endpoint, &batch, Reply { status: 200, body: body.clone().into_bytes(), ..Reply::default() });
            }
        }
    }

    #[test]
    fn a_reply_cut_short_confirms_nothing(cut in any::<prop::sample::Index>(), which in 0..5_usize) {
        let (endpoint, batch, body) = confirmed().swap_remove(which);
        prop_assert_eq!(words(&verdicts(&endpoint, &batch, &body)), ["succeeded"; 4]);
        let cut = answer(&endpoint, &batch, 200, &body[..cut.index(body.len())]);
        prop_assert!(!matches!(cut.disposition, Disposition::Read(_)));
    }

    #[test]
    fn unknown_fields_change_nothing(
        key in "[a-z]{3}_unknown",
        value in select(vec!["null", "0", "\"x\"", "[1,[2]]", "{\"code\":1,\"success\":false}"]),
        which in 0..5_usize,
    ) {
        let (endpoint, batch, body) = confirmed().swap_remove(which);
        let plain = answer(&endpoint, &batch, 200, &body);
        let field = format!("{{\"{key}\":{value}");
        let more = body.replace('{', &format!("{field},")).replace(",}", "}");
        prop_assert_ne!(&more, &body);
        prop_assert_eq!(answer(&endpoint, &batch, 200, &more), plain);
    }

    #[test]
    fn punches_go_by_the_two_lists_whatever_their_order(
        succeeded in vec(select(&NAMED[..]), 0..8),
        failed in vec(select(&NAMED[..]), 0..8),
        swapped in any::<bool>(),
        order in Just((0..SENT.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let (yes, no) = (format!(r#""success_record_ids":{succeeded:?}"#), format!(r#""fail_record_ids":{failed:?}"#));
        let data = if swapped { format!("{no},{yes}") } else { format!("{yes},{no}") };
        let body = format!(r#"{{"data":{{{data}}},"msg":"success","code":0}}"#);
        let read = verdicts(&punches(), &permuted(&ids(), &order), &body);
        let expected: Vec<_> = order.iter().map(|position| {
            let id = SENT[*position];
            match (succeeded.contains(&id), failed.contains(&id)) {
                (true, false) => "succeeded",
                (false, true) => "failed",
                (true, true) | (false, false) => "unconfirmed",
            }
        }).collect();
        prop_assert_eq!(words(&read), expected);
        let unsent_names = |id: &&str| succeeded.contains(id) || failed.contains(id);
        prop_assert_eq!(read.unsent_names.len(), ["55", "011"].iter().filter(|id| unsent_names(id)).count());
    }

    #[test]
    fn members_go_by_the_lists_of_failures_unless_one_is_missing_or_names_what_was_not_sent(
        members_refused in proptest::option::of(vec(select(&NAMED[..]), 0..4)),
        codes_refused in proptest::option::of(vec(select(&NAMED[..]), 0..4)),
        order in Just((0..SENT.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let list = |list: &Option<Vec<&str>>| list.as_ref().map_or("null".to_owned(), |list| format!("{list:?}"));
        let body = format!(
            r#"{{"code":0,"msg":"success","data":{{"invalid_member_id":{},"invalid_code":{}}}}}"#,
            list(&members_refused), list(&codes_refused)
        );
        let read = verdicts(&archive(), &permuted(&members(), &order), &body);
        let complete = members_refused.is_some() && codes_refused.is_some();
        let (refused, codes) = (members_refused.unwrap_or_default(), codes_refused.unwrap_or_default());
        let silence_counts = complete && refused.iter().all(|id| SENT.contains(id));
        let expected: Vec<_> = order.iter().map(|position| {
            let id = SENT[*position];
            if refused.contains(&id) || codes.contains(&id) {
                "failed"
            } else if silence_counts {
                "succeeded"
            } else {
                "unconfirmed"
            }
        }).collect();
        prop_assert_eq!(words(&read), expected);
    }

    #[test]
    fn records_go_by_their_own_entries_whatever_the_order(
        entries in vec((select(&NAMED[..]), any::<Option<bool>>(), any::<bool>()), 0..10),
        order in Just((0..SENT.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let text: Vec<String> = entries.iter().map(|(id, flag, error)| {
            let flag = flag.map_or("\"true\"".to_owned(), |flag| flag.to_string());
            let code = if *error { "7" } else { "0" };
            format!(r#"{{"errors":[{{"code":"{code}"}}],"success":{flag},"id":"{id}"}}"#)
        }).collect();
        let body = format!(r#"{{"code":0,"data":{{"items":[{}]}}}}"#, text.join(","));
        let read = verdicts(&records(), &permuted(&ids(), &order), &body);
        let mut by_id = BTreeMap::<&str, Vec<&str>>::new();
        for (id, flag, error) in &entries {
            by_id.entry(*id).or_default().push(match (flag, error) {
                (Some(true), false) => "succeeded",
                (Some(false), _) => "failed",
                (Some(true), true) | (None, _) => "unconfirmed",
            });
        }
        let expected: Vec<_> = order.iter().map(|position| {
            match by_id.get(SENT[*position]).map(Vec::as_slice) {
                Some([first, rest @ ..]) if rest.iter().all(|other| other == first) => *first,
                Some(_) | None => "unconfirmed",
            }
        }).collect();
        prop_assert_eq!(words(&read), expected);
    }

    #[test]
    fn shifts_go_by_the_map_and_then_by_what_is_repeated(
        named in subsequence(&SENT[..], 1..=SENT.len()),
        unsent in any::<bool>(),
        echoed in subsequence(&SENT[..], 0..=SENT.len()),
        order in Just((0..SENT.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let who = named.iter().copied().chain(unsent.then_some("55"));
        let map = who.map(|id| format!(r#""{id}":[20210121]"#)).collect::<Vec<_>>().join(",");
        let echo = echoed.iter().map(|id| format!(r#"{{"day_no":21,"user_id":"{id}","month":202101}}"#)).collect::<Vec<_>>().join(",");
        let body = format!(r#"{{"code":0,"msg":{{{map}}},"data":{{"user_daily_shifts":[{echo}]}}}}"#);
        let read = verdicts(&shifts(), &permuted(&days(), &order), &body);
        let expected: Vec<_> = order.iter().map(|position| {
            let id = SENT[*position];
            match (unsent, named.contains(&id), echoed.is_empty() || echoed.contains(&id)) {
                (false, true, _) => "failed",
                (false, false, true) => "succeeded",
                (true, _, _) | (false, false, false) => "unconfirmed",
            }
        }).collect();
        prop_assert_eq!(words(&read), expected);
    }

    #[test]
    fn taking_evidence_away_never_makes_a_success(
        succeeded in vec(select(&NAMED[..]), 0..8),
        failed in vec(select(&NAMED[..]), 0..4),
        kept in vec(any::<bool>(), 8),
        without in select(vec!["", "success_record_ids", "data", "msg"]),
    ) {
        let fewer: Vec<&str> = succeeded.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(id, _)| *id).collect();
        let body = |succeeded: &[&str]| format!(
            r#"{{"code":0,"msg":"success","data":{{"success_record_ids":{succeeded:?},"fail_record_ids":{failed:?}}}}}"#
        );
        let before = verdicts(&punches(), &ids(), &body(&succeeded));
        let after = verdicts(&punches(), &ids(), &body(&fewer).replace(&format!("\"{without}\""), "\"gone\""));
        for (before, after) in words(&before).into_iter().zip(words(&after)) {
            prop_assert!(before == "succeeded" || after != "succeeded", "{} became {}", before, after);
        }
    }
}

#[test]
fn a_reply_without_one_of_its_parts_confirms_nothing() {
    let parts = [
        (0, &["code", "data", "success_record_ids"][..]),
        (1, &["code", "data", "invalid_code", "invalid_member_id"]),
        // What the platform repeats is a second witness to `msg`; the documents do not promise it.
        (2, &["code", "data", "msg", "user_id", "month", "day_no"]),
        (3, &["code", "data", "items", "success", "id"]),
        (4, &["code", "data"]),
    ];
    for (which, parts) in parts {
        let (endpoint, batch, body) = confirmed().swap_remove(which);
        for part in parts {
            let less = body.replace(&format!("\"{part}\":"), "\"gone\":");
            assert_ne!(less, body);
            match answer(&endpoint, &batch, 200, &less).disposition {
                Disposition::Read(verdicts) => {
                    assert_eq!(words(&verdicts), ["unconfirmed"; 4], "{part}");
                }
                Disposition::Again { .. } => assert_eq!(*part, "code"),
                Disposition::Wait { .. }
                | Disposition::RenewToken { .. }
                | Disposition::Refused { .. }
                | Disposition::Halt { .. } => panic!("{less}"),
            }
        }
    }
}

fn permuted(batch: &Batch, order: &[usize]) -> Batch {
    let mut permuted = batch.clone();
    permuted.items = order
        .iter()
        .map(|position| batch.items[*position].clone())
        .collect();
    permuted
}
