//! Given names that stand for each other, and persons who are known by another name: a small table of our own.

/// Given names with their short forms. They only ask: a Mike may be a Michael, and a Jake a Jacob.
const GIVEN: &[&str] = &[
    "alexander alex alexandre aleksandar sasha",
    "andrew andy drew",
    "anthony tony ant",
    "benjamin ben",
    "cameron cam",
    "charles charlie chuck",
    "christopher chris",
    "christian chris",
    "daniel dan danny",
    "david dave",
    "edward ed eddie",
    "foyesade foye",
    "folorunso foley",
    "frederick fred freddie freddy",
    "gabriel gabe",
    "gregory greg",
    "herbert herb",
    "isaac ike",
    "jacob jake",
    "james jim jimmy jamie",
    "jeffrey jeff",
    "john johnny jack jon",
    "jonathan jon jonny john",
    "joseph joe joey",
    "joshua josh",
    "kamren kam",
    "kenneth ken kenny",
    "lawrence larry",
    "leonard leo lenny",
    "luguentz lu",
    "matthew matt",
    "maximilian max",
    "michael mike mikey",
    "mitchell mitch",
    "mohamed mo mohammed muhammad",
    "moritz moe",
    "nathaniel nate nathan",
    "nicholas nick nic nicolas nico",
    "ogbonnia ogbo",
    "olumuyiwa olu",
    "patrick pat",
    "philip phil phillip",
    "raymond ray",
    "richard rich rick ricky dick",
    "robert rob bob bobby robbie",
    "ronald ron ronnie",
    "samuel sam sammy",
    "shaquille shaq",
    "stephen steve steven steph",
    "terrance terrence terry",
    "theodore theo ted",
    "thomas tom tommy",
    "timothy tim timmy",
    "trenton trent",
    "vincent vince vinny",
    "vladimir vlad",
    "walter walt",
    "william will bill billy willie",
    "zachary zach zack zac",
];

/// Persons whom sources call by two names: league and the folded letters of each, the mark of the generation included.
const PERSONS: &[(&str, &str, &str)] = &[
    ("basketball.nba", "nicclaxton", "nicolasclaxton"),
    ("basketball.nba", "boneshyland", "nahshonhyland"),
    ("basketball.nba", "bubcarrington", "carltoncarrington"),
    ("basketball.nba", "moewagner", "moritzwagner"),
    ("basketball.nba", "kjmartin", "kenyonmartinjr"),
    ("basketball.nba", "ludort", "luguentzdort"),
    ("basketball.nba", "herbjones", "herbertjones"),
    ("basketball.nba", "jimmybutler", "jimmybutleriii"),
    ("basketball.nba", "robertwilliams", "robertwilliamsiii"),
    ("basketball.nba", "pjtucker", "anthonytucker"),
    ("basketball.nba", "eneskanter", "enesfreedom"),
    ("basketball.nba", "metaworldpeace", "ronartest"),
    ("football.nfl", "saucegardner", "ahmadgardner"),
    ("football.nfl", "chigokonkwo", "chigoziemokonkwo"),
    ("football.nfl", "cjgardnerjohnson", "chaunceygardnerjohnson"),
    ("football.nfl", "deeeskridge", "dwayneeskridge"),
    ("football.nfl", "joetryon", "joetryonshoyinka"),
    ("football.nfl", "robbychosen", "robbyanderson"),
    ("football.nfl", "hollywoodbrown", "marquisebrown"),
    ("football.nfl", "gabedavis", "gabrieldavis"),
    ("baseball.mlb", "luisrobert", "luisrobertjr"),
    ("baseball.mlb", "giovannyurshela", "giourshela"),
    ("hockey.nhl", "alexovechkin", "alexanderovechkin"),
    ("hockey.nhl", "mitchmarner", "mitchellmarner"),
];

/// Whether one given name is a form of the other.
pub(super) fn are_forms(a: &str, b: &str) -> bool {
    GIVEN.iter().any(|forms| {
        let has = |name: &str| forms.split(' ').any(|form| form == name);
        has(a) && has(b)
    })
}

/// Whether two names are known to be one person of the league.
pub(super) fn are_one(league: &str, a: &str, b: &str) -> bool {
    PERSONS.iter().any(|(of, one, other)| *of == league && ((*one == a && *other == b) || (*one == b && *other == a)))
}

/// The other names that a person of the league is known by, as letters.
pub(super) fn other_names(league: &str, letters: &str) -> impl Iterator<Item = &'static str> {
    let of_league = PERSONS.iter().filter(move |(of, ..)| *of == league);
    of_league.filter_map(move |(_, one, other)| match (*one == letters, *other == letters) {
        (true, _) => Some(*other),
        (_, true) => Some(*one),
        _ => None,
    })
}
