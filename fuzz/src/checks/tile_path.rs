//! A tile has one path, and is in exactly the trees that are large enough.

use super::{take, text_of};
use crate::tlog::TreeSize;
use crate::tlog::tile::path::LEVEL_MAX;
use crate::tlog::tile::{Coordinate, Path, TILE_HASHES, TILE_HEIGHT, Width};

/// The largest tree of which every path is listed.
const LISTED_SIZE_MAX: u64 = 1_000;

/// Reads a path, and writes one made of the same bytes.
///
/// # Panics
/// When one that is accepted breaks a promise.
pub fn check(input: &[u8]) {
    let read = text_of(input).and_then(|text| Some((text, text.parse::<Path>().ok()?)));
    if let Some((text, path)) = read {
        assert_eq!(path.to_string(), text, "a path prints as it was read");
        is_in_the_right_trees(path);
    }
    for path in made_of(input) {
        assert_eq!(path.to_string().parse(), Ok(path), "what is written is read");
        is_in_the_right_trees(path);
    }
}

fn made_of(mut input: &[u8]) -> [Path; 2] {
    let input = &mut input;
    let ([level], [width]) = (take(input), take(input));
    let (level, number) = (level % (LEVEL_MAX + 1), u64::from_be_bytes(take(input)));
    let width = Width::try_from(usize::from(width) + 1).expect("1 to 256 hashes");
    [Path::Tile { at: Coordinate { level, number }, width }, Path::Entries { number, width }]
}

fn is_in_the_right_trees(path: Path) {
    let (level, number, width) = match path {
        Path::Tile { at, width } => (at.level, at.number, width),
        Path::Entries { number, width } => (0, number, width),
    };
    assert!(level <= LEVEL_MAX && (1..=TILE_HASHES).contains(&width.get()));
    let width = u128::try_from(width.get()).expect("256 at most");
    let end = (u128::from(number) << TILE_HEIGHT) + width;
    let smallest = end.checked_mul(leaves_of(level)).and_then(|size| u64::try_from(size).ok());
    let Some(smallest) = smallest else {
        assert!(!path.is_within(TreeSize::new(u64::MAX)), "no tree is that large");
        return;
    };
    assert!(path.is_within(TreeSize::new(smallest)) && path.is_within(TreeSize::new(u64::MAX)));
    assert!(!path.is_within(TreeSize::new(smallest - 1)));
    if smallest <= LISTED_SIZE_MAX {
        assert!(Path::all(TreeSize::new(smallest)).any(|listed| listed == path));
    }
}

/// How many leaves a hash of a level stands for; the largest number where it
/// does not fit.
fn leaves_of(level: u8) -> u128 {
    1_u128.checked_shl(TILE_HEIGHT * u32::from(level)).unwrap_or(u128::MAX)
}
