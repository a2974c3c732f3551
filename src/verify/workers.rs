//! Work in numbered pieces on several threads, handed on in their order.
//!
//! Piece `n` is done by thread `n mod threads`, which waits when it is two
//! pieces ahead, so that memory does not grow with the number of pieces.

use std::sync::mpsc::sync_channel;

/// Pieces that a thread may have ready before it waits.
const READY_MAX: usize = 2;

/// Does pieces `0..count` and takes each, in order, on the calling thread.
///
/// # Panics
/// When a piece panics.
pub(super) fn in_order<T: Send>(
    threads: usize,
    count: u64,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(T),
) {
    let threads = u64::try_from(threads.max(1)).unwrap_or(1).min(count);
    if threads <= 1 {
        (0..count).map(work).for_each(take);
        return;
    }
    std::thread::scope(|scope| {
        let work = &work;
        let ready: Vec<_> = (0..threads)
            .map(|thread| {
                let (send, receive) = sync_channel(READY_MAX);
                scope.spawn(move || {
                    let own = (thread..count).step_by(usize::try_from(threads).unwrap_or(1));
                    for number in own {
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
            for count in [0, 1, 2, 5, 100] {
                let mut taken = vec![];
                in_order(threads, count, |number| number * number, |square| taken.push(square));
                let expected: Vec<u64> = (0..count).map(|number| number * number).collect();
                assert_eq!(taken, expected, "{threads} threads");
            }
        }
    }

    #[test]
    fn a_panic_in_a_piece_is_not_waited_for_for_ever() {
        let work = |number: u64| assert_ne!(number, 5, "the fifth");
        let run = || in_order(3, 1000, work, |()| {});
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
