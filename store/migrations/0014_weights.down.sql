drop table @demand;
drop table @market_speeds;
delete from @cursors where follower = 'speeds';
