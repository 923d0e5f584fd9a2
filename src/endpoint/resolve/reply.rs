//! How replies are read, and what the platform's codes mean, as the catalogue file says it.

use toml::Spanned;

use super::Checker;
use crate::endpoint::definition::{CodeAction, CodeRule, FailureList, Field, ReplyReader};
use crate::endpoint::file::{CodesFile, ReplyFile};
use crate::error::Refusal;

impl Checker<'_> {
    /// The reader of replies; paths into the item must be those of its fields.
    pub(super) fn reply(
        &self,
        file: Spanned<ReplyFile>,
        fields: &[Field],
    ) -> Result<ReplyReader, Refusal> {
        let span = file.span();
        let reply = file.into_inner();
        let needed = |value: Option<String>, key: &str| {
            value.ok_or_else(|| {
                self.document.refuse(
                    &reply.reader.span(),
                    format!(
                        "the reader `{}` needs the key `{key}`",
                        reply.reader.get_ref()
                    ),
                )
            })
        };
        let field = |value: Option<&Spanned<String>>, key: &str| match value {
            Some(path) => {
                self.known(path, fields)?;
                Ok(path.get_ref().clone())
            }
            None => needed(None, key),
        };
        match reply.reader.get_ref().as_str() {
            "listed" => {
                let failed = reply
                    .failed
                    .into_iter()
                    .map(|list| {
                        self.known(&list.matches, fields)?;
                        Ok(FailureList {
                            list: list.list,
                            matches: list.matches.into_inner(),
                            reason: list.reason,
                            reasons_in_msg: list.reasons_in_msg,
                            names_items: list.names_items,
                        })
                    })
                    .collect::<Result<Vec<_>, Refusal>>()?;
                if failed.is_empty() && reply.succeeded.is_none() {
                    return Err(self.document.refuse(
                        &span,
                        "the reader `listed` needs `succeeded` or at least one `failed` list",
                    ));
                }
                Ok(ReplyReader::Listed {
                    succeeded: reply.succeeded,
                    matches: reply.matches.map(Spanned::into_inner).unwrap_or_default(),
                    failed,
                })
            }
            "message-map" => Ok(ReplyReader::MessageMap {
                person: field(reply.person.as_ref(), "person")?,
                month: field(reply.month.as_ref(), "month")?,
                day: field(reply.day.as_ref(), "day")?,
                echo: needed(reply.echo, "echo")?,
                reason: needed(reply.reason, "reason")?,
            }),
            "per-item" => Ok(ReplyReader::PerItem {
                list: needed(reply.list, "list")?,
                id: needed(reply.id, "id")?,
                matches: field(reply.matches.as_ref(), "matches")?,
                success: needed(reply.success, "success")?,
                errors: needed(reply.errors, "errors")?,
                temporary: reply.temporary,
            }),
            "whole" => Ok(ReplyReader::Whole),
            other => Err(self.unknown(
                &reply.reader,
                other,
                "reader",
                &["listed", "message-map", "per-item", "whole"],
            )),
        }
    }
}

/// The codes with what each leads to.
pub(super) fn codes(file: CodesFile) -> Vec<CodeRule> {
    [
        (CodeAction::Again, file.again),
        (CodeAction::Busy, file.busy),
        (CodeAction::Refused, file.refused),
        (CodeAction::Halt, file.halt),
    ]
    .into_iter()
    .flat_map(|(action, rules)| {
        rules.into_iter().map(move |rule| CodeRule {
            code: rule.code,
            status: rule.status,
            message: rule.message,
            action,
            help: rule.help,
        })
    })
    .collect()
}
