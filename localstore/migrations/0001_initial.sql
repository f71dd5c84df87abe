-- Frozen: what models.py, schema.py and triggers.py described when the first store was made.

CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  email TEXT NOT NULL,
  hashed_password TEXT NOT NULL DEFAULT '',
  full_name TEXT,
  is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
  is_superuser INTEGER NOT NULL DEFAULT 0 CHECK (is_superuser IN (0, 1)),
  auth_provider TEXT NOT NULL DEFAULT 'local',
  extras TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extras))
) STRICT;

CREATE UNIQUE INDEX users_email ON users (email);

CREATE INDEX users_is_active ON users (is_active);

CREATE INDEX users_is_superuser ON users (is_superuser);

CREATE INDEX users_auth_provider ON users (auth_provider);

CREATE TABLE organizations (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  plan_type TEXT NOT NULL DEFAULT 'free',
  meta_data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta_data))
) STRICT;

CREATE INDEX organizations_name ON organizations (name);

CREATE UNIQUE INDEX organizations_slug ON organizations (slug);

CREATE INDEX organizations_plan_type ON organizations (plan_type);

CREATE TABLE organization_memberships (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  user_id TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'member',
  joined_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (joined_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX organization_memberships_user_id ON organization_memberships (user_id);

CREATE INDEX organization_memberships_organization_id ON organization_memberships (organization_id);

CREATE INDEX organization_memberships_role ON organization_memberships (role);

CREATE TABLE ai_models (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  name TEXT NOT NULL,
  provider TEXT NOT NULL,
  version TEXT,
  parameters TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parameters)),
  meta_data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta_data))
) STRICT;

CREATE INDEX ai_models_name ON ai_models (name);

CREATE INDEX ai_models_provider ON ai_models (provider);

CREATE INDEX ai_models_version ON ai_models (version);

CREATE TABLE items (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  owner_id TEXT NOT NULL,
  organization_id TEXT,
  type TEXT NOT NULL DEFAULT 'note',
  title TEXT NOT NULL,
  description TEXT,
  meta_data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta_data)),
  FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE SET NULL
) STRICT;

CREATE INDEX items_owner_id ON items (owner_id);

CREATE INDEX items_organization_id ON items (organization_id);

CREATE INDEX items_type ON items (type);

CREATE INDEX items_title ON items (title);

CREATE INDEX items_updated_at_id ON items (updated_at, id);

CREATE INDEX items_type_updated_at_id ON items (type, updated_at, id);

CREATE TABLE contents (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  item_id TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'user',
  text TEXT NOT NULL DEFAULT '',
  meta_data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta_data)),
  FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX contents_item_id ON contents (item_id);

CREATE INDEX contents_role ON contents (role);

CREATE INDEX contents_item_id_created_at_id ON contents (item_id, created_at, id);

CREATE TABLE embeddings (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  model_id TEXT NOT NULL,
  content_id TEXT,
  item_id TEXT,
  vector BLOB NOT NULL CHECK (dim > 0 AND length(vector) = 4 * dim),
  dim INTEGER NOT NULL,
  meta_data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta_data)),
  FOREIGN KEY (model_id) REFERENCES ai_models (id) ON DELETE CASCADE,
  FOREIGN KEY (content_id) REFERENCES contents (id) ON DELETE CASCADE,
  FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX embeddings_model_id ON embeddings (model_id);

CREATE UNIQUE INDEX embeddings_content_id ON embeddings (content_id);

CREATE INDEX embeddings_item_id ON embeddings (item_id);

CREATE TABLE file_assets (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  owner_id TEXT NOT NULL,
  item_id TEXT,
  filename TEXT NOT NULL,
  path TEXT NOT NULL,
  mime_type TEXT,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  checksum TEXT,
  meta_data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta_data)),
  FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE,
  FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE SET NULL
) STRICT;

CREATE INDEX file_assets_owner_id ON file_assets (owner_id);

CREATE INDEX file_assets_item_id ON file_assets (item_id);

CREATE UNIQUE INDEX file_assets_path ON file_assets (path);

CREATE TABLE events (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  actor_id TEXT,
  organization_id TEXT,
  item_id TEXT,
  model_id TEXT,
  event_type TEXT NOT NULL,
  payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload)),
  FOREIGN KEY (actor_id) REFERENCES users (id) ON DELETE SET NULL,
  FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE SET NULL,
  FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE SET NULL,
  FOREIGN KEY (model_id) REFERENCES ai_models (id) ON DELETE SET NULL
) STRICT;

CREATE INDEX events_actor_id ON events (actor_id);

CREATE INDEX events_organization_id ON events (organization_id);

CREATE INDEX events_item_id ON events (item_id);

CREATE INDEX events_model_id ON events (model_id);

CREATE INDEX events_event_type ON events (event_type);

CREATE TABLE tags (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  name TEXT NOT NULL,
  color TEXT
) STRICT;

CREATE INDEX tags_name ON tags (name);

CREATE TABLE item_tag_links (
  item_id TEXT NOT NULL,
  tag_id TEXT NOT NULL,
  PRIMARY KEY (item_id, tag_id),
  FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE CASCADE,
  FOREIGN KEY (tag_id) REFERENCES tags (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX item_tag_links_item_id ON item_tag_links (item_id);

CREATE INDEX item_tag_links_tag_id ON item_tag_links (tag_id);

CREATE TABLE settings (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value)),
  user_id TEXT,
  organization_id TEXT,
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CHECK (scope IN ('global', 'user', 'organization'))
) STRICT;

CREATE INDEX settings_scope ON settings (scope);

CREATE INDEX settings_key ON settings (key);

CREATE INDEX settings_user_id ON settings (user_id);

CREATE INDEX settings_organization_id ON settings (organization_id);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL DEFAULT (substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),1,8)||'-'||substr(printf('%012x',CAST((julianday('now')-2440587.5)*86400000 AS INTEGER)),9,4)||'-7'||substr(lower(hex(randomblob(2))),2)||'-'||substr('89ab',1+(abs(random())%4),1)||substr(lower(hex(randomblob(2))),2)||'-'||lower(hex(randomblob(6)))) CHECK (id GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z') CHECK (updated_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  key_hash TEXT NOT NULL,
  user_id TEXT NOT NULL,
  description TEXT,
  scopes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(scopes)),
  expires_at TEXT CHECK (expires_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  last_used_at TEXT CHECK (last_used_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX api_keys_key_hash ON api_keys (key_hash);

CREATE INDEX api_keys_user_id ON api_keys (user_id);

CREATE TABLE local_state (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE local_suspects (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  PRIMARY KEY (tbl, pk)
) STRICT, WITHOUT ROWID;

CREATE TABLE text_rows (
  docid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE text_pending (
  id TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE text_index USING fts5(
  title, body, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2"
);

CREATE TABLE embedding_states (
  embedding_id TEXT PRIMARY KEY NOT NULL,
  item_id TEXT,
  state INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX embedding_states_item ON embedding_states (item_id, state);

CREATE INDEX embedding_states_new ON embedding_states (embedding_id) WHERE state = 0;

CREATE TABLE trash (
  id TEXT PRIMARY KEY NOT NULL,
  deleted_at TEXT NOT NULL CHECK (deleted_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  actor_id TEXT,
  label TEXT NOT NULL,
  roots TEXT NOT NULL CHECK (json_valid(roots)),
  cascade INTEGER NOT NULL,
  counts TEXT NOT NULL CHECK (json_valid(counts))
) STRICT, WITHOUT ROWID;

CREATE TABLE trash_rows (
  trash_id TEXT NOT NULL REFERENCES trash (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  kind TEXT NOT NULL,
  image TEXT NOT NULL,
  PRIMARY KEY (trash_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo_log (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor_id TEXT,
  label TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0,
  changes TEXT NOT NULL CHECK (json_valid(changes))
) STRICT;

CREATE TABLE drafts (
  name TEXT PRIMARY KEY NOT NULL,
  at TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_searches (
  name TEXT PRIMARY KEY NOT NULL,
  at TEXT NOT NULL,
  filter TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE preferences (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER users_touch AFTER UPDATE OF created_at, email, hashed_password, full_name, is_active, is_superuser, auth_provider, extras ON users FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.email IS NOT OLD.email OR NEW.hashed_password IS NOT OLD.hashed_password OR NEW.full_name IS NOT OLD.full_name OR NEW.is_active IS NOT OLD.is_active OR NEW.is_superuser IS NOT OLD.is_superuser OR NEW.auth_provider IS NOT OLD.auth_provider OR NEW.extras IS NOT OLD.extras) BEGIN
  UPDATE users SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER organizations_touch AFTER UPDATE OF created_at, name, slug, plan_type, meta_data ON organizations FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.name IS NOT OLD.name OR NEW.slug IS NOT OLD.slug OR NEW.plan_type IS NOT OLD.plan_type OR NEW.meta_data IS NOT OLD.meta_data) BEGIN
  UPDATE organizations SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER organization_memberships_touch AFTER UPDATE OF created_at, user_id, organization_id, role, joined_at ON organization_memberships FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.user_id IS NOT OLD.user_id OR NEW.organization_id IS NOT OLD.organization_id OR NEW.role IS NOT OLD.role OR NEW.joined_at IS NOT OLD.joined_at) BEGIN
  UPDATE organization_memberships SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER ai_models_touch AFTER UPDATE OF created_at, name, provider, version, parameters, meta_data ON ai_models FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.name IS NOT OLD.name OR NEW.provider IS NOT OLD.provider OR NEW.version IS NOT OLD.version OR NEW.parameters IS NOT OLD.parameters OR NEW.meta_data IS NOT OLD.meta_data) BEGIN
  UPDATE ai_models SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER items_touch AFTER UPDATE OF created_at, owner_id, organization_id, type, title, description, meta_data ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.owner_id IS NOT OLD.owner_id OR NEW.organization_id IS NOT OLD.organization_id OR NEW.type IS NOT OLD.type OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.meta_data IS NOT OLD.meta_data) BEGIN
  UPDATE items SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER contents_touch AFTER UPDATE OF created_at, item_id, role, text, meta_data ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.item_id IS NOT OLD.item_id OR NEW.role IS NOT OLD.role OR NEW.text IS NOT OLD.text OR NEW.meta_data IS NOT OLD.meta_data) BEGIN
  UPDATE contents SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER embeddings_touch AFTER UPDATE OF created_at, model_id, content_id, item_id, vector, dim, meta_data ON embeddings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.model_id IS NOT OLD.model_id OR NEW.content_id IS NOT OLD.content_id OR NEW.item_id IS NOT OLD.item_id OR NEW.vector IS NOT OLD.vector OR NEW.dim IS NOT OLD.dim OR NEW.meta_data IS NOT OLD.meta_data) BEGIN
  UPDATE embeddings SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER file_assets_touch AFTER UPDATE OF created_at, owner_id, item_id, filename, path, mime_type, size_bytes, checksum, meta_data ON file_assets FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.owner_id IS NOT OLD.owner_id OR NEW.item_id IS NOT OLD.item_id OR NEW.filename IS NOT OLD.filename OR NEW.path IS NOT OLD.path OR NEW.mime_type IS NOT OLD.mime_type OR NEW.size_bytes IS NOT OLD.size_bytes OR NEW.checksum IS NOT OLD.checksum OR NEW.meta_data IS NOT OLD.meta_data) BEGIN
  UPDATE file_assets SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER events_touch AFTER UPDATE OF created_at, actor_id, organization_id, item_id, model_id, event_type, payload ON events FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.actor_id IS NOT OLD.actor_id OR NEW.organization_id IS NOT OLD.organization_id OR NEW.item_id IS NOT OLD.item_id OR NEW.model_id IS NOT OLD.model_id OR NEW.event_type IS NOT OLD.event_type OR NEW.payload IS NOT OLD.payload) BEGIN
  UPDATE events SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER tags_touch AFTER UPDATE OF created_at, name, color ON tags FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.name IS NOT OLD.name OR NEW.color IS NOT OLD.color) BEGIN
  UPDATE tags SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER settings_touch AFTER UPDATE OF created_at, scope, key, value, user_id, organization_id ON settings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.scope IS NOT OLD.scope OR NEW.key IS NOT OLD.key OR NEW.value IS NOT OLD.value OR NEW.user_id IS NOT OLD.user_id OR NEW.organization_id IS NOT OLD.organization_id) BEGIN
  UPDATE settings SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER api_keys_touch AFTER UPDATE OF created_at, key_hash, user_id, description, scopes, expires_at, last_used_at ON api_keys FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.updated_at IS OLD.updated_at AND (NEW.created_at IS NOT OLD.created_at OR NEW.key_hash IS NOT OLD.key_hash OR NEW.user_id IS NOT OLD.user_id OR NEW.description IS NOT OLD.description OR NEW.scopes IS NOT OLD.scopes OR NEW.expires_at IS NOT OLD.expires_at OR NEW.last_used_at IS NOT OLD.last_used_at) BEGIN
  UPDATE api_keys SET updated_at = max(strftime('%Y-%m-%dT%H:%M:%f','now')||'000Z', CASE WHEN substr(OLD.updated_at,21,6) < '999999' THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z' ELSE COALESCE(strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at,'+1 second')||'.000000Z',OLD.updated_at) END) WHERE id = NEW.id;
END;

CREATE TRIGGER items_text_insert AFTER INSERT ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  INSERT INTO text_pending (id) SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = NEW.id);
END;

CREATE TRIGGER items_text_update AFTER UPDATE OF id, title, description ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND (NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description) BEGIN
  INSERT INTO text_pending (id) SELECT OLD.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = OLD.id);
  INSERT INTO text_pending (id) SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = NEW.id);
END;

CREATE TRIGGER items_text_delete AFTER DELETE ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  INSERT INTO text_pending (id) SELECT OLD.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = OLD.id);
END;

CREATE TRIGGER items_text_title AFTER UPDATE OF title ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND NEW.title IS NOT OLD.title BEGIN
  INSERT INTO text_pending (id) SELECT c.id FROM contents c WHERE c.item_id = NEW.id AND NOT EXISTS (SELECT 1 FROM text_pending p WHERE p.id = c.id);
END;

CREATE TRIGGER items_text_contents AFTER INSERT ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  INSERT INTO text_pending (id) SELECT c.id FROM contents c WHERE c.item_id = NEW.id AND NOT EXISTS (SELECT 1 FROM text_pending p WHERE p.id = c.id);
END;

CREATE TRIGGER contents_text_insert AFTER INSERT ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  INSERT INTO text_pending (id) SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = NEW.id);
END;

CREATE TRIGGER contents_text_update AFTER UPDATE OF id, item_id, text ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND (NEW.id IS NOT OLD.id OR NEW.item_id IS NOT OLD.item_id OR NEW.text IS NOT OLD.text) BEGIN
  INSERT INTO text_pending (id) SELECT OLD.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = OLD.id);
  INSERT INTO text_pending (id) SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = NEW.id);
END;

CREATE TRIGGER contents_text_delete AFTER DELETE ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  INSERT INTO text_pending (id) SELECT OLD.id WHERE NOT EXISTS (SELECT 1 FROM text_pending WHERE id = OLD.id);
END;

CREATE TRIGGER embeddings_state_insert AFTER INSERT ON embeddings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  DELETE FROM embedding_states WHERE embedding_id = NEW.id;
  INSERT INTO embedding_states (embedding_id, item_id, state) VALUES (NEW.id, COALESCE(NEW.item_id, (SELECT item_id FROM contents WHERE id = NEW.content_id)), 0);
END;

CREATE TRIGGER embeddings_state_update AFTER UPDATE OF id, content_id, item_id, meta_data, vector ON embeddings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  DELETE FROM embedding_states WHERE embedding_id = OLD.id;
  DELETE FROM embedding_states WHERE embedding_id = NEW.id;
  INSERT INTO embedding_states (embedding_id, item_id, state) VALUES (NEW.id, COALESCE(NEW.item_id, (SELECT item_id FROM contents WHERE id = NEW.content_id)), 0);
END;

CREATE TRIGGER embeddings_state_delete AFTER DELETE ON embeddings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  DELETE FROM embedding_states WHERE embedding_id = OLD.id;
END;

CREATE TRIGGER contents_state_insert AFTER INSERT ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = NEW.id UNION ALL SELECT id FROM embeddings WHERE item_id = NEW.item_id AND content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), NEW.id) = NEW.id);
END;

CREATE TRIGGER contents_state_update AFTER UPDATE OF text, item_id, role, meta_data, created_at ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = OLD.id UNION ALL SELECT id FROM embeddings WHERE item_id = OLD.item_id AND content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), OLD.id) = OLD.id);
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = NEW.id UNION ALL SELECT id FROM embeddings WHERE item_id = NEW.item_id AND content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), NEW.id) = NEW.id);
END;

CREATE TRIGGER contents_state_delete AFTER DELETE ON contents FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE content_id = OLD.id UNION ALL SELECT id FROM embeddings WHERE item_id = OLD.item_id AND content_id IS NULL AND COALESCE(json_extract(meta_data,'$.content_id'), OLD.id) = OLD.id);
END;

CREATE TRIGGER items_state_update AFTER UPDATE OF title, description ON items FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') BEGIN
  UPDATE embedding_states SET state = 0 WHERE embedding_id IN (SELECT id FROM embeddings WHERE item_id = NEW.id AND content_id IS NULL AND json_extract(meta_data,'$.content_id') IS NULL);
END;

CREATE TRIGGER users_suspect_email_insert BEFORE INSERT ON users FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM users WHERE users.email = NEW.email AND users.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'users', id FROM users WHERE users.email = NEW.email AND users.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'users' AND s.pk = users.id);
END;

CREATE TRIGGER users_suspect_email_update BEFORE UPDATE OF email ON users FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM users WHERE users.email = NEW.email AND users.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'users', id FROM users WHERE users.email = NEW.email AND users.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'users' AND s.pk = users.id);
END;

CREATE TRIGGER organizations_suspect_slug_insert BEFORE INSERT ON organizations FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM organizations WHERE organizations.slug = NEW.slug AND organizations.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'organizations', id FROM organizations WHERE organizations.slug = NEW.slug AND organizations.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'organizations' AND s.pk = organizations.id);
END;

CREATE TRIGGER organizations_suspect_slug_update BEFORE UPDATE OF slug ON organizations FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM organizations WHERE organizations.slug = NEW.slug AND organizations.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'organizations', id FROM organizations WHERE organizations.slug = NEW.slug AND organizations.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'organizations' AND s.pk = organizations.id);
END;

CREATE TRIGGER embeddings_suspect_content_id_insert BEFORE INSERT ON embeddings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM embeddings WHERE embeddings.content_id = NEW.content_id AND embeddings.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'embeddings', id FROM embeddings WHERE embeddings.content_id = NEW.content_id AND embeddings.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'embeddings' AND s.pk = embeddings.id);
END;

CREATE TRIGGER embeddings_suspect_content_id_update BEFORE UPDATE OF content_id ON embeddings FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM embeddings WHERE embeddings.content_id = NEW.content_id AND embeddings.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'embeddings', id FROM embeddings WHERE embeddings.content_id = NEW.content_id AND embeddings.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'embeddings' AND s.pk = embeddings.id);
END;

CREATE TRIGGER file_assets_suspect_path_insert BEFORE INSERT ON file_assets FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM file_assets WHERE file_assets.path = NEW.path AND file_assets.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'file_assets', id FROM file_assets WHERE file_assets.path = NEW.path AND file_assets.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'file_assets' AND s.pk = file_assets.id);
END;

CREATE TRIGGER file_assets_suspect_path_update BEFORE UPDATE OF path ON file_assets FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM file_assets WHERE file_assets.path = NEW.path AND file_assets.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'file_assets', id FROM file_assets WHERE file_assets.path = NEW.path AND file_assets.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'file_assets' AND s.pk = file_assets.id);
END;

CREATE TRIGGER api_keys_suspect_key_hash_insert BEFORE INSERT ON api_keys FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM api_keys WHERE api_keys.key_hash = NEW.key_hash AND api_keys.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'api_keys', id FROM api_keys WHERE api_keys.key_hash = NEW.key_hash AND api_keys.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'api_keys' AND s.pk = api_keys.id);
END;

CREATE TRIGGER api_keys_suspect_key_hash_update BEFORE UPDATE OF key_hash ON api_keys FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying') AND EXISTS (SELECT 1 FROM api_keys WHERE api_keys.key_hash = NEW.key_hash AND api_keys.id <> NEW.id) BEGIN
  INSERT INTO local_suspects (tbl, pk) SELECT 'api_keys', id FROM api_keys WHERE api_keys.key_hash = NEW.key_hash AND api_keys.id <> NEW.id AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = 'api_keys' AND s.pk = api_keys.id);
END;
