//! The columns of a segment: what is read of every record that matches.
//!
//! The search library reads a column whole whenever it opens it. They are opened
//! once a segment and kept: a few bytes a record.

use tantivy::columnar::{BytesColumn, Column};
use tantivy::{DocId, SegmentReader};

use super::schema::{LEAF, THREAD, TIME};
use super::thread::ThreadId;

/// The columns of one segment. A segment never changes.
#[derive(Clone)]
pub(super) struct Columns {
    leaf: Column<u64>,
    time: Column<i64>,
    /// `None` where no record of the segment belongs to a conversation.
    thread: Option<BytesColumn>,
}

impl Columns {
    pub(super) fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            leaf: columns.u64(LEAF)?,
            time: columns.i64(TIME)?,
            thread: columns.bytes(THREAD)?,
        })
    }

    /// The entry that keeps a document's record.
    pub(super) fn leaf(&self, document: DocId) -> u64 {
        self.leaf.first(document).unwrap_or_default()
    }

    /// When it happened, in microseconds since 1970.
    pub(super) fn time(&self, document: DocId) -> i64 {
        self.time.first(document).unwrap_or_default()
    }

    /// The times of all documents.
    pub(super) fn times(&self) -> &Column<i64> {
        &self.time
    }

    /// Its conversation.
    pub(super) fn thread(&self, document: DocId) -> std::io::Result<Option<ThreadId>> {
        let Some(column) = &self.thread else { return Ok(None) };
        let Some(ordinal) = column.ords().first(document) else { return Ok(None) };
        let mut bytes = vec![];
        column.ord_to_bytes(ordinal, &mut bytes)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| {
            std::io::Error::new(std::io::ErrorKind::InvalidData, "a thread id is not 16 bytes")
        })?;
        Ok(Some(ThreadId::from_bytes(bytes)))
    }

    /// The greatest entry in the segment.
    pub(super) fn last_leaf(&self) -> u64 {
        self.leaf.max_value()
    }
}

impl std::fmt::Debug for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Columns")
    }
}
