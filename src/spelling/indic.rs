//! Spellings that vary in Indic scripts: the dot below (nukta) is often left out,
//! the two marks of a nasal vowel are used for one another, and in Devanagari a
//! nasal before a consonant of its own place is written as a letter or as a mark
//! (`हिन्दी`, `हिंदी`). Vowel signs stay: they are the word's vowels.

const CHANDRABINDU: char = '\u{901}';
const ANUSVARA: char = '\u{902}';
const VIRAMA: char = '\u{94d}';

/// Whether a word has a letter of the scripts that are folded here.
pub(super) fn concerns(word: &str) -> bool {
    word.chars().any(|c| matches!(c, '\u{900}'..='\u{b7f}'))
}

/// Folds a word that is in NFC.
pub(super) fn fold(word: &str) -> String {
    let plain: Vec<char> = word.chars().filter(|c| !is_nukta(*c)).map(unmarked).collect();
    let mut folded = String::with_capacity(word.len());
    let mut rest = plain.as_slice();
    while let [c, after @ ..] = rest {
        rest = after;
        match after {
            [VIRAMA, next, ..] if is_nasal_before(*c, *next) => {
                folded.push(ANUSVARA);
                rest = after.get(1..).unwrap_or_default();
            }
            _ => folded.push(*c),
        }
    }
    folded
}

/// The nukta of Devanagari, Bengali, Gurmukhi, Gujarati and Oriya. NFC leaves it
/// a character of its own in all letters but the three of [`unmarked`].
fn is_nukta(c: char) -> bool {
    matches!(c, '\u{93c}' | '\u{9bc}' | '\u{a3c}' | '\u{abc}' | '\u{b3c}')
}

fn unmarked(c: char) -> char {
    match c {
        '\u{929}' => '\u{928}',
        '\u{931}' => '\u{930}',
        '\u{934}' => '\u{933}',
        CHANDRABINDU => ANUSVARA,
        _ => c,
    }
}

/// Whether a nasal stands before a stop of the same place of articulation.
fn is_nasal_before(nasal: char, next: char) -> bool {
    match nasal {
        'ङ' => ('क'..='घ').contains(&next),
        'ञ' => ('च'..='झ').contains(&next),
        'ण' => ('ट'..='ढ').contains(&next),
        'न' => ('त'..='ध').contains(&next),
        'म' => ('प'..='भ').contains(&next),
        _ => false,
    }
}
