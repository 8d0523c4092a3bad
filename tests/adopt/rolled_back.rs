//! Going back at each stage of the way, also weeks later: the old tables are what they would be without us, with all that others wrote.
//!
//! What others write they write into a twin of the old database too, which nobody takes over.

use std::net::SocketAddr;
use std::time::Duration;

use testkit::child::ChildProcess;
use testkit::statements::{StatementWire, Stop};

use crate::killed::small;
use crate::rig::{client, rows};
use crate::stages::{Copy, Stages, Step, follow, hear, recorder};

/// What others write: rows of their own, rows that we write too, rows that go.
fn others(round: u32) -> String {
    format!(
        "update sports_events set status = 'postponed' where id in (select id from sports_events where sport_key = 'icehockey_nhl' order by id limit 2 offset {round});
         update sports_events set odds = '{{\"moneyline\": {{\"home\": -{0}, \"away\": \"+{0}\"}}}}'
             where id in (select id from sports_events where sport_key = 'baseball_mlb' and source <> 'Predictive Play' order by id limit 2 offset {round});
         insert into sports_events (id, sport, league, home_team, away_team, start_time)
             values (md5('others {round}')::uuid, 'NBA', 'NBA', 'Home', 'Away', '2030-01-01');
         delete from predictions where id = (select id from predictions order by id limit 1);
         update user_preferences set settings = '{{\"theme\": \"{round}\"}}';",
        200 + round
    )
}

const TABLES: &str = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1";

/// Every old table as rows; what the old trigger sets by the clock is left out.
fn theirs(url: &str) -> Vec<String> {
    let tables = rows(url, TABLES);
    let of = |table: &Vec<Option<String>>| {
        let table = table[0].clone().unwrap();
        let sql = format!("select '{table} ' || (to_jsonb(t) - 'updated_at' - 'created_at')::text from public.\"{table}\" t order by 1");
        rows(url, &sql).into_iter().map(|row| row[0].clone().unwrap()).collect::<Vec<_>>()
    };
    tables.iter().flat_map(of).collect()
}

/// A database on its way, and its twin.
struct Pair {
    ours: Copy,
    twin: Copy,
}

impl Pair {
    fn at(stages: &Stages, step: Step) -> Self {
        Self { ours: stages.before(step), twin: stages.before(Step::TakeOver) }
    }

    fn others(&self, round: u32) {
        for copy in [&self.ours, &self.twin] {
            client(&copy.database.url).batch_execute(&others(round)).unwrap();
        }
    }

    fn goes_back(&self, stage: &str) {
        Step::RollBack.run(&self.ours.database.url, self.ours.folder.path()).unwrap();
        let (is, should) = (theirs(&self.ours.database.url), theirs(&self.twin.database.url));
        let only = |one: &[String], other: &[String]| one.iter().filter(|row| !other.contains(row)).take(3).cloned().collect::<Vec<_>>();
        assert!(is == should, "{stage}: only here {:#?}, only in the twin {:#?}", only(&is, &should), only(&should, &is));
        let proofs = predictive_play::adopt::cutover::proof_all(&mut client(&self.ours.database.url)).unwrap();
        assert!(proofs.iter().all(predictive_play::adopt::cutover::proof::Proof::is_whole), "{stage}: {proofs:?}");
    }

    /// The step, until our process is killed somewhere in it.
    fn begins(&self, stages: &Stages, step: Step, nth: usize) {
        let wire = StatementWire::to(SocketAddr::from(([127, 0, 0, 1], stages.cluster.port()))).stopping_at(nth, Stop::Ask);
        let child = ChildProcess::start(&mut step.command(&wire.through(&self.ours.database.url), self.ours.folder.path()));
        assert!(wire.wait_until_held(Duration::from_secs(120)), "the step has so many statements");
        child.kill();
        wire.cut();
    }

    /// Prices move and the old tables follow.
    fn moves(&self) {
        let (url, folder) = (&self.ours.database.url, self.ours.folder.path());
        let recorder = recorder(url, folder);
        hear(&recorder, url, 1.95);
        follow(&recorder);
        client(url).batch_execute("update predictive_play.old_rows set written_at = written_at - interval '30 days'").unwrap();
        Step::CutOver.run(url, folder).unwrap();
    }
}

#[test]
fn going_back_at_each_stage_leaves_what_others_wrote_and_nothing_of_ours() {
    let Some(stages) = Stages::of(&small()) else { return };
    let taken_over = Pair::at(&stages, Step::CutOver);
    taken_over.others(1);
    taken_over.goes_back("taken over, never cut over");

    let half = Pair::at(&stages, Step::CutOver);
    half.others(1);
    half.begins(&stages, Step::CutOver, 400);
    half.others(2);
    half.goes_back("killed in the middle of a cut-over");

    let later = Pair::at(&stages, Step::RollBack);
    assert_ne!(theirs(&later.ours.database.url), theirs(&later.twin.database.url), "the cut-over wrote");
    later.others(1);
    later.moves();
    later.others(2);
    later.begins(&stages, Step::RollBack, 60);
    later.others(3);
    later.goes_back("weeks later, killed in the middle of going back");
    later.goes_back("a second time");
}
