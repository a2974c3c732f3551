//! Everything there is of a person, as one package that only its addressee opens.
//!
//! What is about to be opened is written down whole before the first byte goes out: where
//! the disk is full, nothing does. Records are then opened one at a time, twice: for the
//! file of records and for the page. A package that breaks off does not open to its end.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;
use std::task::{Context, Poll};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;

use super::about::{self, About};
use super::identity::{self, Candidate, Identity, is_of};
use super::listed::{self, LeftOut, README, Top};
use super::package::Zip;
use super::page::{self, Later, Shown};
use super::stream::{self, Inlet, Outlet};
use super::{Error, Subject};
use crate::disposition::Deciding;
use crate::policy::Due;
use crate::projection::subjects::RequestKind;
use crate::query::{self, Access, Collecting, Collection, Piece};
use crate::record::{MediaRef, RecordId};
use crate::seal::{Addressee, Parcel};
use crate::tlog::LeafIndex;

/// The most records of one person.
const RECORDS_MAX: usize = 1_000_000;

/// Whose records go to whom.
#[derive(Clone, Debug)]
pub struct Reporting {
    /// By what the person is known.
    pub identifiers: Vec<String>,
    /// Whether the list is the whole of it; else what records join to it belongs to it too.
    pub exact: bool,
    /// Who is to open the package, by an age recipient, `age1…`.
    pub recipient: String,
    /// The request that it answers.
    pub request: Option<RecordId>,
}

/// A package on its way out.
#[derive(Debug)]
pub struct Package {
    inlet: Inlet,
    /// What a file of it may be called; nothing personal.
    pub name: String,
}

impl Package {
    /// The next piece, when there is one. One that is broken off ends with an error.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Vec<u8>>>> {
        self.inlet.poll(context)
    }
}

impl Subject {
    /// Gives out everything there is of a person. Every record that is looked at for it is
    /// written down before.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::Busy`], [`Error::NoRequest`], [`Error::TooMany`],
    /// [`Error::BadRecipient`]; and when the accesses cannot be
    /// written down.
    pub async fn report(&self, access: &Access, asked: Reporting) -> Result<Package, Error> {
        let Reporting { identifiers, exact, recipient, request } = asked;
        let addressee = Addressee::parse(&recipient).map_err(Error::BadRecipient)?;
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| Error::Busy)?;
        self.check_request(request)?;
        let identity = self.settle(access, &identifiers, exact).await?;
        let searchable = self.indexed().await?;
        let wanted = identity.clone();
        let find = move |inner: &super::Inner| {
            identity::candidates(&inner.index, &wanted, RECORDS_MAX).map_err(Error::Index)
        };
        let candidates = self.blocking(find).await?;
        let candidates = candidates.ok_or(Error::TooMany { what: "records", most: RECORDS_MAX })?;
        let deciding = self.0.disposition.deciding().await.map_err(Error::Disposition)?;
        let made = self.0.clock.now();
        let consent = |projection: &_| about::consent_of(projection, &identity, made);
        let consent = self.0.govern.read(consent).map_err(Error::Govern)?;
        let collecting = Collecting {
            of: "report",
            subject: identity.identifiers().iter().map(|it| it.value.clone()).collect(),
            request,
            entries: candidates.iter().map(|candidate| candidate.entry).collect(),
        };
        let collection = self.0.query.collect(access, collecting).await.map_err(Error::Query)?;
        let archive = self.0.log.origin().to_owned();
        let work = Work {
            archive,
            made,
            identity,
            request,
            searchable,
            candidates,
            deciding,
            consent,
            collection,
        };
        Ok(Package { inlet: work.begin(addressee, place), name: name_of(made) })
    }

    fn check_request(&self, request: Option<RecordId>) -> Result<(), Error> {
        let Some(id) = request else { return Ok(()) };
        let found = self.0.govern.read(|projection| {
            let found = projection.subjects.request(id);
            found.is_some_and(|it| it.kind == RequestKind::Report && it.answered.is_none())
        });
        if found.map_err(Error::Govern)? { Ok(()) } else { Err(Error::NoRequest(id)) }
    }
}

fn name_of(made: Timestamp) -> String {
    format!("subject-{}.zip.age", made.strftime("%Y%m%dT%H%M%SZ"))
}

/// Everything that a package is made of.
struct Work {
    archive: String,
    made: Timestamp,
    identity: Identity,
    request: Option<RecordId>,
    searchable: u64,
    candidates: Vec<Candidate>,
    deciding: Deciding,
    consent: Value,
    collection: Collection,
}

/// A record that is in the package.
#[derive(Clone, Copy)]
pub(super) struct Included {
    pub(super) entry: LeafIndex,
    /// Its conversation's place in [`Written::chapters`].
    chapter: usize,
}

/// What was learnt when the records were written.
#[derive(Default)]
struct Written {
    included: Vec<Included>,
    left_out: Vec<LeftOut>,
    media: Vec<(RecordId, MediaRef)>,
    seen: HashSet<RecordId>,
    /// Media that are in the package.
    there: HashSet<RecordId>,
    about: About,
    later: Later,
    chapters: Vec<(String, u64)>,
    last_thread: Option<(bool, [u8; 16])>,
}

/// A line of `records.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    record: RecordId,
    entry: u64,
    captured: Timestamp,
    class: crate::record::Class,
    kept_until: Option<Timestamp>,
    media: Vec<String>,
    content: &'a RawValue,
}

impl Work {
    /// Writes the package from a thread of its own, as fast as it is read.
    fn begin(self, addressee: Addressee, place: OwnedSemaphorePermit) -> Inlet {
        let (outlet, inlet) = stream::pipe();
        tokio::task::spawn_blocking(move || {
            let _place = place;
            let (send, runtime) = outlet.line();
            if let Err(error) = self.write(&addressee, outlet) {
                // The operating system's word alone: nothing of what was written.
                tracing::warn!(kind = ?error.kind(), "a data subject's package was broken off");
                Outlet::break_off(&send, &runtime);
            }
        });
        inlet
    }

    fn write(self, addressee: &Addressee, outlet: Outlet) -> io::Result<()> {
        let mut zip = Zip::new(Parcel::to(addressee, outlet)?, self.made);
        zip.begin("README.txt")?;
        zip.write_all(README.as_bytes())?;
        let mut written = self.records(&mut zip)?;
        self.media(&mut zip, &mut written)?;
        self.page(&mut zip, &written)?;
        zip.begin("about.json")?;
        let about = written.about.told(&self.identity, &self.consent, &self.archive);
        serde_json::to_writer_pretty(&mut zip, &about).map_err(io::Error::from)?;
        let top = Top {
            archive: &self.archive,
            made: self.made,
            identity: &self.identity,
            request: self.request,
            searchable: self.searchable,
        };
        let Written { included, left_out, .. } = &written;
        listed::manifest(&mut zip, &top, &self.collection, included, left_out)?;
        zip.finish()?.finish()?.flush()
    }

    /// `records.jsonl`: the records of the person, by conversation and time.
    fn records(&self, zip: &mut Zip<impl Write>) -> io::Result<Written> {
        zip.begin("records.jsonl")?;
        let mut written = Written::default();
        for candidate in &self.candidates {
            let piece = match self.collection.open(candidate.entry) {
                Ok(piece) => piece,
                Err(error) => {
                    written.left_out.push(self.left_out(candidate.entry, error)?);
                    continue;
                }
            };
            if is_of(&piece.content, &self.identity) {
                self.record(zip, candidate, &piece, &mut written)?;
            }
        }
        Ok(written)
    }

    fn record(
        &self,
        zip: &mut Zip<impl Write>,
        candidate: &Candidate,
        piece: &Piece,
        written: &mut Written,
    ) -> io::Result<()> {
        let decision = self.deciding.decision(&piece.entry).map_err(io::Error::other)?;
        let due = decision.as_ref().and_then(|decision| match decision.due {
            Due::At(due) => Some(due),
            Due::Waiting | Due::Unruled => None,
        });
        let announced = piece.content.body.media.clone().unwrap_or_default();
        let files = piece.media.iter().map(|link| file_of(&announced, link.id));
        let content: &RawValue =
            serde_json::from_slice(&piece.plaintext).map_err(io::Error::from)?;
        let line = Line {
            record: piece.record,
            entry: candidate.entry.get(),
            captured: piece.entry.time,
            class: piece.content.class,
            kept_until: due,
            media: files.collect(),
            content,
        };
        serde_json::to_writer(&mut *zip, &line).map_err(io::Error::from)?;
        zip.write_all(b"\n")?;
        for link in &piece.media {
            if written.seen.insert(link.id) {
                written.media.push((link.id, announced.clone()));
            }
        }
        written.about.take(&piece.content, candidate.at, decision.as_ref());
        page::note(&mut written.later, &piece.content);
        let chapter = written.count(candidate, piece);
        written.included.push(Included { entry: candidate.entry, chapter });
        Ok(())
    }

    fn media(&self, zip: &mut Zip<impl Write>, written: &mut Written) -> io::Result<()> {
        for (id, announced) in std::mem::take(&mut written.media) {
            match self.collection.medium(&announced, id) {
                Ok(medium) => {
                    zip.begin_medium(&file_of(&announced, id))?;
                    zip.write_all(&medium.bytes)?;
                    written.there.insert(id);
                }
                Err(error) => {
                    let left = self.left_out_medium(id, error)?;
                    written.left_out.push(left);
                }
            }
        }
        Ok(())
    }

    /// `index.html`.
    fn page(&self, zip: &mut Zip<impl Write>, written: &Written) -> io::Result<()> {
        zip.begin("index.html")?;
        let identifiers = self.identity.identifiers().iter().map(|it| it.value.as_str());
        let identifiers: Vec<&str> = identifiers.collect();
        page::begin(zip, &self.archive, self.made, &identifiers, &written.chapters)?;
        let mut current = None;
        for Included { entry, chapter } in &written.included {
            // Destroyed since the file of records was written: it is there.
            let Ok(piece) = self.collection.open(*entry) else { continue };
            if current != Some(*chapter)
                && let Some((title, _)) = written.chapters.get(*chapter)
            {
                page::chapter(zip, chapter + 1, title)?;
                current = Some(*chapter);
            }
            let announced = piece.content.body.media.clone().unwrap_or_default();
            let shown: Vec<Shown<'_>> = piece
                .media
                .iter()
                .map(|link| Shown {
                    file: written.there.contains(&link.id).then(|| file_of(&announced, link.id)),
                    mime: announced.mime.as_deref().unwrap_or_default(),
                    name: Collection::name_of(&announced, link.id),
                })
                .collect();
            page::record(zip, &piece.content, piece.entry.time, &written.later, &shown)?;
        }
        page::end(zip)
    }

    /// Why a record is not in the package; an error where nothing can be read any more.
    fn left_out(&self, index: LeafIndex, error: query::Error) -> io::Result<LeftOut> {
        let why = why_left_out(error)?;
        let record = self.collection.entry(index);
        let record = record.and_then(|(entry, _)| entry.kept().map(|kept| kept.record));
        Ok(LeftOut { entry: Some(index.get()), record, why })
    }

    fn left_out_medium(&self, id: RecordId, error: query::Error) -> io::Result<LeftOut> {
        let place = self.collection.place_of(id);
        Ok(LeftOut {
            entry: place.map(LeafIndex::get),
            record: Some(id),
            why: why_left_out(error)?,
        })
    }
}

impl Written {
    /// Counts a record to its conversation, whose place it gives.
    fn count(&mut self, candidate: &Candidate, piece: &Piece) -> usize {
        if self.last_thread == Some(candidate.thread)
            && let Some((_, records)) = self.chapters.last_mut()
        {
            *records += 1;
            return self.chapters.len() - 1;
        }
        self.last_thread = Some(candidate.thread);
        let (is_none, _) = candidate.thread;
        let title =
            if is_none { "Other records".to_owned() } else { page::title_of(&piece.content) };
        self.chapters.push((title, 1));
        self.chapters.len() - 1
    }
}

fn why_left_out(error: query::Error) -> io::Result<&'static str> {
    if matches!(error, query::Error::Destroyed { .. }) {
        Ok("destroyed")
    } else if matches!(error, query::Error::Damaged { .. }) {
        Ok("damaged")
    } else {
        Err(io::Error::other(error))
    }
}

/// Where a medium lies in the package.
fn file_of(announced: &MediaRef, medium: RecordId) -> String {
    format!("media/{medium}-{}", Collection::name_of(announced, medium))
}
