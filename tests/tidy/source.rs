//! The source files, parsed, and which of them are compiled for tests alone.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Meta};

/// The directories that hold Rust of ours.
const ROOTS: [&str; 6] = ["src", "tests", "examples", "benches", "fuzz/src", "fuzz/targets"];

/// One file.
pub struct Source {
    /// Its path from the crate's root, with `/`.
    pub file: String,
    pub text: String,
    pub syntax: syn::File,
    /// Whether the whole file is there for tests alone (`#[cfg(test)] mod …;`).
    pub only_for_tests: bool,
}

/// Every file of the crate.
pub struct Tree {
    pub sources: Vec<Source>,
}

/// Something to be put right.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl Tree {
    /// Reads the crate that this test belongs to.
    pub fn of_this_crate() -> Self {
        let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = vec![];
        for root in ROOTS {
            list(&crate_dir.join(root), &mut files);
        }
        files.sort();
        let sources = files.iter().map(|path| {
            let file = path.strip_prefix(crate_dir).expect("it was listed below the crate");
            let text = std::fs::read_to_string(path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Source::parse(&file.to_string_lossy(), &text)
        });
        let mut tree = Self { sources: sources.collect() };
        tree.mark_tests();
        tree
    }

    /// A file is for tests alone when a module declaration says so, or when the
    /// declaring file is.
    fn mark_tests(&mut self) {
        let mut found: BTreeSet<String> = BTreeSet::new();
        loop {
            let before = found.len();
            for source in &self.sources {
                let only_for_tests = found.contains(&source.file);
                found.extend(source.declared_modules(only_for_tests));
            }
            if found.len() == before {
                break;
            }
        }
        for source in &mut self.sources {
            source.only_for_tests |= found.contains(&source.file);
        }
    }
}

impl Source {
    /// Parses one file. Files outside `src` are for tests, or are tests.
    pub fn parse(file: &str, text: &str) -> Self {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| {
            panic!("{file}:{}: it does not parse: {error}", error.span().start().line)
        });
        let only_for_tests = !file.starts_with("src/") || is_for_tests(&syntax.attrs);
        Self { file: file.to_owned(), text: text.to_owned(), syntax, only_for_tests }
    }

    /// A fault at a line of this file.
    pub fn fault(&self, line: usize, what: impl Into<String>) -> Fault {
        Fault { file: self.file.clone(), line, what: what.into() }
    }

    /// The module that the file is, from the crate's root: `["log", "sequencer"]`.
    pub fn module(&self) -> Vec<String> {
        let inner = self.file.strip_prefix("src/").unwrap_or(&self.file);
        let inner = inner.strip_suffix(".rs").unwrap_or(inner);
        if matches!(inner, "lib" | "main") {
            return vec![];
        }
        inner.split('/').map(str::to_owned).collect()
    }

    /// The files of the modules declared here that are for tests alone.
    fn declared_modules(&self, only_for_tests: bool) -> Vec<String> {
        let dir = match self.file.strip_suffix(".rs") {
            Some("src/lib" | "src/main") => "src",
            Some(stem) => stem,
            None => return vec![],
        };
        let declared = self.syntax.items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() => Some(module),
            _ => None,
        });
        declared
            .filter(|module| only_for_tests || is_for_tests(&module.attrs))
            .map(|module| format!("{dir}/{}.rs", module.ident))
            .collect()
    }
}

/// Whether one of the attributes is `cfg(test)`, or a `cfg(all(test, …))`.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test"
                || condition.strip_prefix("all").is_some_and(|rest| {
                    rest.split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
                        && !rest.contains("not")
                })
        }
        _ => false,
    })
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.expect("a directory that opens can be listed").path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

#[test]
fn only_cfg_test_counts_as_being_for_tests() {
    let for_tests = |text: &str| {
        let Item::Mod(module) = syn::parse_str(text).unwrap() else { panic!("{text}") };
        is_for_tests(&module.attrs)
    };
    assert!(for_tests("#[cfg(test)] mod tests;"));
    assert!(for_tests("#[cfg(all(test, unix))] mod tests;"));
    for other in ["mod a;", "#[cfg(unix)] mod a;", "#[cfg(not(test))] mod a;"] {
        assert!(!for_tests(other), "{other}");
    }
    assert!(!for_tests("#[cfg(all(unix, not(test)))] mod a;"));
    assert!(!for_tests("#[cfg(any(test, unix))] mod a;"));
}

#[test]
fn what_a_test_module_declares_is_for_tests_too() {
    let sources = [
        ("src/log.rs", "mod sequencer; #[cfg(test)] mod tests;"),
        ("src/log/sequencer.rs", ""),
        ("src/log/tests.rs", "mod vectors;"),
        ("src/log/tests/vectors.rs", ""),
    ];
    let sources = sources.map(|(file, text)| Source::parse(file, text)).into();
    let mut tree = Tree { sources };
    tree.mark_tests();
    let marks: Vec<bool> = tree.sources.iter().map(|source| source.only_for_tests).collect();
    assert_eq!(marks, [false, false, true, true]);
}

#[test]
fn a_fault_says_where_it_is() {
    let fault = Source::parse("src/log.rs", "").fault(7, "wrong");
    assert_eq!(fault.to_string(), "src/log.rs:7: wrong");
}
