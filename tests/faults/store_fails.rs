//! A store that fails at the end of one call, while others are under way: their replies were paid for, and are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use predictive_play::collect::{Client, Outgoing, Stopped, Wire, wire::Coming};
use store::Store;

use crate::house::{House, PATIENT};

/// All calls but the first come after the first's reply is in the log.
struct OneFirst {
    inner: Client,
    store: Arc<Store>,
    calls: AtomicUsize,
}

/// For the failure to get from the first call to the desk; the replies that are held are right however long that takes.
const A_WHILE: Duration = Duration::from_millis(300);

impl Wire for OneFirst {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        let is_first = self.calls.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            let (came, until) = (self.inner.call(outgoing).await, Instant::now() + PATIENT);
            if !is_first {
                while self.store.head().unwrap().seq.0 == 0 && Instant::now() < until {
                    tokio::task::yield_now().await;
                }
                tokio::time::sleep(A_WHILE).await;
            }
            came
        })
    }
}

#[test]
fn calls_under_way_are_waited_for_where_the_end_of_another_cannot_be_written() {
    let house = House::sqlite();
    let database = rusqlite::Connection::open(house.folder.path().join("pp.db")).unwrap();
    let refuse = "create trigger refuse before update on asks when old.ask_id = (select min(ask_id) from asks) begin select raise(abort, 'no room'); end";
    database.execute_batch(refuse).unwrap();
    let wire = OneFirst { inner: Client::new().unwrap(), store: Arc::clone(&house.store), calls: AtomicUsize::new(0) };
    let mut desk = house.desk_on(Arc::new(wire), PATIENT);
    let stopped = house.runtime.block_on(desk.turn(&|| false)).unwrap_err();
    assert!(matches!(&stopped, Stopped::Store(error) if error.to_string().contains("no room")), "{stopped:?}");
    let outcomes: Vec<String> = house.asks().into_iter().map(|row| row.outcome).collect();
    assert!(outcomes.len() > 1 && outcomes[0] == "sent" && outcomes[1..].iter().all(|outcome| outcome == "good"), "{outcomes:?}");
    assert_eq!(house.store.head().unwrap().seq.0, outcomes.len() as i64, "all replies are in the log");
}
