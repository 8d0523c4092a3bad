-- Each index with its query.
comment on index @market_speeds_pk is 'how fast a market moved';
comment on index @demand_pk is 'what users asked for lately';
