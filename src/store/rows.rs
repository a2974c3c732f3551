//! Which rows there are, and how their keys and values are laid out.
//!
//! Keys that grow with the log are big-endian, so that they stand in the order
//! of the log and compaction moves whole files. See `docs/FORMAT.md` §5.

use rocksdb::{BlockBasedOptions, DBCompressionType, Options};

use crate::record::RecordId;
use crate::tlog::tile::Coordinate;
use crate::tlog::{Hash, LeafIndex, TreeSize};

/// Bodies from this size on are kept in blob files.
const BLOB_BYTES_MIN: u64 = 4096;

/// How much is read and checked at once of families that are walked along the log;
/// more makes walking no faster, and damage take more rows with it.
const BLOCK_BYTES_WALKED: usize = 16 * 1024;

/// What the filter of the rows in memory takes of their table: about 15 bits a row.
const MEMORY_FILTER_RATIO: f64 = 0.02;

/// The kinds of rows; each is a column family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Leaf index → sealed body.
    Bodies,
    /// Bucket name → its key, wrapped to the archive's recipients.
    Buckets,
    /// Tree size → signed checkpoint.
    Checkpoints,
    /// Leaf index → leaf.
    Entries,
    /// Leaf index of an entry that governs → nothing.
    Governance,
    /// Leaf index → detached header of the sealed body; deleted to shred it.
    Headers,
    /// Record id → leaf index.
    Ids,
    /// Record id ‖ medium's record id → whether the digests match.
    Links,
    /// Leaf index of a record → the state of fetching its medium.
    MediaQueue,
    /// Digest of a thing seen → leaf index where it is kept.
    Seen,
    /// Single rows: the head of the log.
    State,
    /// Level ‖ number → full tile of hashes.
    Tiles,
    /// Tree size → an authority's timestamp on the checkpoint of that size.
    Timestamps,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 13] = [
        Self::Bodies,
        Self::Buckets,
        Self::Checkpoints,
        Self::Entries,
        Self::Governance,
        Self::Headers,
        Self::Ids,
        Self::Links,
        Self::MediaQueue,
        Self::Seen,
        Self::State,
        Self::Tiles,
        Self::Timestamps,
    ];

    /// The column family's name on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bodies => "bodies",
            Self::Buckets => "buckets",
            Self::Checkpoints => "checkpoints",
            Self::Entries => "entries",
            Self::Governance => "governance",
            Self::Headers => "headers",
            Self::Ids => "ids",
            Self::Links => "links",
            Self::MediaQueue => "media_queue",
            Self::Seen => "seen",
            Self::State => "state",
            Self::Tiles => "tiles",
            Self::Timestamps => "timestamps",
        }
    }

    /// How the database keeps the family: large bodies in blob files (nothing is won
    /// by moving them), small ones between their neighbours, where a walk reads them
    /// in passing; point look-ups with bloom filters.
    pub(super) fn options(self) -> Options {
        let mut options = Options::default();
        let mut blocks = BlockBasedOptions::default();
        blocks.set_bloom_filter(10.0, false);
        blocks.set_cache_index_and_filter_blocks(false);
        options.set_compression_type(DBCompressionType::None);
        match self {
            Self::Bodies => {
                blocks.set_block_size(BLOCK_BYTES_WALKED);
                options.set_enable_blob_files(true);
                options.set_min_blob_size(BLOB_BYTES_MIN);
                options.set_blob_file_size(256 * 1024 * 1024);
                // Bodies are never deleted one by one: collecting would only copy them,
                // and take files away from under somebody who verifies.
                options.set_enable_blob_gc(false);
            }
            Self::Entries => {
                blocks.set_block_size(BLOCK_BYTES_WALKED);
                options.set_compression_type(DBCompressionType::Lz4);
            }
            Self::Headers => blocks.set_block_size(BLOCK_BYTES_WALKED),
            Self::Ids => options.set_write_buffer_size(64 * 1024 * 1024),
            Self::Seen => {
                options.set_write_buffer_size(64 * 1024 * 1024);
                // Nearly all that is asked for was never seen: a filter answers for the
                // rows in memory too, in place of a search through each table.
                options.set_memtable_prefix_bloom_ratio(MEMORY_FILTER_RATIO);
                options.set_memtable_whole_key_filtering(true);
            }
            Self::Buckets
            | Self::Checkpoints
            | Self::Governance
            | Self::Links
            | Self::MediaQueue
            | Self::State
            | Self::Tiles
            | Self::Timestamps => {}
        }
        options.set_block_based_table_factory(&blocks);
        options
    }
}

/// The digest under which a thing is recognised when it is delivered again:
/// 16 bytes of a keyed hash, so that it tells nothing to who lacks the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OnceKey([u8; 16]);

impl OnceKey {
    /// Takes 16 bytes of a keyed digest.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The row's key.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Where the log ends: written in the same batch as the entries it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub size: TreeSize,
    /// The tree's root at that size.
    pub root: Hash,
    /// The leaf hash of the last entry; zeros when there is none.
    pub last: Hash,
}

/// The key of the one row of [`Head`].
pub(crate) const HEAD: &[u8] = b"head";

/// The key of the one row that lists the log's keys, where it had more than one.
pub(crate) const KEYS: &[u8] = b"keys";

impl Head {
    pub(super) fn to_row(self) -> [u8; 72] {
        let mut row = [0; 72];
        row[..8].copy_from_slice(&self.size.get().to_be_bytes());
        row[8..40].copy_from_slice(self.root.as_bytes());
        row[40..].copy_from_slice(self.last.as_bytes());
        row
    }

    pub(super) fn from_row(row: &[u8]) -> Option<Self> {
        let (size, rest) = row.split_first_chunk::<8>()?;
        let (root, rest) = rest.split_first_chunk::<32>()?;
        let last: &[u8; 32] = rest.try_into().ok()?;
        Some(Self {
            size: TreeSize::new(u64::from_be_bytes(*size)),
            root: Hash::from_bytes(*root),
            last: Hash::from_bytes(*last),
        })
    }
}

/// The key of rows that belong to an entry.
pub(crate) fn index_key(index: LeafIndex) -> [u8; 8] {
    index.get().to_be_bytes()
}

/// Reads [`index_key`] back.
pub(crate) fn index_of_key(key: &[u8]) -> Option<LeafIndex> {
    Some(LeafIndex::new(u64::from_be_bytes(key.try_into().ok()?)))
}

/// The key of a full tile.
pub(crate) fn tile_key(at: Coordinate) -> [u8; 9] {
    let mut key = [at.level; 9];
    key[1..].copy_from_slice(&at.number.to_be_bytes());
    key
}

/// The key of a link from a record to its medium.
pub(crate) fn link_key(record: RecordId, medium: RecordId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(record.as_bytes());
    key[16..].copy_from_slice(medium.as_bytes());
    key
}
