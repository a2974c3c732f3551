//! The normal form of a word: compatibility characters resolved (NFKC), lower
//! case, and without the differences in writing that people do not keep to.
//!
//! Pure: what is searched and what is recognised goes by the same form.
//!
//! Diacritics go in Latin, Greek, Cyrillic (but `й`, `ў` and `ї`, which are
//! letters of their own), Arabic and Hebrew. They stay where they are vowels or
//! tones of the word: in Indic scripts, Thai, kana. The tables of letters are in
//! [`letters`], what is particular to Indic scripts in [`indic`].

mod indic;
mod letters;

use unicode_normalization::UnicodeNormalization as _;

/// Folds a word. What is folded already stays as it is. Empty where nothing but
/// marks was given.
pub(crate) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(word.len());
    let mut base = None;
    // Decomposed, a letter and its marks can be looked at one by one. Character
    // by character, lower case knows no final sigma.
    for c in word.nfkd().flat_map(char::to_lowercase) {
        if letters::is_ignored(c) || (letters::is_diacritic(c) && !letters::keeps(base, c)) {
            continue;
        }
        match letters::replacement(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letters::digit(c).unwrap_or(c)),
        }
        if !letters::is_diacritic(c) {
            base = Some(c);
        }
    }
    let folded: String = folded.nfc().collect();
    if indic::concerns(&folded) { indic::fold(&folded) } else { folded }
}
