//! The page of a package: conversations to be read by a person, on any screen, with
//! nothing from elsewhere and no program in it.
//!
//! It shows what `records.jsonl` has, for reading; what it leaves out (the provider's own
//! words) is there. Texts are shown as they were first; what changed them stands where it
//! happened, and is pointed to.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::record::{Class, Direction, Party, Record, RelationKind};

/// What stands above everything: nothing may be loaded but what lies in the package.
const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Records of a person</title>
<style>
:root{color-scheme:light dark}
body{font:1rem/1.45 system-ui,sans-serif;margin:0 auto;max-width:44rem;padding:1rem}
article{border:1px solid #8886;border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}
.out{margin-inline-start:2rem}.in{margin-inline-end:2rem}
.small{border:0;margin:0;padding:.1rem .75rem;font-size:.85rem;opacity:.8}
header{font-size:.85rem;opacity:.8}p{margin:.25rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
img{max-width:100%}.mark{font-size:.85rem;font-style:italic}
</style></head><body>
"#;

/// What became of a message later, by what its provider's id is digested to.
pub(super) type Later = BTreeMap<u64, Fate>;

/// What became of a message later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    edited: bool,
    revoked: bool,
}

/// A medium as the page shows it.
pub(super) struct Shown<'a> {
    /// The file in the package; `None` where it could not be included.
    pub(super) file: Option<String>,
    /// Its type, of those that do no harm.
    pub(super) mime: &'a str,
    /// What it is called.
    pub(super) name: String,
}

/// Notes what a record says of an earlier one.
pub(super) fn note(later: &mut Later, record: &Record) {
    let Some(relation) = &record.body.relation else { return };
    let place = anchor_of(&relation.provider_id);
    match relation.kind {
        RelationKind::Edits => later.entry(place).or_default().edited = true,
        RelationKind::Revokes => later.entry(place).or_default().revoked = true,
        RelationKind::ReactsTo
        | RelationKind::RepliesTo
        | RelationKind::Reports
        | RelationKind::Notes => {}
    }
}

/// Begins the page.
pub(super) fn begin(
    out: &mut impl Write,
    archive: &str,
    made: Timestamp,
    identifiers: &[&str],
    chapters: &[(String, u64)],
) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    writeln!(out, "<h1>Records of a person</h1>")?;
    let identifiers: Vec<String> =
        identifiers.iter().map(|it| format!("<bdi>{}</bdi>", escaped(it))).collect();
    writeln!(out, "<p>Known as {}.</p>", identifiers.join(", "))?;
    writeln!(
        out,
        "<p>From the archive {}, made {} (all times are UTC). The same is in \
         <code>records.jsonl</code>, whole; <code>README.txt</code> says what is what.</p>",
        escaped(archive),
        to_read(made)
    )?;
    writeln!(out, "<ol>")?;
    for (number, (title, records)) in (1..).zip(chapters) {
        writeln!(
            out,
            "<li><a href=\"#c{number}\"><bdi>{}</bdi></a> ({records})</li>",
            escaped(title)
        )?;
    }
    writeln!(out, "</ol>")
}

/// A moment as people read it; that it is in UTC stands at the top of the page.
fn to_read(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M:%S")
}

/// Begins a conversation.
pub(super) fn chapter(out: &mut impl Write, number: usize, title: &str) -> io::Result<()> {
    writeln!(out, "<h2 id=\"c{number}\"><bdi>{}</bdi></h2>", escaped(title))
}

/// What a conversation is called.
pub(super) fn title_of(record: &Record) -> String {
    let business = record.number.as_deref().or(record.number_id.as_deref()).unwrap_or("?");
    match &record.group_id {
        Some(group) => format!("In the group {group} with the business number {business}"),
        None => format!("With the business number {business}"),
    }
}

/// A record.
pub(super) fn record(
    out: &mut impl Write,
    record: &Record,
    captured: Timestamp,
    later: &Later,
    media: &[Shown<'_>],
) -> io::Result<()> {
    let at = record.at.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(captured);
    let way = match (record.class, record.direction) {
        (Class::Status, _) => "small",
        (_, Some(Direction::Inbound)) => "in",
        (_, Some(Direction::Outbound)) => "out",
        (_, None) => "small",
    };
    let is_status = record.class == Class::Status;
    let id = record.provider_id.as_deref().filter(|_| !is_status).map(anchor_of);
    // An edit has the provider's id of its own; two of one id would be one place.
    let id = id.map_or_else(String::new, |id| format!(" id=\"m{id:016x}\""));
    writeln!(out, "<article class=\"{way}\"{id}>")?;
    writeln!(
        out,
        "<header><b dir=\"auto\">{}</b> · {} · <time datetime=\"{at}\">{}</time></header>",
        escaped(&author(record)),
        escaped(&record.body.kind),
        to_read(at)
    )?;
    relation(out, record)?;
    if let Some(text) = &record.body.text {
        writeln!(out, "<p dir=\"auto\">{}</p>", escaped(text))?;
    }
    media.iter().try_for_each(|medium| shown(out, medium))?;
    let fate = record.provider_id.as_deref().map(anchor_of).and_then(|id| later.get(&id));
    if let Some(Fate { edited, revoked }) = fate.filter(|_| !is_status) {
        for (is_so, word) in [(edited, "edited later"), (revoked, "taken back later")] {
            if *is_so {
                writeln!(out, "<p class=\"mark\">{word}</p>")?;
            }
        }
    }
    writeln!(out, "</article>")
}

/// Ends the page.
pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</body></html>")
}

fn relation(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let Some(relation) = &record.body.relation else { return Ok(()) };
    let words = match relation.kind {
        RelationKind::Edits => "edits",
        RelationKind::ReactsTo => "reacts to",
        RelationKind::RepliesTo => "answers",
        RelationKind::Revokes => "takes back",
        RelationKind::Reports => "tells what became of",
        RelationKind::Notes => "was noticed in",
    };
    let place = anchor_of(&relation.provider_id);
    writeln!(out, "<p class=\"mark\">{words} <a href=\"#m{place:016x}\">this message</a></p>")
}

fn shown(out: &mut impl Write, medium: &Shown<'_>) -> io::Result<()> {
    let name = escaped(&medium.name);
    let Some(file) = &medium.file else {
        return writeln!(out, "<p class=\"mark\">a medium that is not here: <bdi>{name}</bdi></p>");
    };
    let file = in_address(file);
    writeln!(out, "<p><a href=\"{file}\"><bdi>{name}</bdi></a></p>")?;
    match medium.mime.split('/').next().unwrap_or_default() {
        "image" => writeln!(out, "<img loading=\"lazy\" alt=\"\" src=\"{file}\">"),
        "audio" => writeln!(out, "<audio controls preload=\"none\" src=\"{file}\"></audio>"),
        _ => Ok(()),
    }
}

/// Who said it.
fn author(record: &Record) -> String {
    let named = |party: &Party| {
        let name = party.name.as_deref().or(party.username.as_deref()).or(party.identifier());
        name.map(str::to_owned)
    };
    match record.direction {
        Some(Direction::Outbound) => "The business".to_owned(),
        Some(Direction::Inbound) | None => {
            record.counterparty().and_then(named).unwrap_or_else(|| "Unknown".to_owned())
        }
    }
}

/// A provider's id as the name of a place on the page.
fn anchor_of(provider_id: &str) -> u64 {
    let digest = digest(&SHA256, provider_id.as_bytes());
    u64::from_be_bytes(*digest.as_ref().first_chunk().expect("a SHA-256 has 32 bytes"))
}

/// A text as HTML.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // HTML has no way to write them.
            c if c.is_control() && !"\n\t\r".contains(c) => html.push('\u{FFFD}'),
            c => html.push(c),
        }
    }
    html
}

/// A file's name as an address (RFC 3986, section 2.1), its slashes kept.
fn in_address(name: &str) -> String {
    let mut address = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(members: &serde_json::Value) -> Record {
        let mut record = json!({"v": 1, "class": "message", "provider": "meta",
            "field": "messages", "origin": "live", "number": "49301234567",
            "direction": "inbound", "from": {"phone": "4915550100777"},
            "provider_id": "wamid.A", "body": {"kind": "text"}, "raw": {}});
        for (name, member) in members.as_object().unwrap() {
            record[name] = member.clone();
        }
        serde_json::from_str(&record.to_string()).unwrap()
    }

    fn page(record_: &Record, later: &Later, media: &[Shown<'_>]) -> String {
        let mut page = vec![];
        record(&mut page, record_, Timestamp::UNIX_EPOCH, later, media).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn whatever_somebody_wrote_is_text_and_never_runs() {
        let evil = "<script>alert(1)</script>\u{0}\" onload='x'&amp;";
        let said = of(&json!({"body": {"kind": evil, "text": evil}, "from": {"name": evil}}));
        let medium = Shown {
            file: Some("media/a\"><script>.png".to_owned()),
            mime: "image/png",
            name: evil.to_owned(),
        };
        let page = page(&said, &Later::new(), &[medium]);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("onload='") && !page.contains('\u{0}'), "{page}");
        assert!(page.contains("media/a%22%3E%3Cscript%3E.png"), "{page}");
        assert!(page.contains("&amp;amp;"), "{page}");
    }

    #[test]
    fn an_edit_points_to_its_message_and_the_message_says_that_it_was_edited() {
        let edit = of(&json!({"provider_id": "wamid.B",
            "body": {"kind": "edit", "relation": {"kind": "edits", "provider_id": "wamid.A"}}}));
        let mut later = Later::new();
        note(&mut later, &edit);
        note(
            &mut later,
            &of(&json!({"body": {"kind": "revoke",
            "relation": {"kind": "revokes", "provider_id": "wamid.A"}}})),
        );
        let first = page(&of(&json!({})), &later, &[]);
        assert!(first.contains("edited later") && first.contains("taken back later"), "{first}");
        let place = first.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
        let edit = page(&edit, &later, &[]);
        assert!(edit.contains(&format!("href=\"#{place}\"")), "{edit}");
        assert!(!edit.contains("edited later"));
    }

    #[test]
    fn a_status_does_not_stand_in_the_place_of_its_message() {
        let status = of(&json!({"class": "status", "direction": "outbound",
            "body": {"kind": "read"}}));
        assert!(!page(&status, &Later::new(), &[]).contains("id="));
    }

    #[test]
    fn the_beginning_lists_the_conversations() {
        let mut html = vec![];
        let made = "2026-11-21T08:00:00Z".parse().unwrap();
        let chapters = [("With <1>".to_owned(), 3)];
        begin(&mut html, "archive.example/a", made, &["+49", "DE.1"], &chapters).unwrap();
        let html = String::from_utf8(html).unwrap();
        assert!(html.contains("<li><a href=\"#c1\"><bdi>With &lt;1&gt;</bdi></a> (3)</li>"));
        assert!(html.contains("default-src 'none'"));
    }
}
