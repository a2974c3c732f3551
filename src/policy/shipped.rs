//! The schedules that come with the program: `policies/*.toml`. They are templates:
//! none is in force before somebody adopts it.

use super::{BadSchedule, Schedule};

/// A schedule that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// Its name, and its file's without `.toml`.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal)*) => {
        [$(Shipped { name: $name, text: include_str!(concat!("../../policies/", $name, ".toml")) }),*]
    };
}

/// Every schedule that comes with the program.
pub const SHIPPED: [Shipped; 11] = shipped![
    "cftc-1.31" "default" "fca-sysc-10a" "finra-4511" "gdpr" "hipaa" "lgpd" "mifid-ii" "pci-dss"
    "sec-17a-4" "sox"
];

/// The schedule of that name.
pub fn shipped(name: &str) -> Option<Shipped> {
    SHIPPED.into_iter().find(|shipped| shipped.name == name)
}

impl Shipped {
    /// The schedule, read.
    ///
    /// # Errors
    /// Never for what was tested and shipped.
    pub fn schedule(self) -> Result<Schedule, BadSchedule> {
        Schedule::parse(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{uncovered, warnings};
    use crate::record::Class;

    fn schedules() -> Vec<Schedule> {
        let read = |shipped: Shipped| match shipped.schedule() {
            Ok(schedule) => schedule,
            Err(bad) => panic!("{}: {:?}", shipped.name, bad.problems),
        };
        SHIPPED.into_iter().map(read).collect()
    }

    #[test]
    fn every_schedule_is_right_and_has_the_name_of_its_file() {
        for (shipped, schedule) in SHIPPED.into_iter().zip(schedules()) {
            assert_eq!(shipped.name, schedule.name);
            assert_eq!(schedule.version, 1, "{}", shipped.name);
            assert!(warnings(&schedule).is_empty(), "{}: {:?}", shipped.name, warnings(&schedule));
        }
        assert_eq!(shipped("hipaa").map(|shipped| shipped.name), Some("hipaa"));
        assert_eq!(shipped("hippa"), None);
    }

    #[test]
    fn every_rule_and_every_schedule_cites_its_authority() {
        for schedule in schedules() {
            let name = &schedule.name;
            assert!(!schedule.authority.is_empty() && schedule.note.is_some(), "{name}");
            for rule in &schedule.rules {
                assert!(!rule.authority.is_empty(), "{name}: {}", rule.id);
            }
        }
    }

    /// A schedule that sets minima for messages says how long everything else is
    /// kept, above all the deliveries that hold the same words.
    #[test]
    fn no_class_is_forgotten() {
        for schedule in schedules() {
            let left = uncovered(&[&schedule]);
            assert!(left.is_empty(), "{}: {left:?}", schedule.name);
        }
    }

    #[test]
    fn the_manual_tells_every_rule_and_its_examples_are_right() {
        let manual = include_str!("../../docs/GOVERNANCE.md");
        for rule in schedules().iter().flat_map(|schedule| &schedule.rules) {
            let told = manual.contains(&format!("| `{}` | {} | ", rule.id, rule.title));
            let cited = manual.contains(&rule.authority.join("; "));
            assert!(told && cited, "{} is missing in docs/GOVERNANCE.md", rule.id);
        }
        for shipped in SHIPPED {
            assert!(manual.contains(&format!("| `{}` | ", shipped.name)), "{}", shipped.name);
        }
        let blocks = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let schedules: Vec<&str> = blocks.filter(|block| block.contains("[[rule]]")).collect();
        assert!(!schedules.is_empty());
        for block in schedules {
            let read = Schedule::parse(block).unwrap_or_else(|bad| panic!("{:?}", bad.problems));
            assert!(warnings(&read).is_empty(), "{:?}", warnings(&read));
        }
    }

    #[test]
    fn what_holds_the_same_words_has_the_same_period() {
        for schedule in schedules() {
            for rule in schedule.rules.iter().filter(|rule| rule.when.tags.is_empty()) {
                if rule.is_for(Class::Message) && !rule.is_for(Class::Delivery) {
                    let delivery =
                        schedule.rules.iter().find(|other| other.is_for(Class::Delivery));
                    let delivery = delivery.unwrap_or_else(|| panic!("{}", schedule.name));
                    assert_eq!((rule.keep, rule.max), (delivery.keep, delivery.max));
                }
            }
        }
    }
}
