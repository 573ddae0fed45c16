-- Words of what is no longer for sale stay in a segment of the index as tombstones, until FTS5 writes it anew
-- without them. By default it does that when a tenth of a segment is dead, which makes the closing of sold
-- products write the same words again and again, and a commit wait for the whole of a large segment. At two
-- fifths that comes more rarely, and a search passes over the rest (sqlite.org/fts5.html, "The 'deletemerge'
-- option").
INSERT INTO product_texts (product_texts, rank) VALUES ('deletemerge', 40);
