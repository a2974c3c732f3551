//! No `unsafe`, and nothing left unfinished: `todo!`, `unimplemented!`, `dbg!`.
//!
//! The lints forbid some of these where they are switched on; this reads every
//! file, macros and code behind `cfg` included.

use proc_macro2::{TokenStream, TokenTree};

use super::source::{Fault, Source};

const MACROS_FORBIDDEN: [(&str, &str); 3] = [
    ("todo", "do it, or leave the thing out"),
    ("unimplemented", "do it, or make the case impossible by type"),
    ("dbg", "remove it"),
];

/// Forbidden words among the tokens of a file.
pub fn check(source: &Source) -> Vec<Fault> {
    let tokens = source.text.parse().expect("a file that parsed has tokens");
    let mut faults = vec![];
    read(source, tokens, &mut faults);
    faults
}

fn read(source: &Source, tokens: TokenStream, faults: &mut Vec<Fault>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => read(source, group.stream(), faults),
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let is_call = matches!(
                    tokens.peek(),
                    Some(TokenTree::Punct(punct)) if punct.as_char() == '!'
                );
                let forbidden = MACROS_FORBIDDEN.iter().find(|(name, _)| ident == name);
                if ident == "unsafe" {
                    faults.push(source.fault(line, "`unsafe` is forbidden: find a safe way"));
                } else if let (true, Some((name, advice))) = (is_call, forbidden) {
                    faults.push(source.fault(line, format!("`{name}!` is forbidden: {advice}")));
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        check(&Source::parse("src/log.rs", text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_forbidden_word_is_found_where_it_stands() {
        for text in [
            "\nfn f() { unsafe { g() } }",
            "\nunsafe impl Send for A {}",
            "\nfn f() { todo!() }",
            "\nfn f() { unimplemented!(\"later\") }",
            "\nfn f() { g(dbg!(1)); }",
            "\n#[cfg(windows)] fn f() { assert!(std::todo!()) }",
        ] {
            let found = faults(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].starts_with("src/log.rs:2: "), "{found:?}");
        }
    }

    #[test]
    fn words_in_comments_texts_and_other_names_are_fine() {
        let text = "#![forbid(unsafe_code)]\n// unsafe\nfn todo() { g(\"todo!()\"); }";
        assert!(faults(text).is_empty());
    }
}
