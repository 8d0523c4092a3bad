//! An answer in parts: made on a thread that may wait for the store, taken as fast as its reader takes it, never whole in memory, and
//! never cut short without saying so.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::problem::Problem;

/// How an answer is handed over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// A reader that takes nothing for so long is given up.
    pub(crate) patience: Duration,
    /// Parts that may wait for the reader.
    pub(crate) waiting: usize,
    /// How long the head of the answer waits for its first part, or for the reason why there is none; for ever where nothing is said.
    pub(crate) first: Option<Duration>,
}

/// One part waits, and the head waits for the first.
pub(crate) const TERMS: Terms = Terms { patience: Duration::from_secs(60), waiting: 1, first: None };

type Part = Result<Bytes, Problem>;

/// Takes the parts of an answer; says whether anybody still wants them.
pub(crate) type OnPart<'a> = &'a mut (dyn FnMut(Bytes) -> bool + Send);

/// The body that `work` makes. What goes wrong before its first part is a problem as everywhere; later it breaks the answer off.
///
/// # Errors
/// What the work reports before its first part, or in the time that the head waits for it.
pub(crate) async fn body(
    Terms { patience, waiting, first }: Terms,
    work: impl FnOnce(OnPart<'_>) -> Result<(), Problem> + Send + 'static,
) -> Result<Body, Problem> {
    let (sender, mut receiver) = mpsc::channel::<Part>(waiting);
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let send = |part| runtime.block_on(async { matches!(tokio::time::timeout(patience, sender.send(part)).await, Ok(Ok(()))) });
        if let Err(problem) = work(&mut |part| send(Ok(part))) {
            send(Err(problem));
        }
    });
    let came = match first {
        Some(wait) => tokio::time::timeout(wait, receiver.recv()).await,
        None => Ok(receiver.recv().await),
    };
    let Ok(came) = came else { return Ok(Body::from_stream(rest(receiver, work))) };
    match came {
        Some(first) => Ok(Body::from_stream(stream::once(std::future::ready(Ok(first?))).chain(rest(receiver, work)))),
        None => work.await.map(|()| Body::empty()).map_err(|error| {
            tracing::error!(%error, "an answer broke off");
            Problem::internal()
        }),
    }
}

/// The parts after the first. One that never came because the work broke off is an error: the answer must not look whole.
fn rest(receiver: mpsc::Receiver<Part>, work: JoinHandle<()>) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(Some((receiver, work)), |left| async {
        let (mut receiver, work) = left?;
        match receiver.recv().await {
            Some(Ok(part)) => Some((Ok(part), Some((receiver, work)))),
            Some(Err(problem)) => Some((Err(std::io::Error::other(problem.detail)), None)),
            None => work.await.err().map(|error| (Err(std::io::Error::other(error)), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    async fn read(body: Body) -> Vec<Result<Bytes, String>> {
        body.into_data_stream().map(|part| part.map_err(|error| error.to_string())).collect().await
    }

    fn part(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn all_parts_come_in_their_order() {
        let read = run(async {
            let made = body(TERMS, |on_part| {
                assert!(on_part(part("a")) && on_part(part("b")) && on_part(part("c")));
                Ok(())
            });
            read(made.await.unwrap()).await
        });
        assert_eq!(read, [Ok(part("a")), Ok(part("b")), Ok(part("c"))]);
    }

    #[test]
    fn what_fails_before_the_first_part_is_a_problem() {
        let failed = run(body(TERMS, |_| Err(Problem::unavailable("the store is away"))));
        assert_eq!(failed.unwrap_err().status, 503);
        assert_eq!(run(body(TERMS, |_| panic!("a hole"))).unwrap_err().status, 500);
        assert!(run(async { read(body(TERMS, |_| Ok(())).await.unwrap()).await }).is_empty());
    }

    #[test]
    fn what_fails_on_the_way_breaks_the_answer_off() {
        let told = run(async {
            let made = body(TERMS, |on_part| {
                on_part(part("a"));
                Err(Problem::unavailable("the store is away"))
            });
            read(made.await.unwrap()).await
        });
        assert_eq!(told, [Ok(part("a")), Err("the store is away".to_owned())]);
        let broken = run(async {
            let made = body(TERMS, |on_part| {
                on_part(part("a"));
                panic!("a hole")
            });
            read(made.await.unwrap()).await
        });
        assert!(broken.len() == 2 && broken[1].is_err(), "{broken:?}");
    }

    #[test]
    fn a_head_that_waits_no_longer_is_sent_before_the_first_part() {
        let told = run(async {
            let (go_on, waits) = std::sync::mpsc::channel();
            let made = body(Terms { first: Some(Duration::from_millis(1)), ..TERMS }, move |on_part| {
                waits.recv().unwrap();
                on_part(part("a"));
                panic!("a hole")
            });
            let made = made.await.unwrap();
            go_on.send(()).unwrap();
            read(made).await
        });
        assert!(told.len() == 2 && told[0] == Ok(part("a")) && told[1].is_err(), "{told:?}");
    }

    #[test]
    fn a_reader_that_takes_nothing_is_given_up() {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&taken);
        run(async {
            let made = body(Terms { patience: Duration::from_millis(200), ..TERMS }, move |on_part| {
                *told.lock().unwrap() = (0..4).map(|_| on_part(part("a"))).take_while(|wanted| *wanted).collect();
                Ok(())
            });
            // The first was taken, one waits in the line, and for the next there is no room.
            let unread = made.await.unwrap();
            while taken.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            drop(unread);
        });
        assert_eq!(taken.lock().unwrap().len(), 2);
    }
}
