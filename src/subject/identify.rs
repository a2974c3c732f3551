//! Finding out what a person is known by.
//!
//! In rounds: the index tells which records bear an identifier that is known so far, and
//! in which company; of each company that is new one record is opened, and what it joins
//! is known in the next round. So little is opened, and nothing of people whom no record
//! joins to those asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::graph::{Conflict, Graph, How};
use super::{Error, Inner, Subject};
use crate::policy::{Facts, Mark};
use crate::projection::subjects::{Identifier, IdentifierKind, Identity};
use crate::query::{self, Access, Collecting, Collection};
use crate::record::{Class, RecordId};
use crate::tlog::LeafIndex;

/// The most identifiers that are asked for, or joined.
const IDENTIFIERS_MAX: usize = 200;

/// The most different companies in which identifiers stand.
const COMPANIES_MAX: usize = 10_000;

/// The most rounds: changes of number or id, one after the other.
const ROUNDS_MAX: usize = 64;

/// Records of a company that are looked at until one opens.
const TRIES_MAX: usize = 4;

/// What a person is known by, as far as records say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    /// What was asked for, and all that records join to it.
    pub identifiers: Vec<Known>,
    /// Which of these may be more than one person's.
    pub conflicts: Vec<Conflict>,
    /// What is shown together with user names that were asked for. It is not joined: a
    /// user name may have been somebody else's.
    pub beside: Vec<Identifier>,
    /// Records that could not be opened, though they might have joined something.
    pub unread: Vec<u64>,
    /// Entries of the log that the index had read.
    pub searchable: u64,
}

/// An identifier, and how it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Of which kind the identifier is.
    pub kind: IdentifierKind,
    /// The identifier.
    pub value: String,
    /// How many records bear it.
    pub records: u64,
    /// When the first of them was.
    pub first: Option<Timestamp>,
    /// When the last was.
    pub last: Option<Timestamp>,
    /// The record that joined it to what was asked for; `None` where it was asked for.
    pub by: Option<RecordId>,
    /// How.
    pub how: Option<How>,
}

/// Identifiers in whose company records stand, and whether such a record may tell that
/// somebody has others now.
type Company = (Vec<Mark>, bool);

/// The records of a company.
#[derive(Clone, Debug)]
struct Seen {
    records: u64,
    first: Timestamp,
    last: Timestamp,
    /// The oldest entries, rising.
    entries: Vec<LeafIndex>,
}

impl Subject {
    /// Finds what a person is known by. What is opened for it is written down before.
    ///
    /// # Errors
    /// [`Error::BadIdentifier`], [`Error::TooMany`], [`Error::Behind`]; and when the access
    /// cannot be written down.
    pub async fn identify(&self, access: &Access, asked: &[String]) -> Result<Identified, Error> {
        let said = said(asked)?;
        let searchable = self.indexed().await?;
        let (mut graph, mut unread) = (Graph::default(), vec![]);
        let mut opened: BTreeSet<Company> = BTreeSet::new();
        let mut first = true;
        for _ in 0..ROUNDS_MAX {
            let marks = marks(&graph, &said)?;
            let companies = self.blocking(move |inner| inner.companies(&marks)).await?;
            let new: Vec<(Company, Seen)> = companies
                .iter()
                .filter(|(company, _)| !opened.contains(*company))
                .map(|(company, seen)| (company.clone(), seen.clone()))
                .collect();
            // Who asks is written down even where nothing is there to be opened.
            if new.is_empty() && !first {
                return Ok(identified(&graph, &said, &companies, unread, searchable));
            }
            first = false;
            opened.extend(new.iter().map(|(company, _)| company.clone()));
            let entries: Vec<LeafIndex> =
                new.iter().flat_map(|(_, seen)| seen.entries.iter().copied()).collect();
            let collection = self.collection(access, asked, entries).await?;
            let read = move |_: &Inner| read(&collection, new, graph);
            let more;
            (graph, more) = self.blocking(read).await?;
            unread.extend(more);
        }
        Err(Error::TooMany { what: "changes of number or id", most: ROUNDS_MAX })
    }

    /// Who is meant by identifiers: all that is joined to them, where nothing of it may be
    /// another person's; or, where `exact`, these and no others.
    ///
    /// # Errors
    /// [`Error::Conflict`]; else as [`Subject::identify`].
    pub async fn settle(
        &self,
        access: &Access,
        asked: &[String],
        exact: bool,
    ) -> Result<Identity, Error> {
        let said = said(asked)?;
        if exact {
            return Ok(Identity::of(&said));
        }
        let found = self.identify(access, asked).await?;
        let knows_only_names = said.iter().all(|it| it.kind == IdentifierKind::UserName);
        if !found.conflicts.is_empty() || (knows_only_names && !found.beside.is_empty()) {
            return Err(Error::Conflict(Box::new(found)));
        }
        // A user name that nobody asked for is not what a record is the person's by.
        let joined: Vec<Identifier> = found
            .identifiers
            .into_iter()
            .filter(|it| it.by.is_none() || it.kind != IdentifierKind::UserName)
            .map(|it| Identifier { kind: it.kind, value: it.value })
            .collect();
        Ok(Identity::of(&joined))
    }

    async fn collection(
        &self,
        access: &Access,
        asked: &[String],
        entries: Vec<LeafIndex>,
    ) -> Result<Collection, Error> {
        let (subject, request) = (asked.to_vec(), None);
        let collecting = Collecting { of: "identify", subject, request, entries };
        self.0.query.collect(access, collecting).await.map_err(Error::Query)
    }
}

impl Inner {
    /// The companies in which records stand that bear one of these marks.
    fn companies(&self, marks: &[Mark]) -> Result<HashMap<Company, Seen>, Error> {
        let look = |found: &mut HashMap<Company, Seen>, entry: LeafIndex, facts: &Facts| {
            if facts.parties.iter().any(|mark| marks.binary_search(mark).is_ok()) {
                put(found, entry, facts);
            }
        };
        let told = self.index.fold_facts(HashMap::new, look).map_err(Error::Index)?;
        let mut whole: HashMap<Company, Seen> = HashMap::new();
        for (company, seen) in told.parts.into_iter().flatten() {
            match whole.get_mut(&company) {
                Some(known) => known.unite(seen),
                None => drop(whole.insert(company, seen)),
            }
        }
        if whole.len() > COMPANIES_MAX {
            return Err(Error::TooMany { what: "sets of identifiers", most: COMPANIES_MAX });
        }
        Ok(whole)
    }
}

fn put(found: &mut HashMap<Company, Seen>, entry: LeafIndex, facts: &Facts) {
    let at = facts.at.unwrap_or(facts.captured);
    let tells = matches!(facts.class, Class::Contact | Class::Consent);
    let seen = Seen { records: 1, first: at, last: at, entries: vec![entry] };
    let company = (facts.parties.clone(), tells);
    if let Some(known) = found.get_mut(&company) {
        known.unite(seen);
    } else if found.len() <= COMPANIES_MAX {
        // One more than the most is enough to know.
        found.insert(company, seen);
    }
}

impl Seen {
    fn unite(&mut self, other: Self) {
        self.records += other.records;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.entries.extend(other.entries);
        self.entries.sort_unstable();
        self.entries.truncate(TRIES_MAX);
    }
}

/// Opens one record of each company, and takes what it says; the companies of which none
/// opens, by their first entry.
fn read(
    collection: &Collection,
    companies: Vec<(Company, Seen)>,
    mut graph: Graph,
) -> Result<(Graph, Vec<u64>), Error> {
    let mut unread = vec![];
    for (_, seen) in companies {
        let mut is_read = false;
        for entry in &seen.entries {
            match collection.open(*entry) {
                Ok(piece) => {
                    graph.take(piece.record, &piece.content);
                    is_read = true;
                    break;
                }
                Err(query::Error::Destroyed { .. } | query::Error::Damaged { .. }) => {}
                Err(error) => return Err(Error::Query(error)),
            }
        }
        if !is_read {
            unread.extend(seen.entries.first().map(|entry| entry.get()));
        }
    }
    Ok((graph, unread))
}

/// What was written, as identifiers; each once.
fn said(asked: &[String]) -> Result<Vec<Identifier>, Error> {
    if asked.is_empty() {
        let what = "the list is empty: say by what the person is known".to_owned();
        return Err(Error::BadIdentifier(what));
    }
    if asked.len() > IDENTIFIERS_MAX {
        let what = format!("the list has {}; the most is {IDENTIFIERS_MAX}", asked.len());
        return Err(Error::BadIdentifier(what));
    }
    let said: Result<Vec<Identifier>, String> =
        asked.iter().map(|text| Identifier::said(text)).collect();
    let said = said.map_err(Error::BadIdentifier)?;
    let mut seen = BTreeSet::new();
    let new = |it: &Identifier| seen.insert((it.kind, Mark::of(&it.value)));
    Ok(said.into_iter().filter(new).collect())
}

/// The marks of everything that is known so far, rising.
fn marks(graph: &Graph, said: &[Identifier]) -> Result<Vec<Mark>, Error> {
    let reached = graph
        .reach(said)
        .into_iter()
        .filter(|it| it.by.is_none() || it.identifier.kind != IdentifierKind::UserName);
    let marks: BTreeSet<Mark> = reached.map(|it| Mark::of(&it.identifier.value)).collect();
    if marks.len() > IDENTIFIERS_MAX {
        return Err(Error::TooMany { what: "identifiers", most: IDENTIFIERS_MAX });
    }
    Ok(marks.into_iter().collect())
}

fn identified(
    graph: &Graph,
    said: &[Identifier],
    companies: &HashMap<Company, Seen>,
    unread: Vec<u64>,
    searchable: u64,
) -> Identified {
    let mut of_mark: BTreeMap<Mark, Seen> = BTreeMap::new();
    for ((marks, _), seen) in companies {
        for mark in marks {
            match of_mark.get_mut(mark) {
                Some(known) => known.unite(seen.clone()),
                None => drop(of_mark.insert(*mark, seen.clone())),
            }
        }
    }
    let known = |reached: super::graph::Reached| {
        let seen = of_mark.get(&Mark::of(&reached.identifier.value));
        Known {
            records: seen.map_or(0, |seen| seen.records),
            first: seen.map(|seen| seen.first),
            last: seen.map(|seen| seen.last),
            by: reached.by.map(|(record, _)| record),
            how: reached.by.map(|(_, how)| how),
            kind: reached.identifier.kind,
            value: reached.identifier.value,
        }
    };
    Identified {
        identifiers: graph.reach(said).into_iter().map(known).collect(),
        conflicts: graph.conflicts(said),
        beside: graph.beside(said),
        unread,
        searchable,
    }
}
