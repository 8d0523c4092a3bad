//! Spellings of teams that are one beyond doubt (general knowledge): the full name first, then nicknames, short forms, old names.
//!
//! A city alone stands for a team only where the league has one team there; the table leaves the others out.

/// One team: `City|Nickname|other spellings, separated by |`. An empty city: the nickname is the full name.
pub(super) type Team = &'static str;

/// The tables, by our league.
pub(super) const LEAGUES: &[(&str, &[Team])] =
    &[("basketball.nba", NBA), ("football.nfl", NFL), ("baseball.mlb", MLB), ("hockey.nhl", NHL), ("soccer.eng.1", ENGLAND)];

/// Every spelling of a team, its full name first.
pub(super) fn spellings(team: Team) -> Vec<String> {
    let mut parts = team.split('|');
    let (city, nickname) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let others: Vec<&str> = parts.collect();
    if city.is_empty() {
        let names = std::iter::once(nickname).chain(others);
        return names.flat_map(|name| ["", " FC", " AFC"].map(|end| format!("{name}{end}"))).collect();
    }
    let mut all = vec![format!("{city} {nickname}"), nickname.to_owned()];
    all.extend(short(city).map(|short| format!("{short} {nickname}")));
    all.extend(others.into_iter().map(str::to_owned));
    all
}

/// How a city is shortened before a nickname.
fn short(city: &str) -> Option<&'static str> {
    Some(match city {
        "Los Angeles" => "LA",
        "New York" => "NY",
        "San Francisco" => "SF",
        "Tampa Bay" => "TB",
        "New Jersey" => "NJ",
        "Kansas City" => "KC",
        "St. Louis" => "Saint Louis",
        "Oklahoma City" => "OKC",
        _ => return None,
    })
}

const NBA: &[Team] = &[
    "Atlanta|Hawks|Atlanta|ATL",
    "Boston|Celtics|Boston|BOS",
    "Brooklyn|Nets|Brooklyn|BKN|New Jersey Nets",
    "Charlotte|Hornets|Charlotte|CHA|Charlotte Bobcats",
    "Chicago|Bulls|Chicago|CHI",
    "Cleveland|Cavaliers|Cleveland|CLE|Cavs|Cleveland Cavs",
    "Dallas|Mavericks|Dallas|DAL|Mavs|Dallas Mavs",
    "Denver|Nuggets|Denver|DEN",
    "Detroit|Pistons|Detroit|DET",
    "Golden State|Warriors|Golden State|GSW",
    "Houston|Rockets|Houston|HOU",
    "Indiana|Pacers|Indiana|IND",
    "Los Angeles|Clippers|LAC",
    "Los Angeles|Lakers|LAL",
    "Memphis|Grizzlies|Memphis|MEM",
    "Miami|Heat|Miami|MIA",
    "Milwaukee|Bucks|Milwaukee|MIL",
    "Minnesota|Timberwolves|Minnesota|MIN|Wolves|Minnesota Wolves",
    "New Orleans|Pelicans|New Orleans|NOP",
    "New York|Knicks|New York|NYK",
    "Oklahoma City|Thunder|Oklahoma City|OKC",
    "Orlando|Magic|Orlando|ORL",
    "Philadelphia|76ers|Philadelphia|PHI|Sixers|Philadelphia Sixers|Phila 76ers",
    "Phoenix|Suns|Phoenix|PHX",
    "Portland|Trail Blazers|Portland|POR|Blazers|Portland Blazers",
    "Sacramento|Kings|Sacramento|SAC",
    "San Antonio|Spurs|San Antonio|SAS",
    "Toronto|Raptors|Toronto|TOR",
    "Utah|Jazz|Utah|UTA",
    "Washington|Wizards|Washington|WAS",
];

const NFL: &[Team] = &[
    "Arizona|Cardinals|Arizona|ARI",
    "Atlanta|Falcons|Atlanta|ATL",
    "Baltimore|Ravens|Baltimore|BAL",
    "Buffalo|Bills|Buffalo|BUF",
    "Carolina|Panthers|Carolina|CAR",
    "Chicago|Bears|Chicago|CHI",
    "Cincinnati|Bengals|Cincinnati|CIN",
    "Cleveland|Browns|Cleveland|CLE",
    "Dallas|Cowboys|Dallas|DAL",
    "Denver|Broncos|Denver|DEN",
    "Detroit|Lions|Detroit|DET",
    "Green Bay|Packers|Green Bay|GB",
    "Houston|Texans|Houston|HOU",
    "Indianapolis|Colts|Indianapolis|IND",
    "Jacksonville|Jaguars|Jacksonville|JAX|Jags",
    "Kansas City|Chiefs|Kansas City|KC",
    "Las Vegas|Raiders|Las Vegas|LV|Oakland Raiders",
    "Los Angeles|Chargers|LAC|San Diego Chargers",
    "Los Angeles|Rams|LAR|St. Louis Rams",
    "Miami|Dolphins|Miami|MIA",
    "Minnesota|Vikings|Minnesota|MIN",
    "New England|Patriots|New England|NE|Pats",
    "New Orleans|Saints|New Orleans|NO",
    "New York|Giants|NYG",
    "New York|Jets|NYJ",
    "Philadelphia|Eagles|Philadelphia|PHI",
    "Pittsburgh|Steelers|Pittsburgh|PIT",
    "San Francisco|49ers|San Francisco|SF|Niners",
    "Seattle|Seahawks|Seattle|SEA",
    "Tampa Bay|Buccaneers|Tampa Bay|TB|Bucs|Tampa Bay Bucs",
    "Tennessee|Titans|Tennessee|TEN",
    "Washington|Commanders|Washington|WSH|Washington Football Team|Washington Redskins",
];

const MLB: &[Team] = &[
    "Arizona|Diamondbacks|Arizona|ARI|D-backs|Arizona D-backs",
    "Atlanta|Braves|Atlanta|ATL",
    "Baltimore|Orioles|Baltimore|BAL",
    "Boston|Red Sox|Boston|BOS",
    "Chicago|Cubs|CHC",
    "Chicago|White Sox|CHW|CWS",
    "Cincinnati|Reds|Cincinnati|CIN",
    "Cleveland|Guardians|Cleveland|CLE|Cleveland Indians|Indians",
    "Colorado|Rockies|Colorado|COL",
    "Detroit|Tigers|Detroit|DET",
    "Houston|Astros|Houston|HOU",
    "Kansas City|Royals|Kansas City|KC",
    "Los Angeles|Angels|LAA|Los Angeles Angels of Anaheim|Anaheim Angels",
    "Los Angeles|Dodgers|LAD",
    "Miami|Marlins|Miami|MIA|Florida Marlins",
    "Milwaukee|Brewers|Milwaukee|MIL",
    "Minnesota|Twins|Minnesota|MIN",
    "New York|Mets|NYM",
    "New York|Yankees|NYY",
    "Oakland|Athletics|Oakland|OAK|Oakland A's|A's|Sacramento Athletics",
    "Philadelphia|Phillies|Philadelphia|PHI",
    "Pittsburgh|Pirates|Pittsburgh|PIT",
    "San Diego|Padres|San Diego|SD",
    "San Francisco|Giants|San Francisco|SF",
    "Seattle|Mariners|Seattle|SEA",
    "St. Louis|Cardinals|St. Louis|Saint Louis|STL",
    "Tampa Bay|Rays|Tampa Bay|TB|Tampa Bay Devil Rays",
    "Texas|Rangers|Texas|TEX",
    "Toronto|Blue Jays|Toronto|TOR",
    "Washington|Nationals|Washington|WSH|Nats",
];

const NHL: &[Team] = &[
    "Anaheim|Ducks|Anaheim|ANA",
    "Boston|Bruins|Boston|BOS",
    "Buffalo|Sabres|Buffalo|BUF",
    "Calgary|Flames|Calgary|CGY",
    "Carolina|Hurricanes|Carolina|CAR",
    "Chicago|Blackhawks|Chicago|CHI",
    "Colorado|Avalanche|Colorado|COL",
    "Columbus|Blue Jackets|Columbus|CBJ",
    "Dallas|Stars|Dallas|DAL",
    "Detroit|Red Wings|Detroit|DET",
    "Edmonton|Oilers|Edmonton|EDM",
    "Florida|Panthers|Florida|FLA",
    "Los Angeles|Kings|LAK|Los Angeles",
    "Minnesota|Wild|Minnesota|MIN",
    "Montréal|Canadiens|Montreal|MTL",
    "Nashville|Predators|Nashville|NSH|Preds",
    "New Jersey|Devils|New Jersey|NJD",
    "New York|Islanders|NYI",
    "New York|Rangers|NYR",
    "Ottawa|Senators|Ottawa|OTT",
    "Philadelphia|Flyers|Philadelphia|PHI",
    "Pittsburgh|Penguins|Pittsburgh|PIT",
    "San Jose|Sharks|San Jose|SJS",
    "Seattle|Kraken|Seattle|SEA",
    "St. Louis|Blues|St. Louis|STL",
    "Tampa Bay|Lightning|Tampa Bay|TBL",
    "Toronto|Maple Leafs|Toronto|TOR|Leafs",
    "Utah|Mammoth|Utah|Utah Hockey Club",
    "Vancouver|Canucks|Vancouver|VAN",
    "Vegas|Golden Knights|Vegas|VGK",
    "Washington|Capitals|Washington|WSH|Caps",
    "Winnipeg|Jets|Winnipeg|WPG",
    "Arizona|Coyotes|Arizona|ARI|Phoenix Coyotes",
];

const ENGLAND: &[Team] = &[
    "|Arsenal",
    "|Aston Villa",
    "|Bournemouth|AFC Bournemouth",
    "|Brentford",
    "|Brighton & Hove Albion|Brighton|Brighton and Hove Albion",
    "|Burnley",
    "|Chelsea",
    "|Crystal Palace",
    "|Everton",
    "|Fulham",
    "|Ipswich Town|Ipswich",
    "|Leeds United|Leeds|Leeds Utd",
    "|Leicester City|Leicester",
    "|Liverpool",
    "|Luton Town|Luton",
    "|Manchester City|Man City",
    "|Manchester United|Man United|Man Utd|Manchester Utd",
    "|Newcastle United|Newcastle|Newcastle Utd",
    "|Norwich City|Norwich",
    "|Nottingham Forest|Nott'm Forest|Notts Forest",
    "|Sheffield United|Sheffield Utd",
    "|Southampton",
    "|Sunderland",
    "|Tottenham Hotspur|Tottenham|Spurs",
    "|Watford",
    "|West Bromwich Albion|West Brom",
    "|West Ham United|West Ham|West Ham Utd",
    "|Wolverhampton Wanderers|Wolves|Wolverhampton",
];
