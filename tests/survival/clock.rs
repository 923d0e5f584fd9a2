//! A runtime whose clock runs a thousand times too fast.
//!
//! Tokio's own paused clock jumps ahead whenever the runtime is idle. It is idle while the run store's thread writes, and then
//! every deadline of a call in flight would pass in a moment. So the clock is moved in steps, each after a little real time:
//! whatever is under way goes on in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Real time between two steps.
const PAUSE: Duration = Duration::from_millis(1);
/// How far one step moves the clock. Sixty steps make a call's deadline of 30 s, and a call on loopback needs far fewer.
const STEP: Duration = Duration::from_millis(500);

/// Runs to the end of `work` under the fast clock.
pub(super) fn fast<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let ticking = Ticking(Arc::new(AtomicBool::new(true)));
    let due = Arc::new(Notify::new());
    let ended = runtime.block_on(async {
        let (keeps_ticking, rings) = (Arc::clone(&ticking.0), Arc::clone(&due));
        // While a blocking task lives, the clock does not jump by itself. Steps that the runtime had no time for are lost: the
        // clock never runs ahead of a busy machine.
        tokio::task::spawn_blocking(move || {
            while keeps_ticking.load(Ordering::Relaxed) {
                std::thread::sleep(PAUSE);
                rings.notify_one();
            }
        });
        let stepping = tokio::spawn(async move {
            loop {
                due.notified().await;
                tokio::time::advance(STEP).await;
            }
        });
        let ended = work.await;
        stepping.abort();
        ended
    });
    drop(ticking);
    ended
}

/// The clock goes on until this is dropped, also by a test that fails: a runtime waits for its blocking tasks.
struct Ticking(Arc<AtomicBool>);

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
