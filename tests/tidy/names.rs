//! Names that say nothing are not used: if `util` is the only name for a thing,
//! the thing has not been understood.

use proc_macro2::Ident;
use syn::visit::{self, Visit};

use super::source::{Fault, Source};

const WORDS_FORBIDDEN: [&str; 8] =
    ["util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"];

/// Files, modules, types and functions with such a name, and `mod.rs` files.
pub fn check(source: &Source) -> Vec<Fault> {
    let mut reader = Reader { source, faults: vec![] };
    if source.file.ends_with("/mod.rs") {
        let what = "a module `foo` is `foo.rs` beside the directory `foo`: rename `foo/mod.rs`";
        reader.faults.push(source.fault(1, what));
    }
    for part in source.file.trim_end_matches(".rs").split('/') {
        reader.judge(part, 1);
    }
    reader.visit_file(&source.syntax);
    reader.faults
}

struct Reader<'a> {
    source: &'a Source,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn judge(&mut self, name: &str, line: usize) {
        let words = words(name);
        let Some(word) = words.iter().find(|word| WORDS_FORBIDDEN.contains(&word.as_str())) else {
            return;
        };
        let what = format!("`{name}` says nothing with `{word}`: name it after what it does");
        self.faults.push(self.source.fault(line, what));
    }

    fn judge_ident(&mut self, ident: &Ident) {
        self.judge(&ident.to_string(), ident.span().start().line);
    }
}

/// The words of a snake_case or CamelCase name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        if letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

macro_rules! judge_items {
    ($($method:ident $item:ident)*) => {$(
        fn $method(&mut self, item: &'ast syn::$item) {
            self.judge_ident(&item.ident);
            visit::$method(self, item);
        }
    )*};
}

impl<'ast> Visit<'ast> for Reader<'_> {
    judge_items! {
        visit_item_mod ItemMod
        visit_item_struct ItemStruct
        visit_item_enum ItemEnum
        visit_item_trait ItemTrait
        visit_item_type ItemType
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.judge_ident(&signature.ident);
        visit::visit_signature(self, signature);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(file: &str, text: &str) -> Vec<String> {
        check(&Source::parse(file, text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_and_directories_with_empty_names_are_found() {
        for file in ["src/util.rs", "src/log/helpers.rs", "src/common/tree.rs", "src/log_misc.rs"] {
            assert_eq!(faults(file, "").len(), 1, "{file}");
        }
        assert!(faults("src/log/mod.rs", "")[0].contains("rename `foo/mod.rs`"));
    }

    #[test]
    fn modules_types_and_functions_with_empty_names_are_found() {
        for text in [
            "\nmod util {}",
            "\nstruct KeyManager;",
            "\nenum LogHelper {}",
            "\ntrait Common {}",
            "\ntype MiscRows = ();",
            "\nfn open_helper() {}",
            "\nimpl A { fn manager(&self) {} }",
        ] {
            let found = faults("src/log.rs", text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].starts_with("src/log.rs:2: "), "{found:?}");
        }
    }

    #[test]
    fn a_forbidden_word_inside_another_word_is_fine() {
        let text = "fn futility() {} struct Uncommon; mod helpless {}";
        assert!(faults("src/utility.rs", text).is_empty());
    }
}
