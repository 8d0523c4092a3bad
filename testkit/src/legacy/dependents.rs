//! What people did with the events: users, predictions, bets, preferences. None of it may be lost.

use postgres::Client;

use super::Planted;
use super::copy::{Field, load as copy, moment};
use super::dirt::Dirt;
use super::events::Event;
use super::random::Random;
use super::recipe::Recipe;

const PREDICTION_COLUMNS: &str =
    "id, user_id, event_id, sport, matchup, pick, odds, confidence, analysis, created_at, expires_at, status, metadata";
const READABLE: [&str; 4] = ["-110", "+2.5 (-105)", "1.91", "+145"];
const UNREADABLE: [&str; 4] = ["N/A", "TBD", "see app", ""];

/// Loads users, predictions on some events, bets on some predictions, preferences of each user.
pub(super) fn load(client: &mut Client, recipe: &Recipe, events: &[Event], random: &mut Random, planted: &mut Planted) {
    let users: Vec<String> = (0..(recipe.events / 100).max(5)).map(|_| random.uuid()).collect();
    let named = users.iter().enumerate().map(|(nth, id)| vec![id.as_str().into(), format!("user{nth}@example.com").into()]);
    let count = copy(client, "auth.users", "id, email", named);
    planted.count("auth.users", count);
    let predictions = predictions(client, recipe, events, &users, random, planted);
    bets(client, recipe, &predictions, &users, random, planted);
    preferences(client, recipe, events, &users, random, planted);
}

fn dirty(recipe: &Recipe, kind: Dirt) -> usize {
    if recipe.dirt.contains(&kind) { recipe.of_each } else { 0 }
}

fn predictions(
    client: &mut Client,
    recipe: &Recipe,
    events: &[Event],
    users: &[String],
    random: &mut Random,
    planted: &mut Planted,
) -> Vec<String> {
    let (orphans, unreadable) = (dirty(recipe, Dirt::OrphanPrediction), dirty(recipe, Dirt::PredictionOddsUnreadable));
    let count = (events.len() / 5).max(orphans + unreadable + 10);
    let ids: Vec<String> = (0..count).map(|_| random.uuid()).collect();
    for (at, id) in ids.iter().enumerate().take(orphans + unreadable) {
        planted.plant(if at < orphans { Dirt::OrphanPrediction } else { Dirt::PredictionOddsUnreadable }, id);
    }
    let row = |(at, id): (usize, &String)| {
        let event = random.pick(events);
        let event_id = if at < orphans { random.uuid() } else { event.id.clone() };
        let is_unreadable = (orphans..orphans + unreadable).contains(&at);
        let odds = if is_unreadable { UNREADABLE[at % 4] } else { READABLE[at % 4] };
        vec![
            id.clone().into(),
            random.pick(users).clone().into(),
            event_id.into(),
            event.sport.clone().into(),
            format!("{} @ {}", event.away, event.home).into(),
            event.home.clone().into(),
            odds.into(),
            "62.5".into(),
            "a line\nand a tab\there \\ é".into(),
            moment(event.created.max(0)).into(),
            Field::Null,
            ["pending", "won", "lost"][at % 3].into(),
            r#"{"model": "v1", "p": 0.61}"#.into(),
        ]
    };
    let rows = copy(client, "predictions", PREDICTION_COLUMNS, ids.iter().enumerate().map(row));
    planted.count("public.predictions", rows);
    ids
}

fn bets(client: &mut Client, recipe: &Recipe, predictions: &[String], users: &[String], random: &mut Random, planted: &mut Planted) {
    let orphans = dirty(recipe, Dirt::OrphanBet);
    let mut row = |at: usize| -> Vec<Field<'static>> {
        let id = random.uuid();
        let prediction = if at < orphans { random.uuid() } else { random.pick(predictions).clone() };
        if at < orphans {
            planted.plant(Dirt::OrphanBet, &id);
        }
        vec![id.into(), random.pick(users).clone().into(), prediction.into(), "25.00".into(), "47.73".into()]
    };
    let rows: Vec<_> = (0..predictions.len() / 2 + orphans).map(&mut row).collect();
    let count = copy(client, "bet_history", "id, user_id, prediction_id, amount, payout", rows.into_iter());
    planted.count("public.bet_history", count);
}

fn preferences(client: &mut Client, recipe: &Recipe, events: &[Event], users: &[String], random: &mut Random, planted: &mut Planted) {
    let orphans = dirty(recipe, Dirt::OrphanPin).min(users.len());
    let mut row = |(at, user): (usize, &String)| -> Vec<Field<'static>> {
        let pinned = if at < orphans { random.uuid() } else { random.pick(events).id.clone() };
        if at < orphans {
            planted.plant(Dirt::OrphanPin, user);
        }
        let pins = format!("{{{},{pinned}}}", random.pick(events).id);
        let settings = format!(r#"{{"theme": "dark", "last_event": "{}"}}"#, random.pick(events).id);
        vec![user.clone().into(), r#"{NBA,"English Premier League"}"#.into(), pins.into(), settings.into()]
    };
    let rows: Vec<_> = users.iter().enumerate().map(&mut row).collect();
    let count = copy(client, "user_preferences", "user_id, favorite_sports, pinned_event_ids, settings", rows.into_iter());
    planted.count("public.user_preferences", count);
}
