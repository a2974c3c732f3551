//! Entry bundles: up to 256 entries in a row, each after its length in two bytes.
//!
//! <https://c2sp.org/tlog-tiles#log-entries>. The length is big-endian, which
//! bounds an entry at 65,535 bytes.

use super::Width;

/// The most bytes that an entry may have: its length is a 16-bit number.
pub const ENTRY_BYTES_MAX: usize = 65_535;

const LENGTH_BYTES: usize = 2;

/// An entry that a bundle cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry of {bytes} bytes does not fit a bundle; the most is {ENTRY_BYTES_MAX}")]
pub struct EntryTooLong {
    /// Its length.
    pub bytes: usize,
}

/// Why bytes are not a bundle of the width asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// They end before the last entry does.
    #[error("the bundle ends within entry {entry} of {width}")]
    Truncated {
        /// The entry within the bundle, from 0.
        entry: usize,
        /// How many entries were expected.
        width: usize,
    },
    /// Bytes follow the last entry.
    #[error("{bytes} bytes follow the last of the bundle's {width} entries")]
    TrailingBytes {
        /// How many.
        bytes: usize,
        /// How many entries were expected.
        width: usize,
    },
}

/// Appends an entry to a bundle.
///
/// # Errors
/// When the entry is longer than [`ENTRY_BYTES_MAX`]; the bundle is unchanged.
pub fn append(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryTooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryTooLong { bytes: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// Splits a bundle into exactly as many entries as its path announces.
///
/// # Errors
/// When it has fewer entries, or bytes after the last.
pub fn decode(bundle: &[u8], width: Width) -> Result<Vec<&[u8]>, BundleError> {
    let width = width.get();
    let mut entries = Vec::with_capacity(width);
    let mut rest = bundle;
    for entry in 0..width {
        let (bytes, after) = split_entry(rest).ok_or(BundleError::Truncated { entry, width })?;
        entries.push(bytes);
        rest = after;
    }
    match rest.len() {
        0 => Ok(entries),
        bytes => Err(BundleError::TrailingBytes { bytes, width }),
    }
}

/// Takes the first entry off a bundle; `None` when it is cut short.
fn split_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk::<LENGTH_BYTES>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_length_comes_first_and_big_endian() {
        let mut bundle = Vec::new();
        append(&mut bundle, b"").unwrap();
        append(&mut bundle, &[7; 258]).unwrap();
        assert_eq!(bundle[..5], [0, 0, 1, 2, 7]);
        assert_eq!(bundle.len(), 2 + 2 + 258);
    }

    #[test]
    fn an_entry_that_is_too_long_leaves_the_bundle_alone() {
        let mut bundle = Vec::new();
        append(&mut bundle, &vec![1; ENTRY_BYTES_MAX]).unwrap();
        let before = bundle.clone();
        let refusal = append(&mut bundle, &vec![1; ENTRY_BYTES_MAX + 1]);
        assert_eq!(refusal, Err(EntryTooLong { bytes: ENTRY_BYTES_MAX + 1 }));
        assert_eq!(bundle, before);
    }

    proptest! {
        #[test]
        fn entries_survive_a_bundle(
            entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..=256),
            extra in 1..4_usize,
        ) {
            let mut bundle = Vec::new();
            for entry in &entries {
                append(&mut bundle, entry).unwrap();
            }
            let width = Width::try_from(entries.len()).unwrap();
            prop_assert_eq!(decode(&bundle, width).unwrap(), entries);

            let shorter = &bundle[..bundle.len() - 1];
            let truncated = matches!(decode(shorter, width), Err(BundleError::Truncated { .. }));
            prop_assert!(truncated);
            bundle.resize(bundle.len() + extra, 0);
            let width = width.get();
            prop_assert_eq!(
                decode(&bundle, width.try_into().unwrap()),
                Err(BundleError::TrailingBytes { bytes: extra, width })
            );
        }
    }
}
