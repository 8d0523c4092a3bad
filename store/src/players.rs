//! Who is who among players: the tables of the players follower, and the directory that they hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use odds::names::{CellName, Interner};
use odds::player::{Binding, Directory, Player};
use odds::{ListingId, Seq};

use crate::engine::{Connection, Param};
use crate::error::{Result, StoreError};
use crate::follow::Following;
use crate::store::Store;

/// The name of the players follower's cursor.
pub const PLAYERS_FOLLOWER: &str = "players";

/// A spelling as it was seen: provider, league, spelling, reference and the provider's sport key.
pub type Spelling = [String; 5];

fn read_directory(connection: &mut dyn Connection) -> Result<Directory> {
    let (mut players, mut bindings): (Vec<Player>, Vec<Binding>) = (Vec::new(), Vec::new());
    connection.query("select detail from @player_directory order by player_id", &[], &mut |row| {
        players.push(serde_json::from_str(row.text(0)?).map_err(|error| StoreError::damaged("a player", error))?);
        Ok(())
    })?;
    let sql = "select detail from @player_names order by first_at, provider, league, reference";
    connection.query(sql, &[], &mut |row| {
        bindings.push(serde_json::from_str(row.text(0)?).map_err(|error| StoreError::damaged("a player's name", error))?);
        Ok(())
    })?;
    Ok(Directory::of(players, bindings))
}

impl Following<'_> {
    /// The directory as it was left.
    ///
    /// # Errors
    /// What the engine reports; [`StoreError::Damaged`] for a row that is none.
    pub fn player_directory(&mut self) -> Result<Directory> {
        read_directory(self.connection)
    }

    /// Writes players and names that changed, and spellings that were seen; twice changes nothing.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn set_players(&mut self, players: &[Player], names: &[Binding], spellings: &BTreeSet<Spelling>) -> Result<()> {
        for player in players {
            self.set_player(player)?;
        }
        for name in names {
            self.set_name(name)?;
        }
        let sql = "insert into @player_spellings (provider, league, spelling, reference, sport_key) values ($1, $2, $3, $4, $5)
            on conflict (provider, league, spelling, reference, sport_key) do nothing";
        for spelling in spellings {
            let params = spelling.each_ref().map(|text| Param::Text(text));
            self.connection.execute(sql, &params)?;
        }
        Ok(())
    }

    fn set_player(&mut self, player: &Player) -> Result<()> {
        let (id, detail) = (player.id.to_string(), json(player)?);
        let sql = "insert into @player_directory (player_id, league, player, detail) values ($1, $2, $3, $4)
            on conflict (player_id) do update set player = excluded.player, detail = excluded.detail";
        let params = [Param::Text(&id), Param::Text(&player.league), Param::Text(&player.name), Param::Text(&detail)];
        self.connection.execute(sql, &params)?;
        self.connection.execute("delete from @player_teams where player_id = $1", &[Param::Text(&id)])?;
        let sql = "insert into @player_teams (player_id, provider, team, first_at, last_at) values ($1, $2, $3, $4, $5)
            on conflict (player_id, provider, team) do nothing";
        for span in &player.teams {
            let params =
                [Param::Text(&id), Param::Text(&span.provider), Param::Text(&span.team), span.first_at.into(), span.last_at.into()];
            self.connection.execute(sql, &params)?;
        }
        Ok(())
    }

    fn set_name(&mut self, name: &Binding) -> Result<()> {
        let (player, own, detail) = (name.now.player.to_string(), name.own().to_string(), json(name)?);
        let sql = "insert into @player_names (provider, league, reference, player_id, own_id, name, decided, rule, decided_by, is_waiting,
                first_at, last_at, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict (provider, league, reference) do update set player_id = excluded.player_id, name = excluded.name,
                decided = excluded.decided, rule = excluded.rule, decided_by = excluded.decided_by, is_waiting = excluded.is_waiting,
                first_at = excluded.first_at, last_at = excluded.last_at, detail = excluded.detail";
        let params = [
            Param::Text(&name.provider),
            Param::Text(&name.league),
            Param::Text(&name.reference),
            Param::Text(&player),
            Param::Text(&own),
            Param::Text(name.names.first().map_or("", String::as_str)),
            Param::Text(name.now.word.as_str()),
            Param::Text(&name.now.rule),
            Param::Text(&name.now.by),
            Param::Int(i64::from(name.waits())),
            name.first_at.into(),
            name.last_at.into(),
            Param::Text(&detail),
        ];
        self.connection.execute(sql, &params).map(drop)
    }

    /// Takes out the whole directory: it is made again from the log.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn drop_players(&mut self) -> Result<()> {
        for sql in [
            "delete from @player_spellings",
            "delete from @player_teams",
            "delete from @player_names",
            "delete from @player_directory",
            "delete from @meanings where follower = 'players'",
        ] {
            self.connection.execute(sql, &[])?;
        }
        Ok(())
    }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::damaged("the directory of players", error))
}

/// Where the follower stands, and by which versions of meanings: it changes whenever the directory may have.
fn place(connection: &mut dyn Connection) -> Result<(i64, i64)> {
    let mut place = (0, 0);
    let sql = "select c.seq, (select cast(coalesce(sum(m.version), 0) as bigint) from @meanings m where m.follower = c.follower) from @cursors c where c.follower = $1";
    connection.query(sql, &[PLAYERS_FOLLOWER.into()], &mut |row| {
        place = (row.int(0)?, row.int(1)?);
        Ok(())
    })?;
    Ok(place)
}

impl Store {
    /// The directory of players as its follower has left it; read again only once that has moved on.
    ///
    /// # Errors
    /// What the engine reports; [`StoreError::Damaged`] for a row that is none.
    pub fn players(&self) -> Result<Arc<Directory>> {
        self.players_at().map(|(_, directory)| directory)
    }

    /// The same, with the entry up to which its follower has read.
    ///
    /// # Errors
    /// What the engine reports; [`StoreError::Damaged`] for a row that is none.
    pub fn players_at(&self) -> Result<(Seq, Arc<Directory>)> {
        let mut at = self.read(place)?;
        let mut kept = self.players.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, directory)) = kept.as_ref().filter(|(place, _)| *place == at) {
            tracing::trace!(seq = at.0, "the directory of players stands");
            return Ok((Seq(at.0), Arc::clone(directory)));
        }
        loop {
            let directory = Arc::new(self.read(read_directory)?);
            // the follower may have moved on between two statements
            let since = self.read(place)?;
            if since == at {
                *kept = Some((at, Arc::clone(&directory)));
                return Ok((Seq(at.0), directory));
            }
            at = since;
        }
    }

    /// The cells of a listing that were met up to an entry, by number.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn cells_known(&self, listing: ListingId, known: Seq, words: &mut Interner) -> Result<Vec<CellName>> {
        let mut cells = Vec::new();
        let mut reader = self.pool.reader()?;
        let sql = "select book, market from @cells where listing_id = $1 and seq <= $2 order by cell";
        reader.query(sql, &[listing.0.into(), known.0.into()], &mut |row| {
            cells.push(CellName { book: words.intern(row.text(0)?), market: words.intern(row.text(1)?) });
            Ok(())
        })?;
        Ok(cells)
    }
}
