//! Who is who: players of a league with their spellings, ids and teams, and by which rule each name came to its player.
//!
//! It is a fold of sightings in the order of the log: the same sightings make the same directory. Nothing here is forgotten: a join that
//! is taken back leaves the name with the player that it founds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::judge::{Judged, judge};
use super::{Likeness, PlayerId, is_person, key, telling_words, words};
use crate::decision::Verb;
use crate::moment::Moment;
use crate::participant::{likeness_at, plain};

/// The version of the rules, as it stands in each decision.
pub const RULE_VERSION: u8 = 1;

/// In whose games a name is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teams<'a> {
    /// The source names the team.
    Stated(&'a str),
    /// One of the two sides of a game.
    Playing(&'a str, &'a str),
    /// Nothing is said.
    Unknown,
}

impl<'a> Teams<'a> {
    /// The teams that it may be.
    pub(super) fn names(self) -> Vec<&'a str> {
        match self {
            Self::Stated(team) => vec![team],
            Self::Playing(home, away) => vec![home, away],
            Self::Unknown => Vec::new(),
        }
    }
}

/// A name as a source gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// Our league.
    pub league: &'a str,
    /// The provider's key.
    pub provider: &'a str,
    /// The provider's id of the player, where it gives one.
    pub id: Option<&'a str>,
    /// Its spelling.
    pub name: &'a str,
    /// In whose games.
    pub teams: Teams<'a>,
    /// The position, in the source's abbreviation.
    pub position: Option<&'a str>,
    /// The moment of the world.
    pub at: Moment,
}

/// A team of a player, with the first and the last moment at which a source said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The team in the source's spelling.
    pub team: String,
    /// Who says so.
    pub provider: String,
    /// First said.
    pub first_at: Moment,
    /// Last said.
    pub last_at: Moment,
}

/// A player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// Our id.
    pub id: PlayerId,
    /// Our league.
    pub league: String,
    /// The spelling that founded him.
    pub name: String,
    /// His teams.
    pub teams: Vec<Span>,
    /// The teams that he may play for, by the games that he was seen in.
    pub playing: Vec<String>,
    /// His positions, as sources abbreviate them.
    pub positions: BTreeSet<String>,
}

/// What a name is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A player of its own.
    Founded,
    /// The player of other names.
    Joined,
    /// A player of its own again.
    Split,
}

impl Word {
    /// The word in text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Founded => "founded",
            Self::Joined => "joined",
            Self::Split => "split",
        }
    }
}

/// What is decided about a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The player that it is.
    pub player: PlayerId,
    /// How it came to him.
    pub word: Word,
    /// Name and version of the rule.
    pub rule: String,
    /// What it rests on.
    pub evidence: serde_json::Value,
    /// Who decided.
    pub by: String,
    /// Whom it may be, and why it is left to a person.
    pub candidates: BTreeMap<PlayerId, String>,
    /// Whom it never is.
    pub refused: BTreeSet<PlayerId>,
}

/// A name of a provider, or its id, with the player that it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Our league.
    pub league: String,
    /// The provider's key.
    pub provider: String,
    /// The provider's id, or the letters of the name; behind `@` the team, where the provider has one name for two players.
    pub reference: String,
    /// Whether the reference is an id of the provider.
    pub has_id: bool,
    /// Its spellings, the first one first.
    pub names: Vec<String>,
    /// The teams that it was last seen with.
    pub teams: Vec<String>,
    /// The position that was last said.
    pub position: Option<String>,
    /// First seen.
    pub first_at: Moment,
    /// Last seen.
    pub last_at: Moment,
    /// What stands.
    pub now: Decided,
    /// What stood before, the oldest first.
    pub before: Vec<Decided>,
}

impl Binding {
    /// The player that it founds by itself.
    #[must_use]
    pub fn own(&self) -> PlayerId {
        PlayerId::founded_by(&self.league, &self.provider, &self.reference)
    }

    /// Whether a person is to say whom it is.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.now.candidates.is_empty()
    }
}

/// What became of a sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is this player.
    Is(PlayerId),
    /// Several go by it, and nothing says which.
    Several,
    /// It is nobody: a team's defence, a pair of players.
    Nobody,
}

/// All players.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    pub(super) players: HashMap<PlayerId, Player>,
    pub(super) bindings: Vec<Binding>,
    pub(super) of_player: HashMap<PlayerId, BTreeSet<usize>>,
    by_reference: HashMap<(String, String, String), Vec<usize>>,
    by_word: HashMap<(String, String), BTreeSet<PlayerId>>,
    changed_bindings: BTreeSet<usize>,
    changed_players: BTreeSet<PlayerId>,
}

const PERSON: &str = "person";

impl Directory {
    /// A directory as it was kept.
    #[must_use]
    pub fn of(players: Vec<Player>, bindings: Vec<Binding>) -> Self {
        let mut directory = Self { players: players.into_iter().map(|player| (player.id, player)).collect(), ..Self::default() };
        for binding in bindings {
            directory.add(binding);
        }
        directory
    }

    /// All players who go by at least one name.
    pub fn players(&self) -> impl Iterator<Item = &Player> {
        self.players.values().filter(|player| self.of_player.get(&player.id).is_some_and(|names| !names.is_empty()))
    }

    /// All names.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The names of a player.
    pub fn names_of(&self, player: PlayerId) -> impl Iterator<Item = &Binding> {
        self.of_player.get(&player).into_iter().flatten().map(|at| &self.bindings[*at])
    }

    /// The player of an id; an id that was joined to another's is his.
    #[must_use]
    pub fn player(&self, id: PlayerId) -> Option<&Player> {
        let stands = self.of_player.get(&id).is_some_and(|names| !names.is_empty());
        let is = if stands { id } else { self.bindings.iter().find(|binding| binding.own() == id)?.now.player };
        self.players.get(&is)
    }

    /// Players and names that changed since this was asked last.
    pub fn take_changed(&mut self) -> (Vec<Player>, Vec<Binding>) {
        let players = std::mem::take(&mut self.changed_players);
        let bindings = std::mem::take(&mut self.changed_bindings);
        (
            players.into_iter().filter_map(|id| self.players.get(&id).cloned()).collect(),
            bindings.into_iter().map(|at| self.bindings[at].clone()).collect(),
        )
    }

    /// Who a name is, without noting that it was seen.
    #[must_use]
    pub fn find(&self, sighting: &Sighting<'_>) -> Seen {
        if !is_person(sighting.name) {
            return Seen::Nobody;
        }
        match self.bound(sighting).as_slice() {
            [at] => Seen::Is(self.bindings[*at].now.player),
            [] => Seen::Nobody,
            _ => Seen::Several,
        }
    }

    /// Notes a sighting: a name that was met before goes on being who it is, a new one is judged. A name that waits is judged again.
    pub fn meet(&mut self, sighting: &Sighting<'_>) -> Seen {
        if !is_person(sighting.name) {
            return Seen::Nobody;
        }
        let at = match self.bound(sighting).as_slice() {
            [at] => *at,
            [] => self.meet_new(sighting),
            _ => return Seen::Several,
        };
        self.note(at, sighting);
        if self.bindings[at].waits() && self.bindings[at].now.by != PERSON {
            self.judge_again(at, sighting);
        }
        Seen::Is(self.bindings[at].now.player)
    }

    /// The references under which a sighting stands.
    pub fn references(&self, sighting: &Sighting<'_>) -> impl Iterator<Item = &str> {
        self.bound(sighting).into_iter().map(|at| self.bindings[at].reference.as_str())
    }

    /// The players whom a provider calls by a spelling: two where it has one name for two.
    #[must_use]
    pub fn spelt(&self, league: &str, provider: &str, name: &str) -> BTreeSet<PlayerId> {
        let near = self.by_word.get(&(league.to_owned(), key(name))).into_iter().flatten();
        let is_it = |binding: &&Binding| binding.provider == provider && binding.names.iter().any(|spelling| spelling == name);
        near.flat_map(|id| self.names_of(*id)).filter(is_it).map(|binding| binding.now.player).collect()
    }

    /// The players of whom a name holds a part, in any spelling, or whose id it is.
    #[must_use]
    pub fn called(&self, part: &str) -> BTreeSet<PlayerId> {
        if let Some(player) = part.parse().ok().and_then(|id| self.player(id)) {
            return [player.id].into();
        }
        let (lower, letters) = (part.to_lowercase(), key(part));
        let is_called = |binding: &&Binding| {
            binding.names.iter().any(|name| name.to_lowercase().contains(&lower) || (!letters.is_empty() && key(name) == letters))
        };
        self.bindings.iter().filter(is_called).map(|binding| binding.now.player).collect()
    }

    /// The names of this reference that the sighting may be, by its team.
    fn bound(&self, sighting: &Sighting<'_>) -> Vec<usize> {
        let reference = sighting.id.map_or_else(|| key(sighting.name), str::to_owned);
        let place = (sighting.league.to_owned(), sighting.provider.to_owned(), reference);
        let all = self.by_reference.get(&place).map(Vec::as_slice).unwrap_or_default();
        if sighting.id.is_some() {
            return all.iter().copied().filter(|at| self.bindings[*at].has_id).collect();
        }
        let fits = |at: &usize| {
            let player = &self.players[&self.bindings[*at].now.player];
            matches!(relation(player, sighting), Relation::Shared | Relation::Unknown)
        };
        let fitting: Vec<usize> = all.iter().copied().filter(|at| !self.bindings[*at].has_id).filter(fits).collect();
        let players: BTreeSet<PlayerId> = fitting.iter().map(|at| self.bindings[*at].now.player).collect();
        if players.len() == 1 { fitting.into_iter().take(1).collect() } else { fitting }
    }

    fn meet_new(&mut self, sighting: &Sighting<'_>) -> usize {
        let reference = self.new_reference(sighting);
        let own = PlayerId::founded_by(sighting.league, sighting.provider, &reference);
        let judged = judge(self, sighting, own, &BTreeSet::new());
        let against = judged.against.clone();
        let binding = Binding {
            league: sighting.league.to_owned(),
            provider: sighting.provider.to_owned(),
            reference,
            has_id: sighting.id.is_some(),
            names: vec![sighting.name.to_owned()],
            teams: Vec::new(),
            position: None,
            first_at: sighting.at,
            last_at: sighting.at,
            now: decided(&judged, own, Word::Founded),
            before: Vec::new(),
        };
        let is_certain = judged.partner.is_none() && judged.candidates.is_empty();
        let at = self.add(binding);
        self.changed_bindings.insert(at);
        if is_certain {
            self.unsettle(at, sighting, &against);
        }
        at
    }

    /// The letters of a name, with the team where the provider already has another player of these letters.
    fn new_reference(&self, sighting: &Sighting<'_>) -> String {
        let Some(id) = sighting.id else {
            let letters = key(sighting.name);
            let place = (sighting.league.to_owned(), sighting.provider.to_owned(), letters.clone());
            if !self.by_reference.contains_key(&place) {
                return letters;
            }
            let teams: Vec<String> = sighting.teams.names().into_iter().map(plain).collect();
            return format!("{letters}@{}", teams.join("+"));
        };
        id.to_owned()
    }

    fn add(&mut self, binding: Binding) -> usize {
        let at = self.bindings.len();
        let own = binding.own();
        self.players.entry(own).or_insert_with(|| Player {
            id: own,
            league: binding.league.clone(),
            name: binding.names.first().cloned().unwrap_or_default(),
            teams: Vec::new(),
            playing: Vec::new(),
            positions: BTreeSet::new(),
        });
        let letters = if binding.has_id { &binding.reference[..] } else { binding.reference.split('@').next().unwrap_or_default() };
        self.by_reference.entry((binding.league.clone(), binding.provider.clone(), letters.to_owned())).or_default().push(at);
        self.of_player.entry(binding.now.player).or_default().insert(at);
        self.changed_players.insert(own);
        for name in &binding.names {
            self.index(&binding.league, name, binding.now.player);
        }
        self.bindings.push(binding);
        at
    }

    fn index(&mut self, league: &str, name: &str, player: PlayerId) {
        for word in words(name).into_iter().chain([key(name)]) {
            self.by_word.entry((league.to_owned(), word)).or_default().insert(player);
        }
    }

    /// Players of a league who share a word with a name, or are known by it.
    pub(super) fn near(&self, league: &str, name: &str) -> BTreeSet<PlayerId> {
        let letters = key(name);
        let known: Vec<String> = super::nicknames::other_names(league, &letters).map(str::to_owned).collect();
        let all = telling_words(name).into_iter().chain(known).chain([letters]);
        all.filter_map(|word| self.by_word.get(&(league.to_owned(), word))).flatten().copied().collect()
    }

    fn note(&mut self, at: usize, sighting: &Sighting<'_>) {
        let binding = &mut self.bindings[at];
        if !binding.names.iter().any(|name| name == sighting.name) {
            binding.names.push(sighting.name.to_owned());
        }
        binding.first_at = binding.first_at.min(sighting.at);
        binding.last_at = binding.last_at.max(sighting.at);
        if sighting.teams != Teams::Unknown {
            binding.teams = sighting.teams.names().into_iter().map(str::to_owned).collect();
        }
        binding.position = sighting.position.map(str::to_owned).or(binding.position.take());
        let (id, league) = (binding.now.player, binding.league.clone());
        self.changed_bindings.insert(at);
        self.index(&league, sighting.name, id);
        if let Some(player) = self.players.get_mut(&id) {
            note_teams(player, sighting);
            player.positions.extend(sighting.position.map(str::to_owned));
            self.changed_players.insert(id);
        }
    }

    fn judge_again(&mut self, at: usize, sighting: &Sighting<'_>) {
        let binding = &self.bindings[at];
        let own = binding.own();
        let judged = judge(self, sighting, binding.now.player, &binding.now.refused);
        let new = Decided { refused: binding.now.refused.clone(), ..decided(&judged, own, binding.now.word) };
        if (new.player, &new.candidates) != (binding.now.player, &binding.now.candidates) {
            self.set(at, new);
        }
    }

    /// What stands about a name from here on; what its teams say goes with it.
    fn set(&mut self, at: usize, new: Decided) {
        let before = std::mem::replace(&mut self.bindings[at].now, new.clone());
        self.move_to(at, before.player, new.player);
        self.bindings[at].before.push(before);
    }

    fn move_to(&mut self, at: usize, from: PlayerId, to: PlayerId) {
        self.changed_bindings.insert(at);
        if from == to {
            return;
        }
        let binding = self.bindings[at].clone();
        if let Some(names) = self.of_player.get_mut(&from) {
            names.remove(&at);
        }
        self.of_player.entry(to).or_default().insert(at);
        let said_by = |span: &&Span| span.provider == binding.provider;
        let spans: Vec<Span> = self.players[&from].teams.iter().filter(said_by).cloned().collect();
        let others_say = self.names_of(from).any(|other| other.provider == binding.provider);
        for (id, is_new) in [(from, false), (to, true)] {
            let Some(player) = self.players.get_mut(&id) else { continue };
            if is_new {
                let is_there =
                    |span: &Span, all: &[Span]| all.iter().any(|other| other.team == span.team && other.provider == span.provider);
                let fresh: Vec<Span> = spans.iter().filter(|span| !is_there(span, &player.teams)).cloned().collect();
                player.teams.extend(fresh);
                player.positions.extend(binding.position.clone());
            } else if !others_say {
                player.teams.retain(|span| span.provider != binding.provider);
            }
            self.changed_players.insert(id);
        }
        for name in &binding.names {
            self.index(&binding.league, name, to);
        }
    }

    /// A player is met who is certainly not these: a name that was joined to one of them, and could as well be his, becomes a question.
    fn unsettle(&mut self, new: usize, sighting: &Sighting<'_>, against: &BTreeSet<PlayerId>) {
        let is_new = self.bindings[new].now.player;
        let joined: Vec<usize> = against.iter().filter_map(|id| self.of_player.get(id)).flatten().copied().collect();
        for at in joined {
            let binding = &self.bindings[at];
            let like = super::likeness(sighting.league, &binding.names[0], sighting.name);
            let is_possible = like == Likeness::Letters || like.is_helped_by_team();
            let is_apart =
                binding.position.as_deref().zip(sighting.position).is_some_and(|(a, b)| super::judge::are_two(sighting.league, a, b));
            let shares = sighting
                .teams
                .names()
                .iter()
                .any(|team| binding.teams.iter().any(|other| likeness_at(sighting.league, team, other, Some(sighting.at)).is_one()));
            let is_by_rule = binding.now.word == Word::Joined && binding.now.by != PERSON;
            if !is_by_rule || !is_possible || is_apart || !shares || (binding.provider == sighting.provider && binding.has_id) {
                continue;
            }
            let (own, was) = (binding.own(), binding.now.player);
            let why = "two players of this name are in one team".to_owned();
            self.set(
                at,
                Decided {
                    player: own,
                    word: Word::Split,
                    rule: format!("player/namesake/{RULE_VERSION}"),
                    evidence: serde_json::json!({ "was": was, "namesake": is_new }),
                    by: "rule".to_owned(),
                    candidates: [(was, why.clone()), (is_new, why)].into(),
                    refused: BTreeSet::new(),
                },
            );
        }
    }

    /// The name of a reference (`id` or letters) of a provider in any league, where it is one.
    fn named(&self, provider: &str, reference: &str) -> Result<usize, String> {
        let is_it = |binding: &Binding| {
            binding.provider == provider
                && (binding.reference == reference || format!("{}/{}", binding.league, binding.reference) == reference)
        };
        let found: Vec<usize> = (0..self.bindings.len()).filter(|at| is_it(&self.bindings[*at])).collect();
        match found.as_slice() {
            [at] => Ok(*at),
            [] => Err(format!("{provider} names no player {reference:?}")),
            _ => Err(format!("{provider} names {} players {reference:?}: write LEAGUE/{reference}", found.len())),
        }
    }

    /// Takes up what a person decided about a name; the other is a player's id or another name.
    ///
    /// # Errors
    /// Why it cannot be, in words; then nothing changes.
    pub fn decide(
        &mut self,
        what: Verb,
        name: (&str, &str),
        other: Option<Other<'_>>,
        evidence: serde_json::Value,
    ) -> Result<PlayerId, String> {
        let at = self.named(name.0, name.1)?;
        let binding = &self.bindings[at];
        let (own, now) = (binding.own(), binding.now.clone());
        let other = match other {
            Some(Other::Player(id)) => Some(self.player(id).ok_or_else(|| format!("no player {id}"))?.id),
            Some(Other::Name(provider, reference)) => Some(self.bindings[self.named(provider, reference)?].now.player),
            None => None,
        };
        let base = Decided { rule: format!("person/{}", what.as_str()), evidence, by: PERSON.to_owned(), ..now.clone() };
        let new = match (what, other) {
            (Verb::Join, Some(other)) if other == now.player => return Err(format!("it is the player {other} already")),
            (Verb::Join, Some(other)) if self.players[&other].league != binding.league => {
                return Err("the two are of two leagues".to_owned());
            }
            (Verb::Join, Some(other)) => Decided { player: other, word: Word::Joined, candidates: BTreeMap::new(), ..base },
            (Verb::Refuse, Some(other)) if other == now.player => return Err("the two are one player: split them first".to_owned()),
            (Verb::Refuse, Some(other)) => {
                let mut base = base;
                base.candidates.remove(&other);
                base.refused.insert(other);
                base
            }
            (Verb::Split, _) if now.player == own => return Err("it is a player of its own already".to_owned()),
            (Verb::Split, _) => {
                let mut base = Decided { player: own, word: Word::Split, candidates: BTreeMap::new(), ..base };
                base.refused.insert(now.player);
                base
            }
            (Verb::Undo, _) => return self.undo(at),
            (Verb::Join | Verb::Refuse, None) => return Err("say which other".to_owned()),
        };
        let player = new.player;
        self.set(at, new);
        Ok(player)
    }

    /// The decision before stands again.
    fn undo(&mut self, at: usize) -> Result<PlayerId, String> {
        let binding = &mut self.bindings[at];
        let before = binding.before.pop().ok_or("there is nothing to undo: nothing was decided about it since it was met")?;
        let (from, to) = (binding.now.player, before.player);
        binding.now = before;
        self.move_to(at, from, to);
        Ok(to)
    }
}

/// The other side of a person's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other<'a> {
    /// A player by our id.
    Player(PlayerId),
    /// A name of a provider: its key and the reference.
    Name(&'a str, &'a str),
}

fn decided(judged: &Judged, own: PlayerId, word: Word) -> Decided {
    let (player, word, rule) = match &judged.partner {
        Some((partner, rule)) => (*partner, Word::Joined, format!("player/{rule}/{RULE_VERSION}")),
        None => (own, word, format!("player/{}/{RULE_VERSION}", if judged.candidates.is_empty() { "alone" } else { "waits" })),
    };
    Decided {
        player,
        word,
        rule,
        evidence: judged.evidence.clone(),
        by: "rule".to_owned(),
        candidates: judged.candidates.clone(),
        refused: BTreeSet::new(),
    }
}

/// How the teams of a sighting lie to those of a player at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Shared,
    Apart,
    /// All that is known of his teams is long ago.
    Past,
    /// One of the two has no team.
    Unknown,
}

/// A team that was said longer ago than this may be another by now.
const TEAM_HOLDS_SECS: i64 = 300 * 86_400;
/// Who was with a team longer ago than this may be the father of who is.
const CAREER_PAUSE_SECS: i64 = 3 * 365 * 86_400;

pub(super) fn relation(player: &Player, sighting: &Sighting<'_>) -> Relation {
    let theirs = sighting.teams.names();
    let is_within =
        |span: &Span, secs: i64| sighting.at.secs() >= span.first_at.secs() - secs && sighting.at.secs() <= span.last_at.secs() + secs;
    let is_theirs = |own: &str| theirs.iter().any(|other| likeness_at(sighting.league, own, other, Some(sighting.at)).is_one());
    if theirs.is_empty() || (player.teams.is_empty() && player.playing.is_empty()) {
        return Relation::Unknown;
    }
    if player.teams.is_empty() {
        return if player.playing.iter().any(|team| is_theirs(team)) { Relation::Shared } else { Relation::Apart };
    }
    if player.teams.iter().any(|span| is_within(span, CAREER_PAUSE_SECS) && is_theirs(&span.team)) {
        Relation::Shared
    } else if player.teams.iter().any(|span| is_within(span, TEAM_HOLDS_SECS)) {
        Relation::Apart
    } else {
        Relation::Past
    }
}

fn note_teams(player: &mut Player, sighting: &Sighting<'_>) {
    let is_one = |a: &str, b: &str| likeness_at(sighting.league, a, b, Some(sighting.at)).is_one();
    match sighting.teams {
        Teams::Unknown => {}
        Teams::Stated(team) => match player.teams.iter_mut().find(|span| span.provider == sighting.provider && is_one(&span.team, team)) {
            Some(span) => (span.first_at, span.last_at) = (span.first_at.min(sighting.at), span.last_at.max(sighting.at)),
            None => player.teams.push(Span {
                team: team.to_owned(),
                provider: sighting.provider.to_owned(),
                first_at: sighting.at,
                last_at: sighting.at,
            }),
        },
        Teams::Playing(..) => {
            let theirs = sighting.teams.names();
            let both: Vec<String> = player.playing.iter().filter(|own| theirs.iter().any(|team| is_one(own, team))).cloned().collect();
            player.playing = if both.is_empty() { theirs.into_iter().map(str::to_owned).collect() } else { both };
        }
    }
}
