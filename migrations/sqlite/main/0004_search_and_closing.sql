-- What is no longer for sale is closed, and what is open can be searched.

-- Sold or withdrawn, and noted down here some time afterwards: a start reads what is open, not all
-- that ever was. What decides is still the sale, or `withdrawn_at`.
ALTER TABLE products ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));

UPDATE products SET closed = 1
WHERE withdrawn_at IS NOT NULL OR id IN (SELECT product FROM sales);

CREATE INDEX products_open ON products (id) WHERE closed = 0;

CREATE TRIGGER products_for_sale_stay_open BEFORE UPDATE OF closed ON products
WHEN NEW.closed = 1 AND NEW.withdrawn_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM sales WHERE product = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a product for sale is not closed'); END;

-- The words of open products, by the product's id. It keeps no texts, only where words stand. Prefix
-- indexes serve the last word of a search, which may be a beginning.
CREATE VIRTUAL TABLE product_texts USING fts5 (
    name, description,
    content = '', contentless_delete = 1, prefix = '1 2 3',
    tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO product_texts (rowid, name, description)
SELECT id, name, description FROM products WHERE closed = 0;

-- The words follow the products in the same transaction, whatever writes these.
CREATE TRIGGER products_are_found AFTER INSERT ON products WHEN NEW.closed = 0
BEGIN
    INSERT INTO product_texts (rowid, name, description)
    VALUES (NEW.id, NEW.name, NEW.description);
END;

CREATE TRIGGER changed_products_are_found AFTER UPDATE OF name, description ON products
WHEN NEW.closed = 0 AND (OLD.name <> NEW.name OR OLD.description <> NEW.description)
BEGIN
    UPDATE product_texts SET name = NEW.name, description = NEW.description WHERE rowid = NEW.id;
END;

CREATE TRIGGER closed_products_are_not_found AFTER UPDATE OF closed ON products
WHEN OLD.closed = 0 AND NEW.closed = 1
BEGIN DELETE FROM product_texts WHERE rowid = NEW.id; END;
