//! The file of answers: sealed as every file of the index is.
//!
//! ```text
//! file   = version (4) answer…
//! answer = SHA-256 of the query (32) until (8) length of the set (4) the set of entries
//! ```
//!
//! Numbers are big-endian; the set is in the format of Roaring bitmaps, of 64 bits.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::directory::Directory as _;
use tantivy::directory::error::{DeleteError, OpenReadError};

use super::{Answer, Asked};
use crate::index::directory::EncryptedDirectory;
use crate::index::selection::Selection;
use crate::tlog::{Hash, TreeSize};

/// Goes up when the file, or what a query finds in the same index, changes.
const VERSION: u32 = 1;

const NAME: &str = "answers";

/// The answers in the file; none where there is no file.
///
/// # Errors
/// When it cannot be read, or is not what this build writes.
pub(super) fn read(directory: &EncryptedDirectory) -> io::Result<Vec<(Asked, Answer)>> {
    let bytes = match directory.atomic_read(Path::new(NAME)) {
        Ok(bytes) => bytes,
        Err(OpenReadError::FileDoesNotExist(_)) => return Ok(vec![]),
        Err(OpenReadError::IoError { io_error, .. }) => {
            return Err(io::Error::new(io_error.kind(), io_error));
        }
        Err(other) => return Err(io::Error::other(other)),
    };
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "it is of another build");
    answers(&bytes).ok_or_else(unknown)
}

/// Writes the file in place of the one before.
///
/// # Errors
/// What the system refused; the file before is there then.
pub(super) fn write(directory: &EncryptedDirectory, answers: &[(Asked, Answer)]) -> io::Result<()> {
    let mut bytes = VERSION.to_be_bytes().to_vec();
    for (asked, answer) in answers {
        let entries = answer.entries.to_bytes();
        let length = u32::try_from(entries.len()).map_err(io::Error::other)?;
        bytes.extend_from_slice(asked.as_bytes());
        bytes.extend_from_slice(&answer.until.get().to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&entries);
    }
    directory.atomic_write(Path::new(NAME), &bytes)
}

/// Removes the file, where there is one.
///
/// # Errors
/// What the system refused.
pub(super) fn remove(directory: &EncryptedDirectory) -> io::Result<()> {
    match directory.delete(Path::new(NAME)) {
        Ok(()) | Err(DeleteError::FileDoesNotExist(_)) => directory.sync_directory(),
        Err(other) => Err(io::Error::other(other)),
    }
}

fn answers(bytes: &[u8]) -> Option<Vec<(Asked, Answer)>> {
    let mut rest = bytes.strip_prefix(&VERSION.to_be_bytes())?;
    let mut answers = vec![];
    while !rest.is_empty() {
        let (asked, until, length, entries);
        (asked, rest) = rest.split_first_chunk()?;
        (until, rest) = rest.split_first_chunk()?;
        (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        (entries, rest) = rest.split_at_checked(length)?;
        let entries = Arc::new(Selection::from_bytes(entries)?);
        let until = TreeSize::new(u64::from_be_bytes(*until));
        answers.push((Hash::from_bytes(*asked), Answer { entries, until }));
    }
    Some(answers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::LeafIndex;

    fn open(dir: &Path) -> EncryptedDirectory {
        EncryptedDirectory::open(dir, &[7; 32], None, 1 << 20).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn what_is_written_is_read_and_a_file_that_was_cut_or_altered_is_not(
            sets in prop::collection::vec(prop::collection::btree_set(any::<u64>(), 0..20), 0..5),
            at in any::<prop::sample::Index>(),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let directory = open(dir.path());
            prop_assert_eq!(read(&directory).unwrap().len(), 0, "no file, no answers");
            let written: Vec<(Asked, Answer)> = (0..)
                .zip(&sets)
                .map(|(number, set)| {
                    let entries = Arc::new(set.iter().copied().map(LeafIndex::new).collect());
                    let until = TreeSize::new(set.last().map_or(0, |last| *last >> 1));
                    (Hash::from_bytes([number; 32]), Answer { entries, until })
                })
                .collect();
            write(&directory, &written).unwrap();
            let read_back = read(&directory).unwrap();
            prop_assert_eq!(read_back.len(), written.len());
            for (one, other) in read_back.iter().zip(&written) {
                prop_assert_eq!((one.0, one.1.until), (other.0, other.1.until));
                prop_assert_eq!(&one.1.entries, &other.1.entries);
            }
            let path = dir.path().join(NAME);
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1;
            std::fs::File::create(&path).and_then(|mut file| io::Write::write_all(&mut file, &bytes)).unwrap();
            prop_assert!(read(&open(dir.path())).is_err(), "byte {}", at);
            remove(&directory).unwrap();
            remove(&directory).unwrap();
            prop_assert_eq!(read(&directory).unwrap().len(), 0);
        }

        #[test]
        fn bytes_that_are_no_answers_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // Behind the right version, too.
            let with_version = [VERSION.to_be_bytes().as_slice(), &bytes].concat();
            for bytes in [&bytes, &with_version] {
                if let Some(answers) = answers(bytes) {
                    let sizes = answers.iter().map(|(_, answer)| 44 + answer.entries.to_bytes().len());
                    prop_assert_eq!(4 + sizes.sum::<usize>(), bytes.len());
                }
            }
        }
    }
}
