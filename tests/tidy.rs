//! Keeps the house in order: what `docs/ARCHITECTURE.md` says of the source tree
//! is checked here, so that it stays true.
//!
//! Each check reads the files as they are, through a Rust parser, and reports
//! `file:line: what is wrong, and what to do`. What the compiler and clippy can
//! see (undocumented items, `unwrap`, wildcard arms) is a lint in `Cargo.toml`
//! and not repeated.

#![allow(unreachable_pub, reason = "a test has no outside")]
#![allow(clippy::wildcard_enum_match_arm, reason = "the parser's enums are not ours")]

#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

use source::{Fault, Source, Tree};

/// Fails with every fault on a line of its own.
fn expect_none(faults: Vec<Fault>) {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} faults:\n{}\n", lines.len(), lines.join("\n"));
}

fn over_all(check: impl Fn(&Source) -> Vec<Fault>) -> Vec<Fault> {
    Tree::of_this_crate().sources.iter().flat_map(check).collect()
}

#[test]
fn rooms_import_only_downward() {
    expect_none(over_all(rooms::imports));
}

#[test]
fn foreign_crates_are_named_only_where_they_are_at_home() {
    expect_none(over_all(rooms::foreign_crates));
}

#[test]
fn files_and_functions_are_short() {
    expect_none(over_all(sizes::check));
}

#[test]
fn names_say_what_a_thing_is() {
    expect_none(over_all(names::check));
}

#[test]
fn nothing_is_unsafe_or_unfinished() {
    expect_none(over_all(words::check));
}

/// A check that reads nothing finds nothing: the tree must be the real one.
#[test]
fn the_whole_tree_is_read() {
    let tree = Tree::of_this_crate();
    for file in ["src/lib.rs", "src/main.rs", "src/log/sequencer.rs", "tests/tidy/rooms.rs"] {
        assert!(tree.sources.iter().any(|source| source.file == file), "{file} was not read");
    }
    let tests = tree.sources.iter().find(|source| source.file == "src/log/tests.rs");
    assert!(tests.is_some_and(|source| source.only_for_tests));
}
