//! A store that fails at the end of one call, while others are under way: their replies were paid for, and are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use predictive_play::backfill::run::{Ended, Run};
use predictive_play::collect::{Client, Doors, Outgoing, Wire, wire::Coming};
use testkit::history::HISTORY;
use tokio::sync::Semaphore;

use crate::deaths::a_year_begins;
use crate::house::{House, goal, lost, settled, snapshots};

/// All paid calls but the first come after it.
struct OneFirst {
    inner: Client,
    calls: AtomicUsize,
    is_first_here: Semaphore,
}

/// For the failure to get from the first call to the run; the replies that are held are right however long that takes.
const A_WHILE: Duration = Duration::from_millis(300);

impl Wire for OneFirst {
    fn call<'a>(&'a self, outgoing: &'a Outgoing) -> Coming<'a> {
        let is_paid = outgoing.request.path.starts_with(HISTORY);
        let is_first = is_paid && self.calls.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            let came = self.inner.call(outgoing).await;
            if is_first {
                self.is_first_here.close();
            } else if is_paid {
                assert!(self.is_first_here.acquire().await.is_err(), "closed");
                tokio::time::sleep(A_WHILE).await;
            }
            came
        })
    }
}

fn run_on(house: &House, wire: OneFirst) -> anyhow::Result<Ended> {
    let (runtime, goal) = (tokio::runtime::Runtime::new().unwrap(), goal(7));
    let doors = Doors { wire: Arc::new(wire), ..house.doors() };
    let what = (goal.id(None), goal.clone(), None);
    runtime.block_on(async {
        let run = Run::open(what, house.brief(&goal.provider), doors, Arc::clone(&house.recorder), "me".to_owned()).await?;
        Ok(run.go(&|| false, &mut |_| {}).await?)
    })
}

#[test]
fn what_is_under_way_where_the_store_fails_is_paid_for_once() {
    let (broken, whole, goal) = (a_year_begins(7, 7), a_year_begins(7, 7), goal(7));
    let database = rusqlite::Connection::open(broken.dir.path().join("pp.db")).unwrap();
    let refuse = "create trigger refuse before update on asks
        when old.ask_id = (select min(ask_id) from asks where credits_reserved > 0) begin select raise(abort, 'no room'); end";
    database.execute_batch(refuse).unwrap();
    let wire = OneFirst { inner: Client::new().unwrap(), calls: AtomicUsize::new(0), is_first_here: Semaphore::new(0) };
    let error = run_on(&broken, wire).unwrap_err();
    assert!(format!("{error:#}").contains("no room"), "{error:#}");
    let sent = broken.server.count(HISTORY);
    let open = broken.store.open_asks("the-odds-api").unwrap();
    assert!(sent > 1 && open.len() == 1, "of {sent} calls, {open:#?} could not be closed");
    database.execute_batch("drop trigger refuse").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { assert_eq!(broken.run(&goal, None).await, Ended::Done) });
    runtime.block_on(async { assert_eq!(whole.run(&goal, None).await, Ended::Done) });
    assert!(lost(&broken.store).is_empty(), "no reply is missing");
    assert!(snapshots(&broken.server).values().all(|times| *times == 1), "nothing is paid twice");
    settled((&broken.store, &broken.server, &broken.meter), &whole.store);
}
