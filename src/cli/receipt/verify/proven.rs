//! What a receipt proves, in plain words.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Printer;
use crate::cli::text::one_line;
use crate::cli::words::moment;
use crate::entry::{Entry, Event};
use crate::record::{Class, RecordId};
use crate::tlog::Hash;
use crate::tlog::note::{CosignatureTime, KeyId, KeyName};
use crate::tlog::policy::Cosigned;
use crate::tlog::receipt::{Proven, Receipt};

/// The result as it is printed; as JSON under the same names.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    right: bool,
    log: String,
    entry: u64,
    time: Timestamp,
    kind: &'static str,
    record: Option<RecordId>,
    class: Option<Class>,
    sealed: Option<Sealed>,
    checkpoint: Head,
    signed_by: Vec<Signer>,
    not_checked: Vec<String>,
    #[serde(skip)]
    what: &'static str,
}

#[derive(Debug, Serialize)]
struct Sealed {
    sha256: Hash,
    size: u64,
}

#[derive(Debug, Serialize)]
struct Head {
    size: u64,
    root: Hash,
}

#[derive(Debug, Serialize)]
struct Signer {
    key: String,
    /// When a witness says that it saw the tree.
    at: Option<Timestamp>,
}

impl Shown {
    pub(super) fn new(receipt: &Receipt, proven: &Proven<'_>, entry: &Entry) -> Self {
        let Proven { checkpoint, signatures } = proven;
        let kept = entry.kept();
        let signers = signatures.iter();
        let signed_by: Vec<Signer> = signers
            .map(|found| Signer::new(found.key.name(), found.key.id(), found.cosigned_at))
            .collect();
        let mut not_checked: Vec<String> = receipt
            .checkpoint()
            .signatures()
            .iter()
            .map(|signature| key_name(signature.name(), signature.id()))
            .collect();
        not_checked.retain(|key| signed_by.iter().all(|signer| signer.key != *key));
        Self {
            right: true,
            log: checkpoint.origin().to_owned(),
            entry: entry.index.get(),
            time: entry.time,
            kind: entry.event.kind(),
            record: record_of(&entry.event),
            class: kept.map(|kept| kept.class),
            sealed: kept.map(|kept| Sealed { sha256: kept.sealed_sha256, size: kept.sealed_size }),
            checkpoint: Head { size: checkpoint.size().get(), root: *checkpoint.root() },
            signed_by,
            not_checked,
            what: what(&entry.event),
        }
    }

    /// Adds the witnesses whose cosignatures were checked.
    pub(super) fn add_witnesses(&mut self, cosigned: &Cosigned<'_>) {
        for (witness, at) in &cosigned.by {
            let signer = Signer::new(witness.key().name(), witness.key().id(), Some(*at));
            self.not_checked.retain(|key| *key != signer.key);
            if self.signed_by.iter().all(|known| known.key != signer.key) {
                self.signed_by.push(signer);
            }
        }
    }

    pub(super) fn tell(&self, as_json: bool, printer: &mut Printer<'_>) -> anyhow::Result<()> {
        if as_json {
            printer.line(serde_json::to_string_pretty(self)?)?;
            return Ok(());
        }
        printer.line(printer.strong("The receipt proves this entry."))?;
        for (name, value) in self.lines() {
            printer.line(format!("  {name:<15} {}", one_line(&value)))?;
        }
        let signed = "Whoever holds the log's key has signed that its log has exactly this entry at \
                      this place.\nNothing in it can be altered without the signature breaking.";
        printer.line(signed)?;
        if self.sealed.is_some() {
            let body = "The record itself is proven by the SHA-256 of its sealed body.";
            printer.line(body)?;
        }
        if !self.signed_by.iter().any(|signer| signer.at.is_some()) {
            printer.line("The time is the log's own word; no witness's was checked.")?;
        }
        Ok(())
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let Head { size, root } = &self.checkpoint;
        let mut lines = vec![
            ("log", self.log.clone()),
            ("entry", format!("{} (the first is 0)", self.entry)),
            ("time", moment(self.time)),
            ("kind", format!("{}: {}", self.kind, self.what)),
        ];
        lines.extend(self.record.map(|record| ("record", record.to_string())));
        lines.extend(self.class.map(|class| ("class", class.as_str().to_owned())));
        lines.extend(self.sealed.as_ref().map(|Sealed { sha256, size }| {
            ("sealed body", format!("SHA-256 {sha256}, {size} bytes"))
        }));
        lines.push(("checkpoint", format!("{size} entries, root {root}")));
        lines.extend(self.signed_by.iter().map(|Signer { key, at }| match at {
            Some(at) => ("signed by", format!("{key}, a witness, at {}", moment(*at))),
            None => ("signed by", format!("{key}, the log's key")),
        }));
        lines.extend(self.not_checked.iter().map(|key| {
            ("not checked", format!("a signature by {key}: --policy says which are trusted"))
        }));
        lines
    }
}

impl Signer {
    fn new(name: &KeyName, id: KeyId, at: Option<CosignatureTime>) -> Self {
        let second = |at: CosignatureTime| i64::try_from(at.as_seconds()).ok();
        let at = at.and_then(second).and_then(|second| Timestamp::from_second(second).ok());
        Self { key: key_name(name, id), at }
    }
}

fn key_name(name: &KeyName, id: KeyId) -> String {
    format!("{name}+{id}")
}

/// The record that an entry is about.
fn record_of(event: &Event) -> Option<RecordId> {
    match event {
        Event::Captured { kept, .. }
        | Event::Accessed { kept, .. }
        | Event::Governed { kept, .. } => Some(kept.record),
        Event::Linked { record, .. } | Event::Missed { record, .. } => Some(*record),
        Event::Began { .. }
        | Event::Destroyed { .. }
        | Event::HandedOver(_)
        | Event::Found { .. } => None,
    }
}

const fn what(event: &Event) -> &'static str {
    match event {
        Event::Began { .. } => "the log began",
        Event::Captured { .. } => "a record was taken in and sealed",
        Event::Linked { .. } => "a medium was joined to the record that announced it",
        Event::Missed { .. } => "a medium that the record announced could not be had",
        Event::Accessed { .. } => "somebody searched or read; the record says who, what and why",
        Event::Governed { .. } => {
            "something was decided about the archive; the record says what and by whom"
        }
        Event::Destroyed { .. } => "records were destroyed; the entry says which and by what run",
        Event::HandedOver(_) => "the log was handed over to another key",
        Event::Found { .. } => "something suspected of the archive was written down",
    }
}
