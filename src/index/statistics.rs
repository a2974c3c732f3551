//! How common the words of a query are: what a score rests on.
//!
//! They change with every record that comes in. The pages of one search must be
//! ordered by one measure, so the statistics of the first page travel in its
//! cursor and are used for the others.

use std::collections::BTreeMap;

use tantivy::Searcher;
use tantivy::query::{Bm25StatisticsProvider, Query};
use tantivy::schema::{Field, Term};

/// The statistics of a query.
#[derive(Debug)]
pub(super) struct Statistics<'a> {
    searcher: &'a Searcher,
    documents: u64,
    tokens: BTreeMap<Field, u64>,
    frequencies: BTreeMap<Term, u64>,
}

impl<'a> Statistics<'a> {
    /// Counts.
    pub(super) fn count(searcher: &'a Searcher, query: &dyn Query) -> tantivy::Result<Self> {
        let mut counted = Self::of(searcher, query);
        counted.documents = searcher.total_num_docs()?;
        for (field, tokens) in &mut counted.tokens {
            *tokens = searcher.total_num_tokens(*field)?;
        }
        for (term, frequency) in &mut counted.frequencies {
            *frequency = searcher.doc_freq(term)?;
        }
        Ok(counted)
    }

    /// Takes what was counted before; `None` where it does not fit the query.
    pub(super) fn recall(
        searcher: &'a Searcher,
        query: &dyn Query,
        numbers: &[u64],
    ) -> Option<Self> {
        let mut recalled = Self::of(searcher, query);
        let mut numbers = numbers.iter().copied();
        recalled.documents = numbers.next()?;
        for number in recalled.tokens.values_mut() {
            *number = numbers.next()?;
        }
        for number in recalled.frequencies.values_mut() {
            // No term is in more documents than there are; the library relies on it.
            *number = numbers.next()?.min(recalled.documents);
        }
        numbers.next().is_none().then_some(recalled)
    }

    /// What [`Statistics::recall`] takes.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let documents = std::iter::once(&self.documents);
        documents.chain(self.tokens.values()).chain(self.frequencies.values()).copied().collect()
    }

    fn of(searcher: &'a Searcher, query: &dyn Query) -> Self {
        let mut tokens = BTreeMap::new();
        let mut frequencies = BTreeMap::new();
        query.query_terms(&mut |term: &Term, _| {
            tokens.insert(term.field(), 0);
            frequencies.insert(term.clone(), 0);
        });
        Self { searcher, documents: 0, tokens, frequencies }
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        match self.tokens.get(&field) {
            Some(tokens) => Ok(*tokens),
            None => self.searcher.total_num_tokens(field),
        }
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.documents)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        match self.frequencies.get(term) {
            Some(frequency) => Ok(*frequency),
            None => Ok(self.searcher.doc_freq(term)?.min(self.documents)),
        }
    }
}
