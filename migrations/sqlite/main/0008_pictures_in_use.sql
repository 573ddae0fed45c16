-- Which pictures are in use: those that a product names. What was withdrawn gives its picture up after
-- a time, and a picture that no product names is removed from the other database.

CREATE INDEX products_by_picture ON products (picture) WHERE picture IS NOT NULL;

-- Withdrawn products that still name a picture, the one withdrawn first in front.
CREATE INDEX products_withdrawn_with_picture ON products (withdrawn_at)
WHERE withdrawn_at IS NOT NULL AND picture IS NOT NULL;
