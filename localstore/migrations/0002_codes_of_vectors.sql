-- Frozen: codes of vectors, derived from their rows, what keeps them in step, and quicker triggers of freshness.

CREATE TABLE vector_models (
  model_id TEXT PRIMARY KEY NOT NULL REFERENCES ai_models (id) ON DELETE CASCADE,
  dim INTEGER NOT NULL,
  built INTEGER NOT NULL,
  token TEXT NOT NULL,
  touched TEXT NOT NULL,
  generation TEXT NOT NULL,
  digest TEXT NOT NULL,
  mean BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE vector_blocks (
  id INTEGER PRIMARY KEY,
  model_id TEXT NOT NULL REFERENCES vector_models (model_id) ON DELETE CASCADE,
  count INTEGER NOT NULL,
  checks TEXT NOT NULL,
  ids BLOB NOT NULL,
  bits BLOB NOT NULL,
  facts BLOB NOT NULL,
  codes BLOB NOT NULL
) STRICT;

CREATE INDEX vector_blocks_model ON vector_blocks (model_id);

CREATE TABLE vector_dead (
  block_id INTEGER PRIMARY KEY REFERENCES vector_blocks (id) ON DELETE CASCADE,
  rows BLOB NOT NULL
) STRICT;

CREATE TABLE vector_changes (
  embedding_id TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE vector_item_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id TEXT NOT NULL
) STRICT;

DROP TRIGGER contents_state_insert;

CREATE TRIGGER contents_state_insert AFTER INSERT ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = NEW.id UNION ALL SELECT id FROM embeddings WHERE item_id = NEW.item_id AND +content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), NEW.id) = NEW.id);
END;

DROP TRIGGER contents_state_update;

CREATE TRIGGER contents_state_update AFTER UPDATE OF text, item_id, role, meta_data, created_at ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = OLD.id UNION ALL SELECT id FROM embeddings WHERE item_id = OLD.item_id AND +content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), OLD.id) = OLD.id);
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = NEW.id UNION ALL SELECT id FROM embeddings WHERE item_id = NEW.item_id AND +content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), NEW.id) = NEW.id);
END;

DROP TRIGGER contents_state_delete;

CREATE TRIGGER contents_state_delete AFTER DELETE ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = OLD.id UNION ALL SELECT id FROM embeddings WHERE item_id = OLD.item_id AND +content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), OLD.id) = OLD.id);
END;

DROP TRIGGER items_state_update;

CREATE TRIGGER items_state_update AFTER UPDATE OF title, description ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE item_id = NEW.id AND +content_id IS NULL AND json_extract(meta_data,'$.content_id') IS NULL);
END;

CREATE TRIGGER embeddings_codes_insert AFTER INSERT ON embeddings FOR EACH ROW BEGIN
  INSERT INTO vector_changes (embedding_id) SELECT NEW.id WHERE EXISTS (SELECT 1 FROM vector_models WHERE model_id = NEW.model_id) AND NOT EXISTS (SELECT 1 FROM vector_changes WHERE embedding_id = NEW.id);
END;

CREATE TRIGGER embeddings_codes_update AFTER UPDATE OF id, model_id, content_id, item_id, vector, dim ON embeddings FOR EACH ROW BEGIN
  INSERT INTO vector_changes (embedding_id) SELECT OLD.id WHERE EXISTS (SELECT 1 FROM vector_models WHERE model_id = OLD.model_id) AND NOT EXISTS (SELECT 1 FROM vector_changes WHERE embedding_id = OLD.id);
  INSERT INTO vector_changes (embedding_id) SELECT NEW.id WHERE EXISTS (SELECT 1 FROM vector_models WHERE model_id = NEW.model_id) AND NOT EXISTS (SELECT 1 FROM vector_changes WHERE embedding_id = NEW.id);
END;

CREATE TRIGGER embeddings_codes_delete AFTER DELETE ON embeddings FOR EACH ROW BEGIN
  INSERT INTO vector_changes (embedding_id) SELECT OLD.id WHERE EXISTS (SELECT 1 FROM vector_models WHERE model_id = OLD.model_id) AND NOT EXISTS (SELECT 1 FROM vector_changes WHERE embedding_id = OLD.id);
END;

CREATE TRIGGER items_codes_update AFTER UPDATE OF type, organization_id ON items FOR EACH ROW WHEN EXISTS (SELECT 1 FROM vector_models) AND (NEW.type IS NOT OLD.type OR NEW.organization_id IS NOT OLD.organization_id) BEGIN
  INSERT INTO vector_item_changes (item_id) VALUES (NEW.id);
END;

CREATE TRIGGER items_codes_insert AFTER INSERT ON items FOR EACH ROW WHEN EXISTS (SELECT 1 FROM vector_models) AND EXISTS (SELECT 1 FROM embedding_states WHERE item_id = NEW.id) BEGIN
  INSERT INTO vector_item_changes (item_id) VALUES (NEW.id);
END;

CREATE TRIGGER contents_codes_update AFTER UPDATE OF item_id ON contents FOR EACH ROW WHEN EXISTS (SELECT 1 FROM vector_models) AND NEW.item_id IS NOT OLD.item_id BEGIN
  INSERT INTO vector_item_changes (item_id) VALUES (OLD.item_id);
  INSERT INTO vector_item_changes (item_id) VALUES (NEW.item_id);
END;

CREATE TRIGGER item_tag_links_codes_insert AFTER INSERT ON item_tag_links FOR EACH ROW WHEN EXISTS (SELECT 1 FROM vector_models) BEGIN
  INSERT INTO vector_item_changes (item_id) VALUES (NEW.item_id);
END;

CREATE TRIGGER item_tag_links_codes_update AFTER UPDATE ON item_tag_links FOR EACH ROW WHEN EXISTS (SELECT 1 FROM vector_models) BEGIN
  INSERT INTO vector_item_changes (item_id) VALUES (OLD.item_id);
  INSERT INTO vector_item_changes (item_id) VALUES (NEW.item_id);
END;

CREATE TRIGGER item_tag_links_codes_delete AFTER DELETE ON item_tag_links FOR EACH ROW WHEN EXISTS (SELECT 1 FROM vector_models) BEGIN
  INSERT INTO vector_item_changes (item_id) VALUES (OLD.item_id);
END;
