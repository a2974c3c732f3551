//! A file has at most 400 lines, a function at most 70.

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, Signature};

use super::source::{Fault, Source};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Files and functions that are too long.
pub fn check(source: &Source) -> Vec<Fault> {
    let mut reader = Reader { source, faults: vec![] };
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        let what = format!(
            "the file has {lines} lines, {FILE_LINES_MAX} are allowed: give a concern its own file"
        );
        reader.faults.push(source.fault(lines, what));
    }
    reader.visit_file(&source.syntax);
    reader.faults
}

struct Reader<'a> {
    source: &'a Source,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn measure(&mut self, signature: &Signature, block: &Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line + 1 - first;
        if lines > FUNCTION_LINES_MAX {
            let what = format!(
                "`{}` has {lines} lines, {FUNCTION_LINES_MAX} are allowed: name its steps",
                signature.ident
            );
            self.faults.push(self.source.fault(first, what));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        check(&Source::parse("src/log.rs", text)).iter().map(ToString::to_string).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn f() {{\n{}}}", "g();\n".repeat(lines - 2))
    }

    #[test]
    fn the_longest_allowed_file_and_function_pass() {
        assert!(faults(&"// line\n".repeat(FILE_LINES_MAX)).is_empty());
        assert!(faults(&function(FUNCTION_LINES_MAX)).is_empty());
    }

    #[test]
    fn one_line_more_is_too_long() {
        let found = faults(&"// line\n".repeat(FILE_LINES_MAX + 1));
        assert!(found[0].starts_with("src/log.rs:401: the file has 401 lines"), "{found:?}");
        let long = function(FUNCTION_LINES_MAX + 1);
        let wrapped =
            [long.clone(), format!("impl A {{ {long} }}"), format!("trait A {{ {long} }}")];
        for text in wrapped {
            let found = faults(&text);
            assert!(found[0].contains(":1: `f` has 71 lines"), "{found:?}");
        }
    }
}
