//! The names of tiles and entry bundles in a served or exported log:
//! `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`.
//!
//! N stands in groups of three digits, all but the last with an `x` before
//! them: 1234067 is `x001/x234/067`. A path is read only in the form in which
//! it is written, so that a tile has one name.
//! <https://c2sp.org/tlog-tiles#merkle-tree>

use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

use super::{Coordinate, TILE_HASHES, TILE_HEIGHT, Width, hashes_at};
use crate::tlog::position::TreeSize;

/// The largest level that a path may name.
pub const LEVEL_MAX: u8 = 63;

const GROUP_DIGITS: usize = 3;
const GROUP_BASE: u64 = 1_000;
/// As many groups of three digits as a 64-bit number can fill.
const GROUPS_MAX: usize = 7;

/// What a path under `tile/` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// A tile of hashes.
    Tile {
        /// Its place in the tree.
        at: Coordinate,
        /// How many hashes it has.
        width: Width,
    },
    /// A bundle of entries: those whose leaf hashes the tile of level 0 with the
    /// same number holds.
    Entries {
        /// Its position, from 0.
        number: u64,
        /// How many entries it has.
        width: Width,
    },
}

/// A text that does not name a tile or a bundle of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected tile/<level>/<number>[.p/<width>] or tile/entries/<number>[.p/<width>]")]
pub struct BadPath;

impl Path {
    /// Whether a tree of this size has what the path names.
    pub fn is_within(&self, size: TreeSize) -> bool {
        let (level, number, width) = match self {
            Self::Tile { at, width } => (at.level, at.number, width),
            Self::Entries { number, width } => (0, *number, width),
        };
        let end = u128::from(number) * TILE_HASHES as u128 + width.get() as u128;
        end <= u128::from(hashes_at(level, size))
    }

    /// Everything that a static copy of a log of this size consists of, besides
    /// its checkpoint: the full tiles and bundles, and the partial ones at the end.
    pub fn all(size: TreeSize) -> impl Iterator<Item = Self> {
        let entries = widths(0, size).map(|(number, width)| Self::Entries { number, width });
        let tiles = (0..=LEVEL_MAX).take_while(move |level| hashes_at(*level, size) > 0).flat_map(
            move |level| {
                widths(level, size).map(move |(number, width)| Self::Tile {
                    at: Coordinate { level, number },
                    width,
                })
            },
        );
        entries.chain(tiles)
    }
}

/// The tiles of a level in order, by number and width.
fn widths(level: u8, size: TreeSize) -> impl Iterator<Item = (u64, Width)> {
    let full = hashes_at(level, size) >> TILE_HEIGHT;
    let partial = Width::of_partial(level, size).map(|width| (full, width));
    (0..full).map(|number| (number, Width::Full)).chain(partial)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, width) = match self {
            Self::Tile { at, width } => {
                write!(f, "tile/{}/", at.level)?;
                (at.number, width)
            }
            Self::Entries { number, width } => {
                f.write_str("tile/entries/")?;
                (*number, width)
            }
        };
        write_groups(f, number / GROUP_BASE)?;
        write!(f, "{:03}", number % GROUP_BASE)?;
        match width {
            Width::Full => Ok(()),
            Width::Partial(width) => write!(f, ".p/{width}"),
        }
    }
}

/// Writes the groups before the last: nothing for 0.
fn write_groups(f: &mut fmt::Formatter<'_>, number: u64) -> fmt::Result {
    if number == 0 {
        return Ok(());
    }
    write_groups(f, number / GROUP_BASE)?;
    write!(f, "x{:03}/", number % GROUP_BASE)
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let rest = text.strip_prefix("tile/").ok_or(BadPath)?;
        let (level, rest) = rest.split_once('/').ok_or(BadPath)?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, Width::Partial(width.parse().map_err(|_| BadPath)?)),
            None => (rest, Width::Full),
        };
        let number = parse_groups(number).ok_or(BadPath)?;
        let path = match level {
            "entries" => Self::Entries { number, width },
            level => {
                let level = level.parse().ok().filter(|level| *level <= LEVEL_MAX);
                Self::Tile { at: Coordinate { level: level.ok_or(BadPath)?, number }, width }
            }
        };
        // Signs, leading zeros and needless groups are all refused here.
        if path.to_string() == text { Ok(path) } else { Err(BadPath) }
    }
}

/// Reads groups of three digits; `None` when one is malformed or the number too large.
fn parse_groups(text: &str) -> Option<u64> {
    let (leading, last) = text.rsplit_once('/').map_or(("", text), |(start, last)| (start, last));
    let mut number = 0_u64;
    for group in leading.split('/').filter(|group| !group.is_empty()).take(GROUPS_MAX) {
        number = append_group(number, group.strip_prefix('x')?)?;
    }
    append_group(number, last)
}

fn append_group(number: u64, digits: &str) -> Option<u64> {
    let is_group =
        digits.len() == GROUP_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit());
    let group: u64 = digits.parse().ok().filter(|_| is_group)?;
    number.checked_mul(GROUP_BASE)?.checked_add(group)
}

impl TryFrom<usize> for Width {
    type Error = BadPath;

    /// Takes a number of hashes from 1 to 256.
    fn try_from(hashes: usize) -> Result<Self, BadPath> {
        if hashes == TILE_HASHES {
            return Ok(Self::Full);
        }
        let width = u8::try_from(hashes).ok().and_then(NonZeroU8::new);
        width.map(Self::Partial).ok_or(BadPath)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_specifications_examples_are_written_and_read() {
        let tile = |level, number, width: usize| Path::Tile {
            at: Coordinate { level, number },
            width: width.try_into().unwrap(),
        };
        let examples = [
            ("tile/0/x001/x234/067", tile(0, 1_234_067, 256)),
            ("tile/0/067", tile(0, 67, 256)),
            ("tile/0/273.p/112", tile(0, 273, 112)),
            ("tile/1/001.p/17", tile(1, 1, 17)),
            ("tile/2/000.p/1", tile(2, 0, 1)),
            ("tile/63/x001/000.p/255", tile(63, 1_000, 255)),
            ("tile/entries/x001/x234/067", Path::Entries { number: 1_234_067, width: Width::Full }),
        ];
        for (text, path) in examples {
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path), "{text}");
        }
    }

    #[test]
    fn any_other_form_is_refused() {
        let forms = [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/1",
            "tile/0/01",
            "tile/0/0001",
            "/tile/0/001",
            "tile/0/001/",
            "tile//001",
            "tile/00/001",
            "tile/+1/001",
            "tile/64/001",
            "tile/-1/001",
            "tile/256/001",
            "tile/data/001",
            "tile/Entries/001",
            "tile/0/x001",
            "tile/0/001/002",
            "tile/0/x001/x002",
            "tile/0/x000/001",
            "tile/0/x1/001",
            "tile/0//001",
            "tile/0/x001//001",
            "tile/0/X001/001",
            "tile/0/0٣1",
            "tile/0/+01",
            "tile/0/001.p",
            "tile/0/001.p/",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/0/001.p/+1",
            "tile/0/001.p/1/",
            "tile/0/001.p/1.p/1",
            "tile/0/x001.p/1/001",
            "tile/0/001.P/1",
            "tile/0/001 ",
            "tile/0/../001",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x001/x018/x446/x744/x073/x709/x551/615",
        ];
        for text in forms {
            assert_eq!(text.parse::<Path>(), Err(BadPath), "{text}");
        }
    }

    #[test]
    fn the_largest_number_has_a_path() {
        let path = Path::Entries { number: u64::MAX, width: Width::Full };
        assert_eq!(path.to_string(), "tile/entries/x018/x446/x744/x073/x709/x551/615");
        assert_eq!(path.to_string().parse(), Ok(path));
        assert!(!path.is_within(TreeSize::new(u64::MAX)));
    }

    #[test]
    fn a_tree_of_70_000_leaves_has_the_files_of_the_specification() {
        let size = TreeSize::new(70_000);
        let paths: Vec<String> = Path::all(size).map(|path| path.to_string()).collect();
        assert_eq!(paths.len(), 274 + 274 + 2 + 1);
        for last in ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17"] {
            assert!(paths.iter().any(|path| path == last), "{last}");
        }
        assert_eq!(paths.last().unwrap(), "tile/2/000.p/1");
        assert_eq!(Path::all(TreeSize::EMPTY).count(), 0);
        assert_eq!(Path::all(TreeSize::new(256)).count(), 3);
    }

    proptest! {
        #[test]
        fn a_path_survives_its_text(level in 0..=LEVEL_MAX, number: u64, width in 1..=256_usize) {
            let width = Width::try_from(width).unwrap();
            for path in [
                Path::Tile { at: Coordinate { level, number }, width },
                Path::Entries { number, width },
            ] {
                prop_assert_eq!(path.to_string().parse(), Ok(path));
            }
        }

        #[test]
        fn what_is_read_is_written_the_same(text in "tile/(entries|[0-9]{1,2})(/x[0-9]{3}){0,3}/[0-9]{2,4}(\\.p/[0-9]{1,3})?") {
            if let Ok(path) = text.parse::<Path>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }

        #[test]
        fn the_tree_has_every_path_listed_and_none_wider(size in 1..100_000_u64) {
            let size = TreeSize::new(size);
            for path in Path::all(size) {
                prop_assert!(path.is_within(size));
                prop_assert!(path.to_string().parse() == Ok(path));
            }
            let last = Path::all(size).last().unwrap();
            let smaller = TreeSize::new(size.get() - 1);
            prop_assert!(Path::all(size).any(|path| !path.is_within(smaller)), "{last}");
        }
    }
}
