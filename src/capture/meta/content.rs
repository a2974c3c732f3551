//! What a message says, by its type.
//!
//! A type that is known in a shape that is not, and a type that is not known,
//! become content of class `unrecognised` with every word found inside.

mod answer;
mod card;
mod order;

use super::json::Object;
use super::{leaves, media, unknown};
use crate::record::{Class, MediaRef, Party, Relation, RelationKind};

/// What a message says.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) class: Class,
    /// The provider's word; of an answer, the kind of answer.
    pub(super) kind: String,
    pub(super) lines: Vec<String>,
    pub(super) media: Option<MediaRef>,
    pub(super) relation: Option<Relation>,
    pub(super) mentions: Vec<Party>,
}

impl Content {
    fn of(kind: &str) -> Self {
        Self {
            class: Class::Message,
            kind: kind.to_owned(),
            lines: vec![],
            media: None,
            relation: None,
            mentions: vec![],
        }
    }

    fn saying(kind: &str, lines: impl IntoIterator<Item = String>) -> Self {
        Self { lines: lines.into_iter().collect(), ..Self::of(kind) }
    }
}

/// Reads what a message says.
pub(super) fn read(message: &Object<'_>) -> Content {
    let kind = message.word("type").unwrap_or_else(|| "untyped".to_owned());
    let content = if kind == "edit" { edit(message) } else { typed(&kind, message) };
    content.unwrap_or_else(|| unrecognised(&kind, message))
}

/// Content of every type but the edit, which holds one of the others.
fn typed(kind: &str, message: &Object<'_>) -> Option<Content> {
    match kind {
        "text" => text(message),
        "image" | "video" | "audio" | "document" | "sticker" | "voice" => medium(kind, message),
        "location" => location(message),
        "contacts" => card::read(message),
        "interactive" => answer::interactive(message),
        "button" => answer::button(message),
        "order" => order::read(message),
        "reaction" => reaction(message),
        "revoke" => Some(revoke(message)),
        "system" => system(message),
        "template" => Some(Content::saying(kind, leaves::words(message.get(kind)?))),
        "unsupported" | "unknown" | "errors" | "ephemeral" => Some(without(kind, message)),
        "media_placeholder" | "request_welcome" => Some(Content::of(kind)),
        _ => None,
    }
}

fn text(message: &Object<'_>) -> Option<Content> {
    let text = message.object("text")?;
    text.get("body")?.text()?;
    Some(Content::saying("text", text.word("body")))
}

fn medium(kind: &str, message: &Object<'_>) -> Option<Content> {
    let medium = message.object(kind)?;
    let media = media::announced(&medium);
    Some(Content { media, ..Content::saying(kind, medium.word("caption")) })
}

fn location(message: &Object<'_>) -> Option<Content> {
    let place = message.object("location")?;
    let words = ["name", "address", "url"].into_iter().filter_map(|name| place.word(name));
    let position = match (place.word("latitude"), place.word("longitude")) {
        (Some(latitude), Some(longitude)) => Some(format!("{latitude}, {longitude}")),
        _ => None,
    };
    Some(Content::saying("location", words.chain(position)))
}

/// A reaction; without an emoji it takes one back.
fn reaction(message: &Object<'_>) -> Option<Content> {
    let reaction = message.object("reaction")?;
    let relation = relation(RelationKind::ReactsTo, reaction.word("message_id"));
    Some(Content { relation, ..Content::saying("reaction", reaction.word("emoji")) })
}

fn revoke(message: &Object<'_>) -> Content {
    let original = message.object("revoke").and_then(|it| it.word("original_message_id"));
    Content { relation: relation(RelationKind::Revokes, original), ..Content::of("revoke") }
}

/// The new words of an older message. The file of a medium cannot change.
fn edit(message: &Object<'_>) -> Option<Content> {
    let edit = message.object("edit")?;
    let relation = relation(RelationKind::Edits, edit.word("original_message_id"));
    let new = edit.object("message");
    let new = new.map(|new| {
        let kind = new.word("type").unwrap_or_default();
        typed(&kind, &new).unwrap_or_else(|| unrecognised(&kind, &new))
    });
    let new = new.unwrap_or_else(|| Content::of(""));
    Some(Content { class: Class::Message, kind: "edit".to_owned(), relation, ..new })
}

/// A notice of the provider about the customer: another number, other ids.
fn system(message: &Object<'_>) -> Option<Content> {
    let system = message.object("system")?;
    let kind = system.word("type").unwrap_or_else(|| "system".to_owned());
    let now = Party {
        user_id: system.word("user_id"),
        parent_user_id: system.word("parent_user_id"),
        ..Party::from_address(&system.word_of(&["wa_id", "new_wa_id"]).unwrap_or_default())
    };
    Some(Content {
        class: Class::Contact,
        mentions: vec![now],
        ..Content::saying(&kind, system.word("body"))
    })
}

/// A message that the provider does not give us; its errors say why.
fn without(kind: &str, message: &Object<'_>) -> Content {
    Content::saying(kind, message.get(kind).map(leaves::words).unwrap_or_default())
}

fn unrecognised(kind: &str, message: &Object<'_>) -> Content {
    Content {
        class: Class::Unrecognised,
        media: media::within(message),
        ..Content::saying(kind, unknown::lines_but(message, &["context", "errors", "referral"]))
    }
}

fn relation(kind: RelationKind, provider_id: Option<String>) -> Option<Relation> {
    provider_id.map(|provider_id| Relation { kind, provider_id })
}
