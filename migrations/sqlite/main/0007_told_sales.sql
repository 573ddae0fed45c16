-- Which sales their sellers have been told of.

-- Only of meaning once the product is sold.
ALTER TABLE products ADD COLUMN told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1));

-- Sales of before were seen by those who looked.
UPDATE products SET told = 1 WHERE id IN (SELECT product FROM sales);

-- What a user has for sale, and what was sold untold: a login looks at no more than that.
CREATE INDEX products_untold ON products (owner, id) WHERE told = 0 AND withdrawn_at IS NULL;
