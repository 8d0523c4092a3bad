//! Who is who: players of a league with their spellings, ids and teams, and by which rule each name came to its player.
//!
//! It is a fold of sightings in the order of the log: the same sightings make the same directory. Nothing here is forgotten: a join that
//! is taken back leaves the name with the player that it founds.

use std::collections::{BTreeSet, HashMap};

use super::judge::{Judged, judge, plays_elsewhere};
use super::kept::{Binding, Decided, Player, Seen, Sighting, Span, Teams, Word};
use super::teams::{Relation, note_teams, relation};
use super::{Likeness, PlayerId, is_person, key, telling_words, words};
use crate::participant::{likeness_at, plain};

/// The version of the rules, as it stands in each decision. Raised whenever a name may come to somebody else than before, be it by a rule or by
/// a table of names: the directory is then made again from the log, and a report says who changed.
pub const RULE_VERSION: u8 = 1;

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

pub(super) const PERSON: &str = "person";

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
            matches!(relation(player, sighting), Relation::Shared | Relation::Unknown) && !plays_elsewhere(player, sighting)
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
            let position = sighting.position.map(|position| format!(":{}", plain(position))).unwrap_or_default();
            return format!("{letters}@{}{position}", teams.join("+"));
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
    pub(super) fn set(&mut self, at: usize, new: Decided) {
        let before = std::mem::replace(&mut self.bindings[at].now, new.clone());
        self.move_to(at, before.player, new.player);
        self.bindings[at].before.push(before);
    }

    pub(super) fn move_to(&mut self, at: usize, from: PlayerId, to: PlayerId) {
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
