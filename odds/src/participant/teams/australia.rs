//! The football leagues of Australia.

use super::Team;

pub(super) const AFL: &[Team] = &[
    "Adelaide|Crows|Adelaide|Kuwarna",
    "Brisbane|Lions|Brisbane",
    "Carlton|Blues|Carlton",
    "Collingwood|Magpies|Collingwood",
    "Essendon|Bombers|Essendon",
    "Fremantle|Dockers|Fremantle|Walyalup",
    "Geelong|Cats|Geelong",
    "Gold Coast|Suns|Gold Coast",
    "Greater Western Sydney|Giants|Greater Western Sydney|GWS|GWS Giants|GW Sydney|GW Sydney Giants",
    "Hawthorn|Hawks|Hawthorn",
    "Melbourne|Demons|Melbourne|Narrm",
    "North Melbourne|Kangaroos|North Melbourne",
    "Port Adelaide|Power|Port Adelaide|Port|Yartapuulti",
    "Richmond|Tigers|Richmond",
    "St Kilda|Saints|St Kilda|St. Kilda|Euro-Yroke",
    "Sydney|Swans|Sydney",
    "West Coast|Eagles|West Coast|Waalitj Marawar",
    "Western|Bulldogs|Footscray|Footscray Bulldogs",
];

pub(super) const NRL: &[Team] = &[
    "Brisbane|Broncos|Brisbane",
    "Canberra|Raiders|Canberra",
    "Canterbury|Bulldogs|Canterbury|Canterbury Bankstown|Canterbury Bankstown Bulldogs",
    "Cronulla|Sharks|Cronulla|Cronulla Sutherland|Cronulla Sutherland Sharks",
    "Redcliffe|Dolphins|The Dolphins",
    "Gold Coast|Titans|Gold Coast",
    "Manly|Sea Eagles|Manly|Manly Warringah|Manly Warringah Sea Eagles",
    "Melbourne|Storm|Melbourne",
    "New Zealand|Warriors|New Zealand|NZ Warriors",
    "Newcastle|Knights|Newcastle",
    "North Queensland|Cowboys|North Queensland|NQ Cowboys",
    "Parramatta|Eels|Parramatta",
    "Penrith|Panthers|Penrith",
    "South Sydney|Rabbitohs|South Sydney|Souths",
    "St George Illawarra|Dragons|St George Illawarra|St. George Illawarra|St. George Illawarra Dragons|St George Dragons",
    "Sydney|Roosters|Eastern Suburbs",
    "Wests|Tigers|Wests|Western Suburbs",
];
