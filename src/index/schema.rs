//! What of a record can be searched for, and what a document holds.
//!
//! A document is a record's terms and a few columns; the record itself is not
//! in it. What is shown comes from opening the record. A dictionary of terms is
//! held in memory while it is used, so ids that differ in every record are not
//! terms: the record's own id is looked up in the log, and of a provider's id
//! there is a digest.

use jiff::Timestamp;
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};

use super::facts::packed;
use super::number;
use super::thread::Named;
use crate::policy::{Facts, card_number_mark, mentions_card};
use crate::record::{Class, Origin, Party, Record};
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

/// The name under which the analyser of words is registered.
pub(super) const WORDS: &str = "words";

/// The columns, by name: the search library addresses them so.
pub(super) const LEAF: &str = "leaf";
pub(super) const THREAD: &str = "thread";
pub(super) const ALIAS: &str = "alias";
pub(super) const TIME: &str = "time";
pub(super) const CAPTURED: &str = "captured";
pub(super) const FACTS: &str = "facts";
pub(super) const NUMBERS: &str = "numbers";
pub(super) const PARTIES: &str = "parties";

/// How many bits of a provider id's digest are kept: among 10⁷ ids, a search for
/// another one finds something once in 28 million times.
const PROVIDER_ID_BITS: u32 = 48;

/// The fields of a document.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    /// The entry that keeps the record. A column.
    pub(super) leaf: Field,
    pub(super) class: Field,
    pub(super) kind: Field,
    pub(super) direction: Field,
    pub(super) origin: Field,
    /// The digest of the provider's id.
    pub(super) provider_id: Field,
    /// The conversation. A column.
    pub(super) thread: Field,
    /// The digests of every identifier that leads to the conversation. A column.
    pub(super) alias: Field,
    pub(super) from: PartyFields,
    pub(super) to: PartyFields,
    pub(super) mention: PartyFields,
    /// The business number and its id.
    pub(super) business: Field,
    pub(super) group: Field,
    pub(super) text: Field,
    pub(super) file: Field,
    /// When it happened, else when it was captured: microseconds. A column.
    pub(super) time: Field,
    /// The digest of the provider's id of the other message.
    pub(super) relates_to: Field,
    pub(super) rules: RuleFields,
}

/// What rules look at, beside the thread and the time: columns alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleFields {
    /// The small facts in one number.
    pub(super) packed: Field,
    /// When it was captured: microseconds.
    pub(super) captured: Field,
    /// The marks of the business numbers: 8 bytes each, big-endian.
    pub(super) numbers: Field,
    /// The marks of the parties: 8 bytes each, big-endian.
    pub(super) parties: Field,
}

/// The fields of one of the parties.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartyFields {
    /// Numbers, user ids and user names.
    pub(super) id: Field,
    /// The names shown.
    pub(super) name: Field,
}

/// The schema and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let fields = Fields {
        leaf: builder.add_u64_field(LEAF, INDEXED | FAST),
        class: exact(&mut builder, "class"),
        kind: exact(&mut builder, "kind"),
        direction: exact(&mut builder, "direction"),
        origin: exact(&mut builder, "origin"),
        provider_id: builder.add_u64_field("provider_id", INDEXED),
        thread: builder.add_bytes_field(THREAD, INDEXED | FAST),
        alias: builder.add_bytes_field(ALIAS, INDEXED | FAST),
        from: party_fields(&mut builder, "from"),
        to: party_fields(&mut builder, "to"),
        mention: party_fields(&mut builder, "mention"),
        business: exact(&mut builder, "business"),
        group: exact(&mut builder, "group"),
        text: words(&mut builder, "text", true),
        file: words(&mut builder, "file", false),
        time: builder.add_i64_field(TIME, FAST),
        relates_to: builder.add_u64_field("relates_to", INDEXED),
        rules: RuleFields {
            packed: builder.add_u64_field(FACTS, FAST),
            captured: builder.add_i64_field(CAPTURED, FAST),
            numbers: builder.add_bytes_field(NUMBERS, FAST),
            parties: builder.add_bytes_field(PARTIES, FAST),
        },
    };
    (builder.build(), fields)
}

fn exact(builder: &mut SchemaBuilder, name: &str) -> Field {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    builder.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

/// A field cut into words. `lengths`: a word in a short text counts for more than
/// in a long one; among names that says nothing, and costs a byte a record.
fn words(builder: &mut SchemaBuilder, name: &str, lengths: bool) -> Field {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(WORDS)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions)
        .set_fieldnorms(lengths);
    builder.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

fn party_fields(builder: &mut SchemaBuilder, role: &str) -> PartyFields {
    PartyFields {
        id: exact(builder, &format!("{role}_id")),
        name: words(builder, &format!("{role}_name"), false),
    }
}

/// Whether records of a class are documents. A delivery, an access and a medium
/// have no words of their own: they are found through what refers to them.
pub(super) const fn is_indexed(class: Class) -> bool {
    class.holds_record()
}

/// The word under which an origin is searched for.
pub(super) const fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Echo => "echo",
        Origin::History => "history",
        Origin::Standby => "standby",
    }
}

/// A record's place: what the document holds beside the record's own words.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) index: LeafIndex,
    pub(super) captured: Timestamp,
    pub(super) named: Option<&'a Named>,
}

impl Fields {
    /// The document of a record.
    pub(super) fn document(&self, record: &Record, place: &Place<'_>) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(self.leaf, place.index.get());
        let captured = place.captured.as_microsecond();
        document.add_i64(self.time, happened(record).unwrap_or(captured));
        document.add_text(self.class, record.class.as_str());
        document.add_text(self.kind, record.body.kind.to_lowercase());
        document.add_text(self.origin, origin_word(record.origin));
        if let Some(direction) = record.direction {
            document.add_text(self.direction, direction.as_str());
        }
        if let Some(named) = place.named {
            document.add_bytes(self.thread, named.thread.as_bytes());
            for alias in &named.aliases {
                document.add_bytes(self.alias, alias.as_bytes());
            }
        }
        self.add_ids(&mut document, record);
        self.add_body(&mut document, record);
        self.rules.add(&mut document, &facts_of(record, place.captured));
        document
    }

    fn add_ids(&self, document: &mut TantivyDocument, record: &Record) {
        let own = [&record.number, &record.number_id];
        for number in own.into_iter().flatten() {
            for term in number::terms(number) {
                document.add_text(self.business, term);
            }
        }
        if let Some(id) = &record.provider_id {
            document.add_u64(self.provider_id, provider_id_digest(id));
        }
        if let Some(group) = &record.group_id {
            document.add_text(self.group, group);
        }
        let parties = [(self.from, &record.from), (self.to, &record.to)];
        for (fields, party) in parties {
            party.iter().for_each(|party| fields.add(document, party));
        }
        record.body.mentions.iter().for_each(|party| self.mention.add(document, party));
    }

    fn add_body(&self, document: &mut TantivyDocument, record: &Record) {
        if let Some(text) = &record.body.text {
            document.add_text(self.text, text);
        }
        if let Some(name) = record.body.media.as_ref().and_then(|media| media.file_name.as_ref()) {
            document.add_text(self.file, name);
        }
        if let Some(relation) = &record.body.relation {
            document.add_u64(self.relates_to, provider_id_digest(&relation.provider_id));
        }
    }
}

impl RuleFields {
    fn add(self, document: &mut TantivyDocument, facts: &Facts) {
        document.add_u64(self.packed, packed(facts));
        document.add_i64(self.captured, facts.captured.as_microsecond());
        for (field, marks) in [(self.numbers, &facts.numbers), (self.parties, &facts.parties)] {
            marks.iter().for_each(|mark| document.add_bytes(field, &mark.0.to_be_bytes()));
        }
    }
}

impl PartyFields {
    fn add(self, document: &mut TantivyDocument, party: &Party) {
        let ids = [&party.phone, &party.user_id, &party.parent_user_id, &party.username];
        for id in ids.into_iter().flatten() {
            for term in number::terms(id) {
                document.add_text(self.id, term);
            }
        }
        if let Some(name) = &party.name {
            document.add_text(self.name, name);
        }
    }
}

/// What stands for a provider's id in the index.
pub(super) fn provider_id_digest(id: &str) -> u64 {
    let digest = sha256(id.as_bytes());
    let first = digest.as_bytes().first_chunk().expect("a SHA-256 has 32 bytes");
    u64::from_be_bytes(*first) >> (u64::BITS - PROVIDER_ID_BITS)
}

/// The facts of a record, with what of its text is looked for once and for all.
fn facts_of(record: &Record, captured: Timestamp) -> Facts {
    let mut facts = Facts::of(record, captured);
    if record.body.text.as_deref().is_some_and(mentions_card) {
        facts.lexicons.push(card_number_mark());
    }
    facts
}

/// When the provider says that it happened, in microseconds.
pub(super) fn happened(record: &Record) -> Option<i64> {
    let moment = Timestamp::from_second(record.at?).ok()?;
    Some(moment.as_microsecond())
}
