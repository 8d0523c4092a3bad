//! The commands in the order in which they tell people to use them.

use crate::killed::Site;

const SPAN: [&str; 6] = ["--sport", "basketball_nba", "--from", "2025-01-06", "--to", "2025-01-12"];

fn plan(site: &Site, more: &[&str]) -> serde_json::Value {
    let arguments = [&["backfill", "plan", "--json", "--provider", "the-odds-api"], &SPAN[..], more].concat();
    serde_json::from_str(&site.run(&arguments, 0)).unwrap()
}

#[test]
fn a_plan_that_is_shown_again_once_the_games_are_known_may_spend_what_it_shows_then() {
    let site = Site::new(7, 0);
    let first = plan(&site, &[]);
    assert_eq!((&first["unknown_days"], &first["credits"]), (&7.into(), &7.into()));
    let free: Vec<&str> = first["free_first"][0].as_str().unwrap().split(' ').collect();
    let told = site.run(&[&["backfill", "run"], &free[..], &["--max-credits", "0"]].concat(), 0);
    assert!(told.contains("7 calls, 0 credits"), "{told}");
    let second = plan(&site, &[]);
    assert_eq!((&second["plan"], &second["free_first"]), (&first["plan"], &serde_json::json!([])), "what is free is there");
    assert_eq!(second["credits"], 6 * 2 * 30);
    site.run(&["backfill", "run", "--plan", second["plan"].as_str().unwrap()], 0);
    assert_eq!(site.meter.spent(), 6 * 2 * 30);
    let third = plan(&site, &[]);
    assert_eq!((&third["calls"], &third["spent"]), (&0.into(), &360.into()));
}

#[test]
fn a_plan_with_a_ceiling_shows_what_is_left_of_it() {
    let site = Site::new(7, 0);
    let espn = ["backfill", "run", "--provider", "espn", "--max-credits", "0", "--sport", "basketball/nba"];
    site.run(&[&espn[..], &SPAN[2..]].concat(), 0);
    let ceiling = ["--max-credits", "100"];
    assert_eq!(plan(&site, &ceiling)["credits"], 90);
    site.run(&[&["backfill", "run", "--provider", "the-odds-api"], &SPAN[..], &ceiling].concat(), 1);
    assert_eq!(site.meter.spent(), 90);
    let left = plan(&site, &ceiling);
    assert_eq!((&left["calls"], &left["credits"], &left["spent"]), (&0.into(), &0.into(), &90.into()));
    assert_eq!(left["given_up"], serde_json::json!({ "calls": 9, "credits": 270 }));
}
