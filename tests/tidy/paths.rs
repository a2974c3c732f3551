//! The paths that a file names: in `use`, in code, in macros, and in attributes
//! that hold a path as text (`#[serde(with = "crate::…")]`).
//!
//! Limits: a path that a macro pastes together, or a name that came in through a
//! glob of another crate, is not seen.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, Path, UseTree};

use super::source::{Source, is_for_tests};

/// A path as it stands in the file, at least two names long.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Its names; those relative to the file's own place (`self`, `super`) are
    /// resolved, so that `crate` comes first.
    pub names: Vec<String>,
    pub line: usize,
    /// Whether the code around it is for tests alone.
    pub for_tests: bool,
}

/// Every path in the file, in order.
pub fn paths(source: &Source) -> Vec<Named> {
    let mut reader =
        Reader { module: source.module(), for_tests: source.only_for_tests, found: vec![] };
    reader.visit_file(&source.syntax);
    reader.found
}

struct Reader {
    /// The module that is being read.
    module: Vec<String>,
    for_tests: bool,
    found: Vec<Named>,
}

impl Reader {
    fn note(&mut self, names: &[(String, usize)]) {
        let Some((_, line)) = names.first() else { return };
        let names: Vec<String> = names.iter().map(|(name, _)| name.clone()).collect();
        let names = self.lead_back(names);
        if names.len() > 1 {
            self.found.push(Named { names, line: *line, for_tests: self.for_tests });
        }
    }

    fn lead_back(&self, names: Vec<String>) -> Vec<String> {
        let climbs = names.iter().take_while(|name| *name == "super").count();
        let is_self = names.first().is_some_and(|name| name == "self");
        if climbs == 0 && !is_self {
            return names;
        }
        let stays = self.module.len().saturating_sub(climbs);
        let own = self.module.iter().take(stays).cloned();
        let rest = names.into_iter().skip(climbs.max(usize::from(is_self)));
        std::iter::once("crate".to_owned()).chain(own).chain(rest).collect()
    }

    fn note_use(&mut self, tree: &UseTree, before: &[(String, usize)]) {
        let with = |ident: &Ident| {
            let mut names = before.to_vec();
            names.push(at(ident));
            names
        };
        match tree {
            UseTree::Path(path) => self.note_use(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.note_use(tree, before))
            }
            UseTree::Glob(_) => {
                let mut names = before.to_vec();
                names.push(("*".to_owned(), before.last().map_or(0, |(_, line)| *line)));
                self.note(&names);
            }
        }
    }

    /// Paths among the tokens of a macro: names joined by `::`.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut names: Vec<(String, usize)> = vec![];
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(&std::mem::take(&mut names));
                    }
                    names.push(at(&ident));
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.note(&std::mem::take(&mut names));
                    self.note_tokens(group.stream());
                    colons = 0;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.note(&std::mem::take(&mut names));
                    colons = 0;
                }
            }
        }
        self.note(&names);
    }

    fn within(&mut self, for_tests: bool, read: impl FnOnce(&mut Self)) {
        let before = self.for_tests;
        self.for_tests |= for_tests;
        read(self);
        self.for_tests = before;
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let for_tests = is_for_tests(attributes(item));
        self.within(for_tests, |reader| visit::visit_item(reader, item));
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let for_tests = match item {
            ImplItem::Fn(function) => is_for_tests(&function.attrs),
            _ => false,
        };
        self.within(for_tests, |reader| visit::visit_impl_item(reader, item));
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_use(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| at(&segment.ident)).collect();
        self.note(&names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.note_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        visit::visit_attribute(self, attribute);
        if let syn::Meta::List(list) = &attribute.meta {
            self.note_tokens(list.tokens.clone());
            self.note_texts(list.tokens.clone());
        }
    }
}

impl Reader {
    /// Paths in the string literals of an attribute.
    fn note_texts(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.note_texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    if text.starts_with("crate::") || text.starts_with("super::") {
                        let line = literal.span().start().line;
                        let names = text.split("::").map(|name| (name.to_owned(), line));
                        self.note(&names.collect::<Vec<_>>());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn at(ident: &Ident) -> (String, usize) {
    (ident.to_string(), ident.span().start().line)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        let paths = paths(&Source::parse(file, text));
        paths.iter().map(|path| path.names.join("::")).collect()
    }

    #[test]
    fn every_way_to_name_a_path_is_seen() {
        for (text, expected) in [
            ("use crate::store::Store;", "crate::store::Store"),
            ("pub use crate::{record::RecordId};", "crate::record::RecordId"),
            ("use crate::tlog::*;", "crate::tlog::*"),
            ("use crate::store as s;", "crate::store"),
            ("fn f() { crate::store::open(); }", "crate::store::open"),
            ("fn f(a: &crate::store::Store) {}", "crate::store::Store"),
            ("fn f() { g(vec![1, crate::store::N]); }", "crate::store::N"),
            ("#[serde(with = \"crate::store::hex\")] struct A;", "crate::store::hex"),
            ("fn f() { ::rocksdb::open(); }", "rocksdb::open"),
            ("impl crate::log::Follow for A {}", "crate::log::Follow"),
        ] {
            assert!(found("src/seal.rs", text).contains(&expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn relative_paths_are_led_back_to_the_root() {
        let climbs = "use super::super::store::Store;";
        assert_eq!(found("src/log/sequencer.rs", climbs), ["crate::store::Store"]);
        assert_eq!(found("src/log/signer.rs", "use super::Poison;"), ["crate::log::Poison"]);
        let inner = "mod inner { use super::super::store::A; use self::b::C; }";
        let expected = ["crate::store::A", "crate::log::inner::b::C"];
        assert_eq!(found("src/log.rs", inner), expected);
    }

    #[test]
    fn a_name_alone_is_no_path() {
        assert!(found("src/seal.rs", "fn f(age: u8) -> u8 { age }").is_empty());
    }

    #[test]
    fn code_for_tests_is_told_apart() {
        let text = "fn f() { a::b(); } #[cfg(test)] mod tests { fn g() { c::d(); } }
            impl A { #[cfg(test)] fn h() { e::f(); } fn i() { g::h(); } }";
        let paths = paths(&Source::parse("src/log.rs", text));
        let marks: Vec<bool> = paths.iter().map(|path| path.for_tests).collect();
        assert_eq!(marks, [false, true, true, false]);
    }
}
