//! Numbers that belong together: the union-find structure (Galler and Fischer, 1964).

/// Groups of the numbers from 0 on.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Of each number, one towards the first of its group, which is its own.
    towards: Vec<u32>,
}

impl Groups {
    /// So many numbers, each by itself.
    ///
    /// # Panics
    /// With 2³² numbers or more.
    pub fn of(count: usize) -> Self {
        let mut groups = Self { towards: Vec::with_capacity(count) };
        (0..count).for_each(|_| {
            groups.add();
        });
        groups
    }

    /// Adds the next number, which it answers.
    ///
    /// # Panics
    /// With 2³² numbers or more.
    pub fn add(&mut self) -> u32 {
        let next = u32::try_from(self.towards.len()).expect("fewer identifiers than 2³²");
        self.towards.push(next);
        next
    }

    /// Puts the groups of two numbers together.
    pub fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.shortened(one), self.shortened(other));
        if let Some(towards) = self.towards.get_mut(one.max(other) as usize) {
            *towards = one.min(other);
        }
    }

    /// The first number of a group.
    pub fn first(&self, mut number: u32) -> u32 {
        while self.next(number) != number {
            number = self.next(number);
        }
        number
    }

    /// The same, with the way to it made shorter.
    fn shortened(&mut self, mut number: u32) -> u32 {
        loop {
            let next = self.next(number);
            if next == number {
                return number;
            }
            let further = self.next(next);
            if let Some(towards) = self.towards.get_mut(number as usize) {
                *towards = further;
            }
            number = further;
        }
    }

    fn next(&self, number: u32) -> u32 {
        self.towards.get(number as usize).copied().unwrap_or(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn two_numbers_are_in_one_group_exactly_when_a_way_leads_from_one_to_the_other(
            pairs in prop::collection::vec((0..12_u32, 0..12_u32), 0..12),
        ) {
            let mut groups = Groups::of(12);
            // The numbers that each is in a group with.
            let mut naive: Vec<Vec<u32>> = (0..12).map(|number| vec![number]).collect();
            for (one, other) in pairs {
                groups.join(one, other);
                let mut all = naive[one as usize].clone();
                all.extend(&naive[other as usize]);
                all.sort_unstable();
                all.dedup();
                for member in all.clone() {
                    naive[member as usize].clone_from(&all);
                }
            }
            for number in 0..12 {
                prop_assert_eq!(groups.first(number), naive[number as usize][0]);
            }
        }
    }
}
