-- Each index with its query.
comment on index @meanings_pk is 'by which version the rows of a follower were made';
comment on index @meaning_changes_pk is 'what a newer version changed';
comment on index @word_counts_pk is 'how often a word was met';
