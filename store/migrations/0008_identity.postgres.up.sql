-- Each index with its query.
comment on index @decisions_refused is 'pairs that are never to be offered again';
comment on index @decisions_undoes is 'decisions that were taken back';
