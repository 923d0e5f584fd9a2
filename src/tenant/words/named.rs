//! Shifts, attendance groups and columns of an archive report by their names. Each list is read whole.

use serde_json::Value;

use super::super::{Tenant, Unread, not_understood};
use crate::endpoint::{Read, Values, catalogue};
use crate::job::KnownWord;
use crate::transport::{Mint, Transport};

/// All shifts; two of one name are told apart by their hours.
pub(super) async fn shifts<T: Transport + Mint>(
    tenant: &Tenant<'_, T>,
) -> Result<Vec<KnownWord>, Unread> {
    let read = catalogue::read("attendance.shifts.list")?;
    let entries = tenant.list(&read, &Values::new()).await?;
    let word = |entry: &Value| {
        let times = entry.get("punch_time_rule").and_then(Value::as_array);
        let hours = times.into_iter().flatten().filter_map(|rule| {
            let time = |name: &str| rule.get(name).and_then(Value::as_str);
            Some(format!("{}-{}", time("on_time")?, time("off_time")?))
        });
        let hours: Vec<String> = hours.collect();
        known(&read, entry, "shift_name", "shift_id", hours.join(" "))
    };
    entries.iter().map(word).collect()
}

/// All attendance groups.
pub(super) async fn groups<T: Transport + Mint>(
    tenant: &Tenant<'_, T>,
) -> Result<Vec<KnownWord>, Unread> {
    let read = catalogue::read("attendance.groups.list")?;
    let entries = tenant.list(&read, &Values::new()).await?;
    let word = |entry: &Value| known(&read, entry, "group_name", "group_id", String::new());
    entries.iter().map(word).collect()
}

/// The columns of one archive report, each by its title, and by its title with those above it: `出勤/应出勤天数`.
pub(super) async fn codes<T: Transport + Mint>(
    tenant: &Tenant<'_, T>,
    mut values: Values,
) -> Result<Vec<KnownWord>, Unread> {
    let read = catalogue::read("attendance.archive_rule.user_stats_fields_query")?;
    values.insert("locale", "zh".into());
    let entries = tenant.list(&read, &values).await?;
    let mut words = Vec::new();
    for entry in &entries {
        let upper = entry.get("upper_titles").and_then(Value::as_array);
        let upper: Vec<&str> = upper
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let plain = known(&read, entry, "title", "code", upper.join("/"))?;
        if !upper.is_empty() {
            let word = format!("{}/{}", upper.join("/"), plain.word);
            words.push(KnownWord {
                word,
                ..plain.clone()
            });
        }
        words.push(plain);
    }
    Ok(words)
}

fn known(
    read: &Read,
    entry: &Value,
    name: &str,
    id: &str,
    about: String,
) -> Result<KnownWord, Unread> {
    let text = |field: &str| {
        entry
            .get(field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match (text(name), text(id)) {
        (Some(word), Some(value)) => Ok(KnownWord {
            word: word.to_owned(),
            value: value.to_owned(),
            about,
            name: None,
        }),
        _ => Err(not_understood(
            read,
            &text!("an entry has no {name} or no {id}", name, id),
        )),
    }
}
