"""A database as another program made it: its own names, types, columns and roles, with rows in every table."""

from __future__ import annotations

TABLES = """
CREATE SCHEMA app;
CREATE TYPE app.item_type AS ENUM ('NOTE', 'PROMPT', 'DATASET');
CREATE TYPE app.scope AS ENUM ('global', 'user', 'organization');
CREATE DOMAIN app.slug AS varchar(80);
CREATE SEQUENCE app.item_number;
CREATE TABLE app."user" (
  id uuid PRIMARY KEY, created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL,
  email varchar(320) NOT NULL UNIQUE, hashed_password varchar(1024) NOT NULL, full_name varchar(200),
  is_active boolean NOT NULL, is_superuser boolean NOT NULL, auth_provider varchar(20) NOT NULL,
  extras json NOT NULL, totp_secret text);
CREATE TABLE app.organization (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  name varchar(200) NOT NULL, slug app.slug NOT NULL UNIQUE, plan_type varchar(20) NOT NULL, meta_data json NOT NULL);
CREATE TABLE app.membership (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  user_id uuid NOT NULL REFERENCES app."user" (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL REFERENCES app.organization (id) ON DELETE CASCADE,
  role varchar(20) NOT NULL, joined_at timestamptz NOT NULL);
CREATE TABLE app.item (
  number bigint NOT NULL DEFAULT nextval('app.item_number'),
  meta_data json NOT NULL, title varchar(255) NOT NULL, description text, type app.item_type NOT NULL,
  owner_id uuid NOT NULL REFERENCES app."user" (id) ON DELETE CASCADE,
  organization_id uuid REFERENCES app.organization (id) ON DELETE SET NULL,
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE app.content (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  item_id uuid NOT NULL REFERENCES app.item (id) ON DELETE CASCADE,
  role varchar(20) NOT NULL, text text NOT NULL, meta_data json NOT NULL);
CREATE TABLE app.aimodel (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  name varchar(200) NOT NULL, provider varchar(100) NOT NULL, version varchar(50),
  parameters json NOT NULL, meta_data json NOT NULL);
CREATE TABLE app.embedding (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  model_id uuid NOT NULL REFERENCES app.aimodel (id) ON DELETE CASCADE,
  content_id uuid UNIQUE REFERENCES app.content (id) ON DELETE CASCADE,
  item_id uuid REFERENCES app.item (id) ON DELETE CASCADE,
  vector json NOT NULL, dim integer NOT NULL, meta_data json NOT NULL);
CREATE TABLE app.fileasset (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  owner_id uuid NOT NULL REFERENCES app."user" (id) ON DELETE CASCADE,
  item_id uuid REFERENCES app.item (id) ON DELETE SET NULL,
  filename varchar(255) NOT NULL, path varchar(500) NOT NULL UNIQUE, mime_type varchar(100),
  size_bytes integer NOT NULL, checksum varchar(64), meta_data json NOT NULL);
CREATE TABLE app.event (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  actor_id uuid REFERENCES app."user" (id) ON DELETE SET NULL,
  organization_id uuid REFERENCES app.organization (id) ON DELETE SET NULL,
  item_id uuid REFERENCES app.item (id) ON DELETE SET NULL,
  model_id uuid REFERENCES app.aimodel (id) ON DELETE SET NULL,
  event_type varchar(100) NOT NULL, payload json NOT NULL);
CREATE TABLE app.tag (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  name varchar(100) NOT NULL, color varchar(20));
CREATE TABLE app.itemtaglink (
  item_id uuid REFERENCES app.item (id) ON DELETE CASCADE,
  tag_id uuid REFERENCES app.tag (id) ON DELETE CASCADE, PRIMARY KEY (item_id, tag_id));
CREATE TABLE app.setting (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  scope app.scope NOT NULL, key varchar(200) NOT NULL, value json NOT NULL,
  user_id uuid REFERENCES app."user" (id) ON DELETE CASCADE,
  organization_id uuid REFERENCES app.organization (id) ON DELETE CASCADE);
CREATE TABLE app.apikey (
  id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  key_hash varchar(128) NOT NULL UNIQUE, user_id uuid NOT NULL REFERENCES app."user" (id) ON DELETE CASCADE,
  description varchar(200), scopes json NOT NULL, expires_at timestamptz, last_used_at timestamptz);
"""

PLACES = {
    "users": "app.user",
    "organizations": "app.organization",
    "organization_memberships": "app.membership",
    "ai_models": "app.aimodel",
    "items": "app.item",
    "contents": "app.content",
    "embeddings": "app.embedding",
    "file_assets": "app.fileasset",
    "events": "app.event",
    "tags": "app.tag",
    "item_tag_links": "app.itemtaglink",
    "settings": "app.setting",
    "api_keys": "app.apikey",
}

USER, ORG, ITEM = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
CONTENT, MODEL, TAG = (f"00000000-0000-4000-8000-00000000000{n}" for n in (4, 5, 6))

ROWS = f"""
INSERT INTO app."user" VALUES ('{USER}', now(), now(), 'ada@example.org', 'x', 'Ada', true, false,
  'local', '{{"a":  1}}', 's');
INSERT INTO app.organization VALUES ('{ORG}', now(), now(), 'Lab', 'lab', 'free', '{{}}');
INSERT INTO app.membership VALUES (gen_random_uuid(), now(), now(), '{USER}', '{ORG}', 'owner', now());
INSERT INTO app.item (id, created_at, updated_at, owner_id, organization_id, type, title, meta_data)
  VALUES ('{ITEM}', now(), now(), '{USER}', '{ORG}', 'NOTE', 'One', '{{}}');
INSERT INTO app.content VALUES ('{CONTENT}', now(), now(), '{ITEM}', 'user', 'A text', '{{}}');
INSERT INTO app.aimodel VALUES ('{MODEL}', now(), now(), 'hash', 'local', NULL, '{{}}', '{{}}');
INSERT INTO app.embedding VALUES (gen_random_uuid(), now(), now(), '{MODEL}', '{CONTENT}', NULL, '[1.0, 2]', 2, '{{}}');
INSERT INTO app.fileasset VALUES (gen_random_uuid(), now(), now(), '{USER}', '{ITEM}',
  'f', 'file://h/f', NULL, 1, NULL, '{{}}');
INSERT INTO app.event VALUES (gen_random_uuid(), now(), now(), '{USER}', NULL, '{ITEM}', NULL, 'made', '{{}}');
INSERT INTO app.tag VALUES ('{TAG}', now(), now(), 'todo', NULL);
INSERT INTO app.itemtaglink VALUES ('{ITEM}', '{TAG}');
INSERT INTO app.setting VALUES (gen_random_uuid(), now(), now(), 'global', 'k', 'null', NULL, NULL);
INSERT INTO app.apikey VALUES (gen_random_uuid(), now(), now(), 'h', '{USER}', NULL, '[]', NULL, NULL);
"""
