//! Pages of a search put together are the search.

use proptest::prelude::*;

use super::archive::{Archive, Running, ask, entries};
use crate::index::fixtures::Draft;
use crate::index::{Cursor, Order};
use crate::tlog::LeafIndex;

const ORDERS: [Order; 3] = [Order::Best, Order::Newest, Order::Oldest];

/// All pages of a search; `between` runs after each.
fn paged(
    running: &Running,
    query: &str,
    order: Order,
    limit: usize,
    mut between: impl FnMut(),
) -> Vec<LeafIndex> {
    let (mut all, mut total) = (vec![], None);
    let mut after: Option<Cursor> = None;
    loop {
        let page = ask(&running.index, query, order, limit, after);
        assert!(page.hits.len() <= limit);
        assert_eq!(*total.get_or_insert(page.total), page.total, "{query}");
        all.extend(entries(&page));
        // A cursor travels as text.
        match page.next {
            Some(cursor) => after = Some(cursor.to_string().parse().unwrap()),
            None => break,
        }
        between();
    }
    assert_eq!(all.len(), total.unwrap());
    all
}

fn fill(archive: &Archive, texts: &[(u8, u8)]) {
    for (words, day) in texts {
        let text = format!("apple {}{}", "berry ".repeat(usize::from(words % 4)), words / 4);
        let day = format!("2026-01-{:02}T00:00:00Z", 1 + day % 28);
        archive.append(Draft::inbound("4915550100777", &text).at(&day));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn pages_put_together_are_one_big_page(
        texts in prop::collection::vec((0..12_u8, 0..6_u8), 0..40), limit in 1_usize..9,
    ) {
        let archive = Archive::new();
        fill(&archive, &texts);
        let running = archive.run();
        for order in ORDERS {
            for query in ["apple OR berry", "*", "berry"] {
                let whole = entries(&ask(&running.index, query, order, 1000, None));
                prop_assert_eq!(paged(&running, query, order, limit, || {}), whole);
            }
        }
        running.stop();
    }
}

#[test]
fn pages_do_not_shift_while_records_come_in() {
    let archive = Archive::new();
    let texts: Vec<_> = (0..30).map(|number: u8| (number, number)).collect();
    fill(&archive, &texts);
    let running = archive.run();
    for order in ORDERS {
        let whole = entries(&ask(&running.index, "apple OR berry", order, 1000, None));
        let paged = paged(&running, "apple OR berry", order, 4, || {
            // Old and new ones, and words that change how rare a word is.
            fill(&archive, &[(3, 0), (1, 27), (7, 13), (2, 5)]);
            running.catch_up();
        });
        assert_eq!(paged, whole, "{order:?}");
    }
    running.stop();
}

#[test]
fn a_limit_of_nothing_only_counts() {
    let archive = Archive::new();
    fill(&archive, &[(1, 1), (2, 2)]);
    let running = archive.run();
    let page = ask(&running.index, "apple", Order::Best, 0, None);
    assert_eq!((page.hits.len(), page.total, page.next), (0, 2, None));
    let page = ask(&running.index, "apple", Order::Best, usize::MAX, None);
    assert_eq!((page.hits.len(), page.total, page.next), (2, 2, None));
    running.stop();
}
