//! The small facts of a document in one number.
//!
//! ```text
//! class (8 bits) origin (3) direction (2) template (3) told (1) calling + 1 (14) card (1)
//! ```
//!
//! 0 stands for what is not known. The numbers of the words are those of this version
//! of the index; another word takes another number.

use crate::policy::{Facts, TemplateCategory, card_number_mark};
use crate::record::{Class, Direction, Origin};

const ORIGIN: u32 = 8;
const DIRECTION: u32 = 11;
const TEMPLATE: u32 = 13;
const TOLD: u32 = 16;
const CALLING: u32 = 17;
const CARD: u32 = 31;

const ORIGINS: [Origin; 4] = [Origin::Live, Origin::Echo, Origin::History, Origin::Standby];
const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];

/// The small facts; of the time, whether the provider told it; of lexicons, whether the text
/// has what looks like the number of a payment card.
pub(in crate::index) fn packed(facts: &Facts) -> u64 {
    let told = u64::from(facts.at.is_some());
    let calling = facts.calling.map_or(0, |calling| u64::from(calling) + 1);
    class_number(facts.class)
        | facts.origin.map_or(0, origin_number) << ORIGIN
        | facts.direction.map_or(0, direction_number) << DIRECTION
        | facts.template.map_or(0, template_number) << TEMPLATE
        | told << TOLD
        | calling << CALLING
        | u64::from(has_card(facts)) << CARD
}

fn has_card(facts: &Facts) -> bool {
    !facts.lexicons.is_empty() && facts.lexicons.contains(&card_number_mark())
}

/// Puts the small facts back; whether the provider told the time. `None` for a number
/// that was not made here.
pub(super) fn unpack(packed: u64, facts: &mut Facts) -> Option<bool> {
    let part = |from: u32, until: u32| packed >> from & ((1 << (until - from)) - 1);
    facts.class = Class::ALL.into_iter().find(|it| class_number(*it) == part(0, ORIGIN))?;
    facts.origin = word(part(ORIGIN, DIRECTION), ORIGINS, origin_number)?;
    facts.direction = word(part(DIRECTION, TEMPLATE), DIRECTIONS, direction_number)?;
    facts.template = word(part(TEMPLATE, TOLD), TemplateCategory::ALL, template_number)?;
    facts.calling = match part(CALLING, CARD) {
        0 => None,
        more => Some(u16::try_from(more - 1).ok()?),
    };
    facts.lexicons.clear();
    match packed >> CARD {
        0 => {}
        1 => facts.lexicons.push(card_number_mark()),
        _ => return None,
    }
    Some(part(TOLD, CALLING) == 1)
}

/// The word of a number; `None` for a number of no word.
fn word<T: Copy, const WORDS: usize>(
    number: u64,
    words: [T; WORDS],
    number_of: impl Fn(T) -> u64,
) -> Option<Option<T>> {
    match number {
        0 => Some(None),
        number => words.into_iter().find(|word| number_of(*word) == number).map(Some),
    }
}

const fn class_number(class: Class) -> u64 {
    match class {
        Class::Access => 1,
        Class::Account => 2,
        Class::Call => 3,
        Class::Consent => 4,
        Class::Contact => 5,
        Class::Delivery => 6,
        Class::Medium => 7,
        Class::Message => 8,
        Class::Status => 9,
        Class::Unrecognised => 10,
        Class::Governance => 11,
    }
}

const fn origin_number(origin: Origin) -> u64 {
    match origin {
        Origin::Live => 1,
        Origin::Echo => 2,
        Origin::History => 3,
        Origin::Standby => 4,
    }
}

const fn direction_number(direction: Direction) -> u64 {
    match direction {
        Direction::Inbound => 1,
        Direction::Outbound => 2,
    }
}

const fn template_number(template: TemplateCategory) -> u64 {
    match template {
        TemplateCategory::Marketing => 1,
        TemplateCategory::Utility => 2,
        TemplateCategory::Authentication => 3,
        TemplateCategory::Service => 4,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const END: u32 = 32;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            class in select(Class::ALL.to_vec()),
            origin in prop::option::of(select(ORIGINS.to_vec())),
            direction in prop::option::of(select(DIRECTIONS.to_vec())),
            template in prop::option::of(select(TemplateCategory::ALL.to_vec())),
            calling in prop::option::of(0..=9999_u16),
            told in any::<bool>(),
            card in any::<bool>(),
        ) {
            let at = told.then_some(Timestamp::UNIX_EPOCH);
            let bare = Facts::bare(class, Timestamp::UNIX_EPOCH);
            let lexicons = if card { vec![card_number_mark()] } else { vec![] };
            let facts = Facts { origin, direction, template, calling, lexicons, at, ..bare };
            let mut back = Facts::bare(Class::Access, Timestamp::UNIX_EPOCH);
            prop_assert_eq!(packed(&facts) >> END, 0);
            prop_assert_eq!(unpack(packed(&facts), &mut back), Some(told));
            back.at = facts.at;
            prop_assert_eq!(back, facts);
        }
    }

    #[test]
    fn a_number_of_no_word_is_refused() {
        let mut facts = Facts::bare(Class::Message, Timestamp::UNIX_EPOCH);
        for packed in
            [0, 99, 8 | 5 << ORIGIN, 8 | 3 << DIRECTION, 8 | 7 << TEMPLATE, 8 | 1 << END, u64::MAX]
        {
            assert_eq!(unpack(packed, &mut facts), None, "{packed:x}");
        }
    }
}
