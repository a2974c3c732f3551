//! Arabic words and what is written together with them: the article, and the
//! conjunctions and prepositions of one letter.
//!
//! After the light stemming of Larkey, Ballesteros and Connell ("light10"), but
//! without suffixes, and split in two by how sure one can be:
//!
//! - The article (`ال`, alone or behind `و ف ب ك`, and `لل`) is taken off in
//!   documents and in queries. What remains must have [`AFTER_ARTICLE`] letters,
//!   [`AFTER_PREFIXED_ARTICLE`] behind a prefix.
//! - A single letter is often the word's own (`واحد`, `كتاب`, `بنك`). It is taken
//!   off in documents alone, as one more form: the word is found without it, and
//!   a query is taken as it is written.
//!
//! So for any word *w* that is long enough the sought form of *w* is among the
//! forms of *w* with an article, a conjunction or a preposition, and the sought
//! form of *w* with an article among those of *w*. Words are given in their
//! normal form.

/// Letters that must remain behind an article.
const AFTER_ARTICLE: usize = 2;

/// Letters that must remain behind an article that has a prefix of its own.
const AFTER_PREFIXED_ARTICLE: usize = 3;

/// Letters that must remain behind a conjunction.
const AFTER_CONJUNCTION: usize = 3;

/// Letters that must remain behind a preposition.
const AFTER_PREPOSITION: usize = 4;

/// Articles with the prefixes that join them.
const PREFIXED_ARTICLES: [&str; 11] =
    ["وبال", "وكال", "فبال", "فكال", "ولل", "فلل", "وال", "فال", "بال", "كال", "لل"];

/// Words that begin as if with an article: the name of God, and function words
/// whose rest is another function word.
const WHOLE: [&str; 7] = ["الله", "اللهم", "الان", "اللي", "الذي", "الذين", "التي"];

/// Whether a word begins with an Arabic letter.
pub(super) fn is_arabic(word: &str) -> bool {
    word.starts_with(|c| matches!(c, '\u{620}'..='\u{6ff}'))
}

/// The word without its article.
pub(super) fn without_article(word: &str) -> &str {
    let mut word = word;
    // A word that begins with these letters itself (`الكترونی`) loses them with
    // and without an article before it.
    while let Some(rest) = one_article_off(word) {
        word = rest;
    }
    word
}

/// Every form that a document is found under because of a word: the word itself,
/// and what remains of it behind each prefix, without article. May repeat.
pub(super) fn found_under(word: &str) -> Vec<&str> {
    let mut forms = vec![word, without_article(word)];
    let mut left = word;
    while let Some(rest) = one_prefix_off(left) {
        forms.push(without_article(rest));
        left = rest;
    }
    forms
}

fn one_article_off(word: &str) -> Option<&str> {
    if WHOLE.contains(&word) {
        return None;
    }
    let prefixed = PREFIXED_ARTICLES.iter().find_map(|article| {
        word.strip_prefix(article).filter(|rest| has_letters(rest, AFTER_PREFIXED_ARTICLE))
    });
    prefixed.or_else(|| word.strip_prefix("ال").filter(|rest| has_letters(rest, AFTER_ARTICLE)))
}

/// Takes the outermost prefix off, whatever it is.
fn one_prefix_off(word: &str) -> Option<&str> {
    let behind = |prefixes: &[char], letters| {
        word.strip_prefix(prefixes).filter(|rest| has_letters(rest, letters))
    };
    behind(&['و', 'ف'], AFTER_CONJUNCTION)
        .or_else(|| behind(&['ب', 'ك', 'ل'], AFTER_PREPOSITION))
        .or_else(|| one_article_off(word))
}

fn has_letters(rest: &str, letters: usize) -> bool {
    is_arabic(rest) && rest.chars().nth(letters - 1).is_some()
}
