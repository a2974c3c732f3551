//! Work in numbered pieces on several threads, handed on in their order.
//!
//! Every thread has every so-manieth piece and waits when it is two pieces ahead,
//! so that memory does not grow with the number of pieces.

use std::ops::Range;
use std::sync::mpsc::sync_channel;

/// Pieces that a thread may have ready before it waits.
const READY_MAX: usize = 2;

/// Does the pieces of these numbers and takes each, in order, on the calling thread.
///
/// # Panics
/// When a piece panics.
pub(super) fn in_order<T: Send>(
    threads: usize,
    pieces: Range<u64>,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(T),
) {
    let count = pieces.end.saturating_sub(pieces.start);
    let threads = u64::try_from(threads.max(1)).unwrap_or(1).min(count);
    if threads <= 1 {
        pieces.map(work).for_each(take);
        return;
    }
    std::thread::scope(|scope| {
        let work = &work;
        let ready: Vec<_> = (0..threads)
            .map(|thread| {
                let (send, receive) = sync_channel(READY_MAX);
                let own = pieces.start.saturating_add(thread)..pieces.end;
                scope.spawn(move || {
                    for number in own.step_by(usize::try_from(threads).unwrap_or(1)) {
                        // The receiver goes away only when another thread panicked.
                        if send.send(work(number)).is_err() {
                            return;
                        }
                    }
                });
                receive
            })
            .collect();
        for receive in ready.iter().cycle().take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let Ok(piece) = receive.recv() else { return };
            take(piece);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_in_order_from_any_number_of_threads() {
        for threads in [0, 1, 2, 3, 7, 64] {
            for pieces in [0..0, 0..1, 7..9, 0..5, 3..100] {
                let mut taken = vec![];
                let square = |number| number * number;
                in_order(threads, pieces.clone(), square, |square| taken.push(square));
                let expected: Vec<u64> = pieces.map(square).collect();
                assert_eq!(taken, expected, "{threads} threads");
            }
        }
    }

    #[test]
    fn a_panic_in_a_piece_is_not_waited_for_for_ever() {
        let work = |number: u64| assert_ne!(number, 5, "the fifth");
        let run = || in_order(3, 0..1000, work, |()| {});
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
