-- Pictures in the order in which they were last stored. Whoever looks for unused ones reads this index
-- alone: in the table the moment stands behind the picture itself.
CREATE INDEX pictures_by_touch ON pictures (touched_at, hash);
