drop table @sealed;
