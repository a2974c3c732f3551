//! What rules look at, of every document: columns that are read from one end to the other.
//!
//! Marks and threads are few and stand in many documents: their columns hold numbers of
//! words in a dictionary of the segment. The columns are opened when somebody asks and
//! dropped with the segment: they take no memory of the daemon's in between.

mod packed;

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use tantivy::columnar::{BytesColumn, Column};
use tantivy::{DocId, SegmentReader};

pub(super) use packed::packed;

use super::schema::{CAPTURED, FACTS, LEAF, NUMBERS, PARTIES, THREAD, TIME};
use super::view::{Shared, View};
use super::{Error, Told};
use crate::policy::{Facts, Mark};
use crate::record::Class;
use crate::tlog::{LeafIndex, TreeSize};

/// Documents that are looked at in one go; the pieces are shared among the cores.
pub(super) const PIECE_DOCUMENTS: DocId = 1 << 15;

const STEP: &str = "read what rules look at";

/// The columns of a segment from which facts are made.
struct FactsColumns {
    leaf: Column<u64>,
    time: Column<i64>,
    captured: Column<i64>,
    packed: Column<u64>,
    numbers: Words<8>,
    parties: Words<8>,
    thread: Words<16>,
}

/// A column whose values are words of one length from a dictionary.
pub(super) struct Words<const BYTES: usize> {
    ordinals: Option<Column<u64>>,
    dictionary: Vec<[u8; BYTES]>,
}

/// Tells: see [`super::Index::facts`].
pub(super) fn each(
    shared: &Arc<Shared>,
    mut look: impl FnMut(LeafIndex, &Facts),
) -> Result<TreeSize, Error> {
    let view = shared.view();
    shared.ask(STEP, &view, |view| {
        for segment in view.searcher.segment_readers() {
            FactsColumns::open(segment)?.tell(segment, 0..segment.max_doc(), &mut look)?;
        }
        Ok(view.searchable)
    })
}

/// Tells on all cores: see [`super::Index::fold_facts`].
pub(super) fn fold<T: Send>(
    shared: &Arc<Shared>,
    begin: impl Fn() -> T + Sync,
    look: impl Fn(&mut T, LeafIndex, &Facts) + Sync,
) -> Result<Told<T>, Error> {
    let view = shared.view();
    let parts = shared.ask(STEP, &view, |view| parts(view, |_| true, &begin, &look))?;
    Ok(Told { parts, searchable: view.searchable })
}

/// Tells of those segments that are asked for.
pub(super) fn parts<T: Send>(
    view: &View,
    asked: impl Fn(&SegmentReader) -> bool,
    begin: &(impl Fn() -> T + Sync),
    look: &(impl Fn(&mut T, LeafIndex, &Facts) + Sync),
) -> tantivy::Result<Vec<T>> {
    let mut parts = vec![];
    for segment in view.searcher.segment_readers().iter().filter(|segment| asked(segment)) {
        let columns = FactsColumns::open(segment)?;
        let pieces: Vec<DocId> = (0..segment.max_doc()).step_by(PIECE_DOCUMENTS as usize).collect();
        let told: Vec<T> = pieces
            .into_par_iter()
            .map(|first| {
                let mut part = begin();
                let end = first.saturating_add(PIECE_DOCUMENTS).min(segment.max_doc());
                columns.tell(segment, first..end, |leaf, facts| look(&mut part, leaf, facts))?;
                Ok(part)
            })
            .collect::<io::Result<_>>()?;
        parts.extend(told);
    }
    Ok(parts)
}

impl FactsColumns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            leaf: columns.u64(LEAF)?,
            time: columns.i64(TIME)?,
            captured: columns.i64(CAPTURED)?,
            packed: columns.u64(FACTS)?,
            numbers: Words::read(columns.bytes(NUMBERS)?)?,
            parties: Words::read(columns.bytes(PARTIES)?)?,
            thread: Words::read(columns.bytes(THREAD)?)?,
        })
    }

    fn tell(
        &self,
        segment: &SegmentReader,
        documents: std::ops::Range<DocId>,
        mut look: impl FnMut(LeafIndex, &Facts),
    ) -> io::Result<()> {
        let alive = segment.alive_bitset();
        // One for all: nothing is allocated for a document.
        let mut facts = Facts::bare(Class::Message, Timestamp::UNIX_EPOCH);
        for document in documents {
            if alive.is_some_and(|alive| alive.is_deleted(document)) {
                continue;
            }
            let leaf = self.leaf.first(document).ok_or_else(incomplete)?;
            self.read(document, &mut facts)?;
            look(LeafIndex::new(leaf), &facts);
        }
        Ok(())
    }

    fn read(&self, document: DocId, facts: &mut Facts) -> io::Result<()> {
        let moment = |column: &Column<i64>| {
            let microseconds = column.first(document).ok_or_else(incomplete)?;
            Timestamp::from_microsecond(microseconds).map_err(|_| incomplete())
        };
        let packed = self.packed.first(document).ok_or_else(incomplete)?;
        let told = packed::unpack(packed, facts).ok_or_else(incomplete)?;
        facts.at = if told { Some(moment(&self.time)?) } else { None };
        facts.captured = moment(&self.captured)?;
        facts.numbers.clear();
        facts.numbers.extend(self.numbers.of(document).map(mark));
        facts.parties.clear();
        facts.parties.extend(self.parties.of(document).map(mark));
        facts.thread = self.thread.of(document).next().copied();
        Ok(())
    }
}

pub(super) const fn mark(bytes: &[u8; 8]) -> Mark {
    Mark(u64::from_be_bytes(*bytes))
}

pub(super) fn incomplete() -> io::Error {
    let what = "a document's columns are not as they were written";
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<const BYTES: usize> Words<BYTES> {
    /// Reads the dictionary whole: it has a word for each that differs.
    pub(super) fn read(column: Option<BytesColumn>) -> io::Result<Self> {
        let Some(column) = column else {
            return Ok(Self { ordinals: None, dictionary: vec![] });
        };
        let mut dictionary = Vec::with_capacity(column.num_terms());
        let mut words = column.dictionary().stream()?;
        while let Some((word, ())) = words.next() {
            dictionary.push(word.try_into().map_err(|_| incomplete())?);
        }
        drop(words);
        Ok(Self { ordinals: Some(column.ords().clone()), dictionary })
    }

    /// Every word, by its number.
    pub(super) fn all(&self) -> &[[u8; BYTES]] {
        &self.dictionary
    }

    /// The numbers of a document's words.
    pub(super) fn numbers_of(&self, document: DocId) -> impl Iterator<Item = u32> {
        let ordinals = self.ordinals.iter().flat_map(move |ords| ords.values_for_doc(document));
        ordinals.filter_map(|ordinal| u32::try_from(ordinal).ok())
    }

    pub(super) fn of(&self, document: DocId) -> impl Iterator<Item = &[u8; BYTES]> {
        let ordinals = self.ordinals.iter().flat_map(move |ords| ords.values_for_doc(document));
        ordinals.filter_map(|ordinal| self.dictionary.get(usize::try_from(ordinal).ok()?))
    }
}
