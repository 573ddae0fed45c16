-- An account that was deleted keeps its row, because sales and products name its number. What was
-- known of the person is overwritten, and the row says so.

ALTER TABLE users ADD COLUMN deleted_at INTEGER;

CREATE TRIGGER deleted_users_stay_deleted BEFORE UPDATE ON users WHEN OLD.deleted_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a deleted account stays deleted'); END;
