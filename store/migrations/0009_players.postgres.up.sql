-- Each index with its query.
comment on index @player_directory_pk is 'a player';
comment on index @player_names_pk is 'a name of a provider';
comment on index @player_names_player is 'the names of a player';
comment on index @player_spellings_pk is 'a spelling';
comment on index @player_spellings_sport is 'names that the directory knows, by the sport';
comment on index @player_teams_pk is 'the teams of a player';
