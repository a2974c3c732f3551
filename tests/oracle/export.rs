//! What is handed to other people's programs: an export of the log with proofs and
//! receipts beside it; and a sealed record in halves.

use std::fs;

use muniment::tlog::proof;
use muniment::tlog::tile::Coordinate;
use muniment::tlog::tree::Edge;
use muniment::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};
use serde_json::json;

use crate::archive::{Archive, written};
use crate::program::Program;

/// A copy of a log in a directory.
pub(crate) struct Export {
    dir: tempfile::TempDir,
    pub(crate) inclusions: usize,
    pub(crate) consistencies: usize,
    pub(crate) receipts: usize,
}

impl Export {
    /// Writes everything that there is to check.
    pub(crate) fn of(archive: &Archive) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = archive.log();
        let leaves = leaves(archive);
        muniment::log::export(log.store(), &[log.verifier_key().clone()], dir.path()).unwrap();
        written(dir.path(), "log.vkey", format!("{}\n", log.verifier_key()).as_bytes());
        let sizes: Vec<TreeSize> = log
            .store()
            .checkpoints_from(TreeSize::EMPTY)
            .map(|row| {
                let (size, note) = row.unwrap();
                written(dir.path(), &format!("checkpoints/{size}"), &note);
                size
            })
            .collect();
        let (inclusions, consistencies) = write_proofs(&dir, archive, &leaves, &sizes);
        let last = leaves.len() as u64 - 1;
        let receipts: Vec<u64> = (0..=last).filter(|at| at % 97 == 7 || *at == last).collect();
        for index in &receipts {
            let receipt = log.receipt(LeafIndex::new(*index)).unwrap().unwrap();
            written(dir.path(), &format!("receipts/{index}"), receipt.as_bytes());
        }
        Self { dir, inclusions, consistencies, receipts: receipts.len() }
    }

    pub(crate) fn path(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }

    /// Changes one character in the middle of the last file whose path begins so.
    pub(crate) fn alter(&self, beginning: &str) {
        let path = self.dir.path().join(beginning);
        let path = if path.is_dir() {
            fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()).max().unwrap()
        } else {
            path
        };
        let mut bytes = fs::read(&path).unwrap();
        // Within a hash or signature where there is one, which remains base64.
        let middle = bytes.len() / 2;
        let padding = bytes[middle..].iter().position(|byte| *byte == b'=');
        let at = padding.map_or(middle, |padding| middle + padding - 20);
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        written(path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap(), &bytes);
    }
}

fn leaves(archive: &Archive) -> Vec<Vec<u8>> {
    let rows = archive.log().store().leaves_from(LeafIndex::FIRST);
    rows.map(|row| row.unwrap().1.into_vec()).collect()
}

/// Inclusion of every leaf in the whole tree and in the trees of the checkpoints
/// that hold it; consistency of all checkpoints, and of many sizes between.
fn write_proofs(
    dir: &tempfile::TempDir,
    archive: &Archive,
    leaves: &[Vec<u8>],
    sizes: &[TreeSize],
) -> (usize, usize) {
    let mut edge = Edge::empty();
    for leaf in leaves {
        edge.push(leaf_hash(leaf));
    }
    let read = |at: Coordinate| match edge.partial_tile(at) {
        Some(partial) => Ok(Some(partial)),
        None => archive.log().store().tile(at),
    };
    let base64 = |hashes: &[Hash]| hashes.iter().map(Hash::to_base64).collect::<Vec<_>>();
    let whole = leaves.len() as u64;
    let mut inclusion = vec![];
    for size in sizes {
        for index in (0..size.get()).map(LeafIndex::new) {
            let proof = proof::inclusion(index, *size, read).unwrap();
            let hashes = base64(proof.hashes());
            inclusion.push(json!({"index": index.get(), "size": size.get(), "hashes": hashes}));
        }
    }
    let mut consistency = vec![];
    let between = (1..=whole).step_by(13).map(TreeSize::new);
    let all: Vec<TreeSize> = sizes.iter().copied().chain(between).collect();
    for (old, new) in all.iter().flat_map(|old| all.iter().map(move |new| (*old, *new))) {
        if old <= new {
            let proof = proof::consistency(old, new, read).unwrap();
            let hashes = base64(proof.hashes());
            consistency.push(json!({"old": old.get(), "new": new.get(), "hashes": hashes}));
        }
    }
    written(dir.path(), "inclusion.json", json!(inclusion).to_string().as_bytes());
    written(dir.path(), "consistency.json", json!(consistency).to_string().as_bytes());
    (inclusion.len(), consistency.len())
}

/// A sealed record as an auditor holds it: its line in the log, the two halves
/// of the age file, the wrapped row of its bucket's key, and the share of that.
#[derive(Clone)]
pub(crate) struct SealedFiles {
    pub(crate) leaf: Vec<u8>,
    pub(crate) header: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) bucket: Vec<u8>,
    pub(crate) share: Vec<u8>,
}

pub(crate) fn sealed_at(archive: &Archive, index: LeafIndex) -> SealedFiles {
    let log = archive.log();
    let leaf = log.store().leaf(index).unwrap().unwrap();
    let (header, body) = log.sealed_at(index).unwrap();
    let lines = String::from_utf8(header.clone()).unwrap();
    let row = lines.lines().nth(1).unwrap().split(' ').nth(2).unwrap();
    let bucket = log.store().bucket(row).unwrap().unwrap();
    let shares = archive.identity_file().with_file_name("shares");
    let share = std::fs::read(shares.join(row)).unwrap();
    SealedFiles { leaf, header, body, bucket, share }
}

impl SealedFiles {
    /// Gives the plaintext that the program makes of it, or what it complains of.
    pub(crate) fn open_with(&self, opener: &Program, row: &[u8]) -> Result<Vec<u8>, String> {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            ("leaf", self.leaf.as_slice()),
            ("header", &self.header),
            ("body", &self.body),
            ("row", row),
            ("share", &self.share),
        ]
        .map(|(name, bytes)| written(dir.path(), name, bytes));
        let arguments: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
        opener.run(&arguments, b"")
    }
}
