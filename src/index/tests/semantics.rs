//! What is found by what.

use super::archive::{Archive, Running, ask, entries};
use crate::index::fixtures::{Draft, party};
use crate::index::{Order, Paging};
use crate::record::{Class, Direction, Origin, RecordId, RelationKind};
use crate::tlog::LeafIndex;

const ANNA: &str = "4915550100777";
const BORIS: &str = "4915550100888";

struct Found {
    running: Running,
    /// Its directory goes with it.
    _archive: Archive,
    names: Vec<(&'static str, LeafIndex)>,
}

impl Found {
    /// The names of the records that a query finds, in the order of the log.
    fn by(&self, query: &str) -> Vec<&'static str> {
        let mut hits = self.running.search(query);
        hits.sort_unstable();
        let name = |entry| self.names.iter().find(|(_, place)| place == entry).unwrap().0;
        hits.iter().map(name).collect()
    }
}

/// A small archive; each record has a name for the tests.
fn corpus() -> Found {
    let archive = Archive::new();
    let named = |phone, text, name| Draft::inbound(phone, text).named(name);
    let mut history = Draft::outbound(BORIS, "Old price list").at("2025-12-31T23:59:59Z").record();
    history.origin = Origin::History;
    let mut card = Draft::inbound(BORIS, "a card").record();
    card.body.mentions = vec![party(Some("390655501234"), None)];
    card.body.mentions[0].name = Some("Carla Verdi".into());
    let user = party(None, Some("DE.5550000001"));
    let mut handle = Draft::from(user, "no number here").record();
    handle.from.as_mut().unwrap().username = Some("dora.k".into());
    let mut group = Draft::inbound(ANNA, "in a group").record();
    group.group_id = Some("Y2FnZ3Jv".into());
    let mut names = vec![];
    let mut keep = |name, record| names.push((name, archive.append_record(&record).1));
    keep("hello", named(ANNA, "Hello, please wire the money", "Anna Weiß").id("wamid.A1").record());
    keep("umlaut", named(BORIS, "Grüße aus der Straße", "Борис").record());
    keep("arabic", Draft::inbound(BORIS, "أرسلت الكتاب أمس").record());
    keep("japanese", Draft::inbound(BORIS, "請求書を送りました").record());
    keep(
        "amount",
        Draft::outbound(ANNA, "We owe 1.250,00 EUR 👍").at("2026-03-01T00:00:00Z").record(),
    );
    keep(
        "file",
        Draft::inbound(ANNA, "see this")
            .file("Q3_invoice-final.pdf", "application/pdf")
            .kind(Class::Message, "document")
            .record(),
    );
    keep(
        "status",
        Draft::outbound(ANNA, "")
            .kind(Class::Status, "delivered")
            .about(RelationKind::Reports, "wamid.A1")
            .record(),
    );
    keep("history", history);
    keep("card", card);
    keep("handle", handle);
    keep("group", group);
    Found { running: archive.run(), names, _archive: archive }
}

#[test]
fn words_phrases_and_prefixes_find_what_they_mean_in_any_script() {
    let found = corpus();
    for (query, expected) in [
        ("money", vec!["hello"]),
        ("MONEY hello", vec!["hello"]),
        ("money arrived", vec![]),
        ("\"wire the money\"", vec!["hello"]),
        ("\"the wire money\"", vec![]),
        ("mon*", vec!["hello"]),
        ("strasse", vec!["umlaut"]),
        ("grusse", vec!["umlaut"]),
        ("كتاب", vec!["arabic"]),
        ("請求書", vec!["japanese"]),
        ("1250", vec!["amount"]),
        ("👍", vec!["amount"]),
        ("invoice", vec!["file"]),
        ("file:invoice", vec!["file"]),
        ("text:invoice", vec![]),
        ("\"wire th*\"", vec![]),
        ("hello OR strasse", vec!["hello", "umlaut"]),
        ("hello & money", vec!["hello"]),
    ] {
        assert_eq!(found.by(query), expected, "{query}");
    }
}

#[test]
fn parties_are_found_by_name_and_by_number_however_it_is_written() {
    let found = corpus();
    for (query, expected) in [
        ("from:anna", vec!["hello"]),
        ("party:weiss", vec!["hello"]),
        ("\"Anna Weiß\"", vec!["hello"]),
        ("from:борис", vec!["umlaut"]),
        ("to:anna", vec![]),
        ("party:carla", vec!["card"]),
        ("from:carla", vec![]),
        ("from:+4915550100777", vec!["hello", "file", "group"]),
        ("from:\"0049 1555 0100-777\"", vec!["hello", "file", "group"]),
        ("to:+49 1555 0100777", vec!["amount", "status"]),
        ("party:\"01555 0100777\"", vec!["hello", "amount", "file", "status", "group"]),
        ("+39 06 555 01234", vec!["card"]),
        ("party:+3906*", vec!["card"]),
        ("from:DE.5550000001", vec!["handle"]),
        ("from:@Dora.K", vec!["handle"]),
        ("from:dora*", vec!["handle"]),
        ("from:~777*", vec![]),
    ] {
        assert_eq!(found.by(query), expected, "{query}");
    }
    assert_eq!(found.by("number:4915550100100").len(), 11);
    assert_eq!(found.by("number:209900000000001").len(), 11);
    assert_eq!(found.by("number:4915550100101"), Vec::<&str>::new());
}

#[test]
fn exact_fields_and_dates_filter() {
    let found = corpus();
    let all = found.by("*");
    assert_eq!(all.len(), 11);
    for (query, expected) in [
        ("class:status", vec!["status"]),
        ("type:document", vec!["file"]),
        ("type:files", vec!["file"]),
        ("origin:history", vec!["history"]),
        ("direction:out", vec!["amount", "status", "history"]),
        ("id:wamid.A1", vec!["hello"]),
        ("id:wamid.A2", vec![]),
        ("group:Y2FnZ3Jv", vec!["group"]),
        ("date:2025", vec!["history"]),
        ("before:2026", vec!["history"]),
        ("date:2026-03-01", vec!["amount"]),
        ("date:2026-02-28", vec![]),
        ("date:2025-12-31..2026-03-01", vec!["amount", "history"]),
        ("date:2026-03-01T00:00:00Z", vec!["amount"]),
        ("direction:out NOT class:status", vec!["amount", "history"]),
        ("-direction:in -class:status", vec!["amount", "history"]),
        ("hello -money", vec![]),
        ("id:00000000000000000000000000000000", vec![]),
        ("thread:00000000000000000000000000000000", vec![]),
    ] {
        assert_eq!(found.by(query), expected, "{query}");
    }
    let without: Vec<_> = all.into_iter().filter(|name| *name != "hello").collect();
    assert_eq!(found.by("NOT money"), without);
    assert_eq!(found.by("-money"), without);
}

#[test]
fn a_record_is_found_by_its_own_id_and_names_its_thread() {
    let archive = Archive::new();
    let (first, entry) = archive.append(Draft::inbound(ANNA, "one"));
    let (_, reply) = archive.append(Draft::outbound(ANNA, "two"));
    archive.append(Draft::inbound(BORIS, "three"));
    let running = archive.run();
    assert_eq!(running.search(&format!("id:{first}")), [entry]);
    let thread = running.index.thread_of(first).unwrap().unwrap();
    let paging = Paging { limit: 10, after: None };
    let page = running.index.thread(thread, &paging).unwrap();
    assert_eq!((entries(&page), page.total), (vec![entry, reply], 2));
    assert!(page.hits.iter().all(|hit| hit.thread == Some(thread)));
    assert_eq!(page.hits[0].record, first);
    assert_eq!(running.search(&format!("thread:{thread}")), [entry, reply]);
    let unknown = RecordId::from_bytes([7; 16]);
    assert_eq!(running.index.thread_of(unknown).unwrap(), None);
}

#[test]
fn what_relates_to_a_message_is_found_in_its_thread_in_order() {
    let archive = Archive::new();
    let (message, _) = archive.append(Draft::inbound(ANNA, "one").id("wamid.1"));
    let edit = Draft::inbound(ANNA, "two").about(RelationKind::Edits, "wamid.1");
    let (_, edit) = archive.append(edit.at("2026-09-22T10:00:00Z"));
    let reaction = Draft::outbound(ANNA, "👍").about(RelationKind::ReactsTo, "wamid.1");
    let (_, reaction) = archive.append(reaction.at("2026-09-22T09:00:00Z"));
    archive.append(Draft::inbound(ANNA, "x").about(RelationKind::Edits, "wamid.2"));
    archive.append(Draft::inbound(BORIS, "x").about(RelationKind::Edits, "wamid.1"));
    let running = archive.run();
    let thread = running.index.thread_of(message).unwrap().unwrap();
    let related = running.index.relating_to(thread, "wamid.1").unwrap();
    let related: Vec<_> = related.iter().map(|hit| hit.entry).collect();
    assert_eq!(related, [reaction, edit]);
}

#[test]
fn best_stands_the_closest_match_first_and_ties_by_newest() {
    let archive = Archive::new();
    let keep = |text: &str, at| archive.append(Draft::inbound(ANNA, text).at(at)).1;
    let long = keep(&format!("invoice {}", "and other words ".repeat(20)), "2026-06-01T00:00:00Z");
    let old = keep("invoice", "2026-01-01T00:00:00Z");
    let new = keep("invoice", "2026-02-01T00:00:00Z");
    let none = keep("nothing of it", "2026-07-01T00:00:00Z");
    let running = archive.run();
    let page = ask(&running.index, "invoice", Order::Best, 10, None);
    assert_eq!(entries(&page), [new, old, long]);
    let page = ask(&running.index, "*", Order::Newest, 10, None);
    assert_eq!(entries(&page), [none, long, new, old]);
    let filtered = ask(&running.index, "invoice direction:in", Order::Best, 10, None);
    assert_eq!(entries(&filtered), [new, old, long]);
}

#[test]
fn only_records_with_words_of_their_own_are_documents() {
    let archive = Archive::new();
    archive.append_bytes(Class::Delivery, b"{}\nhello");
    archive.append_bytes(Class::Medium, b"hello");
    archive.append_bytes(Class::Message, b"hello, this is no record");
    let (_, entry) = archive.append(Draft::inbound(ANNA, "hello"));
    let running = archive.run();
    assert_eq!(running.search("*"), [entry]);
    let mut record = Draft::inbound(ANNA, "x").record();
    record.direction = Some(Direction::Outbound);
    record.to = None;
    let (outbound, _) = archive.append_record(&record);
    running.catch_up();
    assert_eq!(running.index.thread_of(outbound).unwrap(), None);
}
