//! Replies that are on the disk and not in the log: after a crash, after another process died, or because they cannot be recorded.
//! One that cannot be recorded never stands in the way of the others; it stays pending, and `check` shows it.

use odds::ReplyId;
use odds::observation::Decoded;
use odds::reply::Reply;
use store::{KeptReply, Result, StoreError};

use crate::record::{CATCH_UP, Done, Recorder};

/// What a command says of a reply that stays pending.
pub const LEFT: &str = "a reply contradicts what is stored: it stays pending, and the program's log says why";

const DAY_SECS: i64 = 24 * 3600;

impl Recorder {
    /// Records what was archived and is not in the log. Gives how many.
    ///
    /// # Errors
    /// What the store reports.
    pub fn record_pending(&self) -> Result<usize> {
        let since = self.store().head()?.recorded_at.plus_secs(-DAY_SECS);
        self.store().index_lost_bundles(since, &|reply| self.providers().judge(reply).is_good())?;
        self.record_indexed()
    }

    /// Records what is in the index and not in the log. Gives how many; those that cannot be recorded are told in the program's log.
    ///
    /// # Errors
    /// What the store reports.
    pub fn record_indexed(&self) -> Result<usize> {
        let (mut done, mut last) = (0, None);
        loop {
            let pending = self.store().pending_replies_after(last, CATCH_UP)?;
            let Some(newest) = pending.last() else { return Ok(done) };
            last = Some(newest.pending_place());
            done += self.record_kept(&pending)?;
        }
    }

    fn record_kept(&self, pending: &[KeptReply]) -> Result<usize> {
        let mut readable = Vec::with_capacity(pending.len());
        for kept in pending {
            match self.store().body(kept) {
                Ok(body) => readable.push((kept, body)),
                Err(error) if error.is_lost_for_good() => leave(kept.id, &error),
                Err(error) => return Err(error),
            }
        }
        let replies: Vec<Reply<'_>> = readable.iter().map(|(kept, body)| kept.with_body(body)).collect();
        let batch: Vec<(ReplyId, &Reply<'_>)> = readable.iter().map(|(kept, _)| kept.id).zip(&replies).collect();
        let decoded: Vec<_> = replies.iter().map(|reply| self.providers().decode(reply)).collect();
        Ok(self.record(&batch, &decoded)?.iter().filter(|done| !done.is_left).count())
    }

    pub(crate) fn record_one_by_one(&self, replies: &[(ReplyId, &Reply<'_>)], decoded: &[(Decoded<'_>, u16)]) -> Result<Vec<Done>> {
        let mut done = Vec::with_capacity(replies.len());
        for (reply, decoded) in replies.iter().zip(decoded) {
            match self.record_together(std::slice::from_ref(reply), std::slice::from_ref(decoded)) {
                Ok(one) => done.extend(one),
                Err(error) if error.is_conflict() => {
                    leave(reply.0, &error);
                    done.push(Done { is_left: true, ..Done::default() });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

fn leave(reply: ReplyId, error: &StoreError) {
    tracing::error!(reply = %reply, %error, "a reply cannot be recorded and stays pending; the others go on");
}
