//! Back-fill: its plans, and what history answered when it was asked. The calls and their credits stand in the ledger of asks.

use odds::Moment;

use crate::engine::{Connection, Param, Row};
use crate::error::Result;
use crate::store::Store;

/// What stands before a plan's id in the purpose of its asks.
pub const PURPOSE: &str = "backfill:";

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// Its id.
    pub id: String,
    /// The provider's key.
    pub provider: String,
    /// What is wanted, as JSON.
    pub goal: String,
    /// The most that it may spend, in credits; `None` where nothing was said.
    pub max_credits: Option<i64>,
    /// What it was said to cost in all its runs, when it was shown last.
    pub predicted_credits: i64,
    /// How many calls it was said to make in all of them.
    pub predicted_calls: i64,
    /// When it was made.
    pub made_at: Moment,
    /// When a run of it last came to an end by itself.
    pub ended_at: Option<Moment>,
    /// Why: `done`, `out_of_credits`, and so on.
    pub ended_because: Option<String>,
}

/// What one moment (or day, or season) of history answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The provider's key.
    pub provider: String,
    /// The kind of ask, as the ledger has it (`historical_odds`).
    pub what: String,
    /// The provider's sport key.
    pub sport: String,
    /// The one listing that was asked about; empty for all.
    pub listing: String,
    /// The league's day, or the season; empty where a moment says all.
    pub day: String,
    /// The moment asked about; 0 where a day says all.
    pub asked_for: Moment,
    /// Markets, books and regions, as JSON.
    pub frame: String,
    /// The plan that asked last.
    pub plan: String,
    /// The row in the ledger of asks.
    pub ask: i64,
    /// What came of it, in the words of the ledger of asks.
    pub outcome: String,
    /// For people.
    pub detail: String,
    /// How often the plan has asked.
    pub attempts: i64,
    /// How many calls for it never got a reply, in all.
    pub losses: i64,
    /// The moment of the snapshot that came.
    pub stamp: Option<Moment>,
    /// The provider's own stamp of the snapshot after it.
    pub next_stamp: Option<Moment>,
}

fn read_plan(row: &dyn Row) -> Result<PlanRow> {
    Ok(PlanRow {
        id: row.text(0)?.to_owned(),
        provider: row.text(1)?.to_owned(),
        goal: row.text(2)?.to_owned(),
        max_credits: row.opt_int(3)?,
        predicted_credits: row.int(4)?,
        predicted_calls: row.int(5)?,
        made_at: Moment::from_micros(row.int(6)?),
        ended_at: row.opt_int(7)?.map(Moment::from_micros),
        ended_because: row.opt_text(8)?.map(str::to_owned),
    })
}

fn read_answer(row: &dyn Row) -> Result<AnswerRow> {
    Ok(AnswerRow {
        provider: row.text(0)?.to_owned(),
        what: row.text(1)?.to_owned(),
        sport: row.text(2)?.to_owned(),
        listing: row.text(3)?.to_owned(),
        day: row.text(4)?.to_owned(),
        asked_for: Moment::from_micros(row.int(5)?),
        frame: row.text(6)?.to_owned(),
        plan: row.text(7)?.to_owned(),
        ask: row.int(8)?,
        outcome: row.text(9)?.to_owned(),
        detail: row.text(10)?.to_owned(),
        attempts: row.int(11)?,
        losses: row.int(12)?,
        stamp: row.opt_int(13)?.map(Moment::from_micros),
        next_stamp: row.opt_int(14)?.map(Moment::from_micros),
    })
}

const PLANS: &str = "select plan_id, provider, goal, max_credits, predicted_credits, predicted_calls, made_at, ended_at, ended_because
    from @backfill_plans order by made_at, plan_id";

impl Store {
    /// Keeps a plan. The same plan again keeps what it was said to cost last.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn keep_backfill_plan(&self, plan: &PlanRow) -> Result<()> {
        let sql = "insert into @backfill_plans (plan_id, provider, goal, max_credits, predicted_credits, predicted_calls, made_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (plan_id) do update set predicted_credits = excluded.predicted_credits, predicted_calls = excluded.predicted_calls";
        let params: [Param<'_>; 7] = [
            plan.id.as_str().into(),
            plan.provider.as_str().into(),
            plan.goal.as_str().into(),
            plan.max_credits.into(),
            plan.predicted_credits.into(),
            plan.predicted_calls.into(),
            plan.made_at.into(),
        ];
        self.write(|connection| connection.execute(sql, &params).map(drop))
    }

    /// Says why a run of a plan came to an end.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn end_backfill_plan(&self, id: &str, at: Moment, because: &str) -> Result<()> {
        let sql = "update @backfill_plans set ended_at = $2, ended_because = $3 where plan_id = $1";
        self.write(|connection| connection.execute(sql, &[id.into(), at.into(), because.into()]).map(drop))
    }

    /// Every plan, the oldest first.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn backfill_plans(&self) -> Result<Vec<PlanRow>> {
        self.collect(PLANS, &[], &read_plan)
    }

    /// Notes what a call of back-fill came to, in the place of an older word on the same. An older call than the one that is noted
    /// changes nothing, and the same twice neither; a good answer gives way to a later good one alone.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn note_backfill_answer(&self, answer: &AnswerRow) -> Result<()> {
        self.write(|connection| note(connection, answer))
    }

    /// What the history of a provider's sport has answered, in no particular order.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn backfill_answers(&self, provider: &str, sport: &str) -> Result<Vec<AnswerRow>> {
        let sql = "select provider, what, sport, listing, day, asked_for, frame, plan_id, ask_id, outcome, detail, attempts, losses, stamp,
                next_stamp from @backfill_answers where provider = $1 and sport = $2";
        self.collect(sql, &[provider.into(), sport.into()], &read_answer)
    }

    /// Snapshots of all listings of a provider's sport that came otherwise than by back-fill (live, replayed, imported), by the moment that they describe and the JSON of what was asked.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn sweeps_of_sport(&self, provider: &str, sport: &str, from: Moment, to: Moment) -> Result<Vec<(Moment, String)>> {
        let sql = "select e.observed_at, s.body from @entries e join @scopes s on s.scope_id = e.scope_id
                join @replies r on r.reply_id = e.reply_id
            where e.provider = $1 and e.sport = $2 and e.is_sweep = 1 and e.observed_at >= $3 and e.observed_at < $4
                and (e.endpoint = 'odds' or e.endpoint = 'historical_odds' and r.ask_id is null)";
        let params = [provider.into(), sport.into(), from.into(), to.into()];
        self.collect(sql, &params, &|row| Ok((Moment::from_micros(row.int(0)?), row.text(1)?.to_owned())))
    }

    /// Whether anybody back-fills from a provider now, or did and died: its credits are then spent beside those of whoever collects.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn is_backfilled(&self, provider: &str) -> Result<bool> {
        let name = format!("{PURPOSE}{provider}");
        Ok(!self.collect("select 1 from @leases where name = $1", &[name.as_str().into()], &|row| row.int(0))?.is_empty())
    }
}

fn note(connection: &mut dyn Connection, answer: &AnswerRow) -> Result<()> {
    let sql = "insert into @backfill_answers as held (provider, what, sport, listing, day, asked_for, frame, plan_id, ask_id, outcome, detail,
                attempts, losses, stamp, next_stamp)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            on conflict (provider, sport, what, listing, day, asked_for, frame) do update set plan_id = excluded.plan_id, ask_id = excluded.ask_id,
                outcome = excluded.outcome, detail = excluded.detail, stamp = excluded.stamp, next_stamp = excluded.next_stamp,
                losses = held.losses + excluded.losses,
                attempts = case when held.plan_id = excluded.plan_id then held.attempts + 1 else excluded.attempts end
            where held.ask_id < excluded.ask_id and (held.outcome <> 'good' or excluded.outcome = 'good')";
    let params: [Param<'_>; 15] = [
        answer.provider.as_str().into(),
        answer.what.as_str().into(),
        answer.sport.as_str().into(),
        answer.listing.as_str().into(),
        answer.day.as_str().into(),
        answer.asked_for.into(),
        answer.frame.as_str().into(),
        answer.plan.as_str().into(),
        answer.ask.into(),
        answer.outcome.as_str().into(),
        answer.detail.as_str().into(),
        answer.attempts.into(),
        answer.losses.into(),
        answer.stamp.map(Moment::micros).into(),
        answer.next_stamp.map(Moment::micros).into(),
    ];
    connection.execute(sql, &params).map(drop)
}
