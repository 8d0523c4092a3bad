//! The statements that make an old database, as the old scripts and a hosted server make them.

use super::recipe::{Part, Recipe};

const HOST: &str = r#"
do $$ declare role text; begin
    foreach role in array array['anon', 'authenticated', 'service_role'] loop
        begin
            execute format('create role %I nologin %s', role, case when role = 'service_role' then 'bypassrls' else '' end);
        exception when duplicate_object or unique_violation then null;
        end;
    end loop;
end $$;
create schema auth;
create schema extensions;
create schema storage;
create schema "Reports 2024";
create extension "uuid-ossp" with schema extensions;
create extension pgcrypto with schema extensions;
create table auth.users (id uuid primary key, email text unique, created_at timestamptz default now());
create function auth.uid() returns uuid language sql stable as
    $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
create function auth.role() returns text language sql stable as
    $$ select nullif(current_setting('request.jwt.claim.role', true), '') $$;
create table storage.objects (id uuid primary key default gen_random_uuid(), name text not null, owner uuid references auth.users (id));
create type storage.kind as enum ('logo', 'photo');
create domain public.percentage as numeric check (value between 0 and 100);
create sequence "Reports 2024".number;
create table "Reports 2024"."Daily Totals" (number bigint primary key default nextval('"Reports 2024".number'), "Day" date not null, total bigint);
grant usage on schema public, auth to anon, authenticated, service_role;
"#;

const BASIC: &str = r#"
create function public.update_updated_at_column() returns trigger language plpgsql as
    $$ begin new.updated_at = now(); return new; end $$;
create table sports_events (
    id uuid primary key default extensions.uuid_generate_v4(),
    sport text not null, league text not null, home_team text not null, away_team text not null,
    start_time timestamptz not null,
    odds jsonb not null default '{}', stats jsonb default '{}',
    status text default 'scheduled',
    created_at timestamptz default now(), updated_at timestamptz default now());
create table predictions (
    id uuid primary key default extensions.uuid_generate_v4(),
    user_id uuid references auth.users (id) on delete cascade,
    event_id uuid references sports_events (id) on delete cascade,
    sport text not null, matchup text not null, pick text not null, odds text not null, confidence public.percentage,
    analysis text, created_at timestamptz default now(), expires_at timestamptz,
    status text default 'pending' check (status in ('pending', 'won', 'lost')), metadata jsonb default '{}');
create table bet_history (
    id uuid primary key default extensions.uuid_generate_v4(),
    user_id uuid references auth.users (id) on delete cascade,
    prediction_id uuid references predictions (id) on delete cascade,
    amount numeric(10,2) not null, payout numeric(10,2), placed_at timestamptz default now());
create table user_preferences (
    user_id uuid primary key references auth.users (id) on delete cascade,
    favorite_sports text[] default '{}', pinned_event_ids uuid[] default '{}', settings jsonb default '{}',
    updated_at timestamptz default now());
"#;

const ODDS_TABLES: &str = r#"
create table bookmakers (id uuid primary key default gen_random_uuid(), bookmaker_key varchar(50) not null unique, name text not null);
create table market_types (id uuid primary key default gen_random_uuid(), market_key varchar(50) not null unique, name text not null);
create table odds_data (
    id bigserial primary key, event_id uuid, bookmaker_id uuid references bookmakers (id), market_type_id uuid references market_types (id),
    outcome_name text not null, outcome_price numeric(10,2), outcome_point numeric(10,2), implied_probability numeric(5,4),
    is_best_odds boolean default false, last_update timestamptz, created_at timestamptz default now());
create table historical_odds (
    id bigserial primary key, event_id uuid, bookmaker_id uuid references bookmakers (id), market_type_id uuid references market_types (id),
    opening_line jsonb, closing_line jsonb, line_movements jsonb default '[]', created_at timestamptz default now());
"#;

const PROP_TABLES: &str = r#"
create table player_prop_types (id uuid primary key default gen_random_uuid(), prop_key varchar(50) not null unique, name text not null);
create table player_props_odds (
    id bigserial primary key, event_id uuid, player_name text, prop_type_id uuid references player_prop_types (id),
    line numeric(10,2), over_odds numeric(10,2), under_odds numeric(10,2), last_update timestamptz, created_at timestamptz default now());
create table player_game_stats (id bigserial primary key, event_id uuid, player_name text, stats jsonb default '{}');
create table player_season_stats (id bigserial primary key, player_name text, season text, stats jsonb default '{}');
"#;

const NEWS_TABLES: &str = r#"
create table injury_reports (
    id bigserial primary key, event_id uuid, player_name text, injury_status text, description text, reported_at timestamptz default now());
create table news_articles (id bigserial primary key, title text, url text, published_at timestamptz);
create table ai_predictions (id bigserial primary key, event_id uuid, model text, prediction jsonb default '{}');
create table model_performance (id bigserial primary key, model text, accuracy numeric(5,4));
"#;

/// Everything that rows need.
pub(super) fn before_rows(recipe: &Recipe) -> String {
    let mut sql = format!("{HOST}{BASIC}");
    if !recipe.has(Part::AnyStatus) {
        let postponed = if recipe.has(Part::Sources) { ", 'postponed'" } else { "" };
        sql += &format!(
            "alter table sports_events add constraint sports_events_status_check
                check (status in ('scheduled', 'live', 'completed', 'cancelled'{postponed}));"
        );
    }
    let optional = [
        (Part::Sources, "alter table sports_events add external_event_id text, add source text;"),
        (
            Part::SportKey,
            "create table sports_config (sport_key varchar(50) primary key, title text not null);
             alter table sports_events add sport_key varchar(50) references sports_config (sport_key);",
        ),
        (
            Part::Teams,
            "create table teams (id uuid primary key default gen_random_uuid(), team_key varchar(100) not null unique, name text not null);
             create table players (id uuid primary key default gen_random_uuid(), team_id uuid references teams (id), name text not null);
             alter table sports_events add home_team_id uuid references teams (id), add away_team_id uuid references teams (id);",
        ),
        (
            Part::Venue,
            "alter table sports_events add venue text, add venue_city text, add weather_conditions jsonb, add attendance integer,
                add broadcast_info jsonb;",
        ),
        (
            Part::FinalScores,
            "alter table sports_events add final_home_score integer, add final_away_score integer, add period_scores jsonb;",
        ),
        (Part::Metadata, "alter table sports_events add metadata jsonb default '{}';"),
        (Part::OddsTables, ODDS_TABLES),
        (Part::PropTables, PROP_TABLES),
        (Part::NewsTables, NEWS_TABLES),
    ];
    sql.extend(optional.iter().filter(|(part, _)| recipe.has(*part)).map(|(_, statements)| *statements));
    if recipe.has(Part::Sources) && recipe.has(Part::UniqueExternalId) {
        sql += "alter table sports_events add constraint sports_events_external_event_id_key unique (external_event_id);";
    }
    sql + &event_keys(recipe)
}

/// Foreign keys of the enhanced tables to the events.
fn event_keys(recipe: &Recipe) -> String {
    if recipe.has(Part::NoEventKeys) {
        return String::new();
    }
    let keyed = [
        (Part::OddsTables, "odds_data"),
        (Part::OddsTables, "historical_odds"),
        (Part::PropTables, "player_props_odds"),
        (Part::PropTables, "player_game_stats"),
        (Part::NewsTables, "injury_reports"),
        (Part::NewsTables, "ai_predictions"),
    ];
    let key = |table: &str| format!("alter table {table} add foreign key (event_id) references sports_events (id) on delete cascade;");
    keyed.iter().filter(|(part, _)| recipe.has(*part)).map(|(_, table)| key(table)).collect()
}

const RULES: &str = r#"
create index idx_sports_events_sport on sports_events (sport);
create index idx_sports_events_start_time on sports_events (start_time);
create index idx_predictions_event on predictions (event_id);
create trigger update_sports_events_updated_at before update on sports_events
    for each row execute function public.update_updated_at_column();
create trigger update_user_preferences_updated_at before update on user_preferences
    for each row execute function public.update_updated_at_column();
alter table predictions enable row level security;
alter table bet_history enable row level security;
alter table user_preferences enable row level security;
create policy "Users see their own predictions" on predictions for select to authenticated using (auth.uid() = user_id);
create policy "Users make their own predictions" on predictions for insert to authenticated with check (auth.uid() = user_id);
create policy "Users see their own bets" on bet_history using (auth.uid() = user_id);
create policy "Users keep their own preferences" on user_preferences using (auth.uid() = user_id) with check (auth.uid() = user_id);
grant select on sports_events to anon, authenticated;
grant select, insert, update, delete on predictions, bet_history, user_preferences to authenticated;
grant all on all tables in schema public to service_role;
grant update (status) on sports_events to authenticated;
alter default privileges in schema public grant select on tables to anon;
create view "Reports 2024"."Open predictions" as
    select p.id, e.home_team, e.away_team from predictions p join sports_events e on e.id = p.event_id where p.status = 'pending';
create materialized view "Reports 2024".by_sport as select sport, count(*) from sports_events group by sport;
comment on table sports_events is 'the games; it''s old';
insert into "Reports 2024"."Daily Totals" ("Day", total) select date '2024-01-01' + n, n * 7 from generate_series(0, 9) n;
insert into storage.objects (name, owner) select 'logo ' || n, (select id from auth.users order by id limit 1) from generate_series(1, 5) n;
create publication supabase_realtime for table sports_events, predictions;
"#;

/// Indexes, triggers, policies, grants, a publication: what rows do not need.
pub(super) fn after_rows(recipe: &Recipe) -> String {
    let mut sql = RULES.to_owned();
    if recipe.has(Part::Sources) {
        sql += "create index idx_sports_events_external on sports_events (external_event_id, source);";
    }
    if recipe.has(Part::OddsTables) {
        sql += "create index idx_odds_data_event on odds_data (event_id);";
    }
    if recipe.has(Part::Renamed) {
        sql += "alter table sports_events rename to sports_events_old;";
    }
    if recipe.has(Part::Renamed) && recipe.has(Part::NewBesideOld) {
        sql += "create table sports_events (id uuid primary key default gen_random_uuid(), external_event_id varchar(100),
            sport_key varchar(50), home_team text, away_team text, start_time timestamptz);";
    }
    sql + "analyze;"
}
