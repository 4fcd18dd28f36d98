// mode: schema
// returns: none
// parameters: none
// What every node is known by, and what queries look for.
CREATE CONSTRAINT schema_name IF NOT EXISTS FOR (n:Schema) REQUIRE n.name IS UNIQUE;

CREATE CONSTRAINT user_uid IF NOT EXISTS FOR (n:User) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT user_slot IF NOT EXISTS FOR (n:User) REQUIRE n.slot IS UNIQUE;

CREATE CONSTRAINT storage_uid IF NOT EXISTS FOR (n:Storage) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT storage_slot IF NOT EXISTS FOR (n:Storage) REQUIRE n.slot IS UNIQUE;

CREATE CONSTRAINT transform_uid IF NOT EXISTS FOR (n:Transform) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT transform_slot IF NOT EXISTS FOR (n:Transform) REQUIRE n.slot IS UNIQUE;
CREATE CONSTRAINT transform_head IF NOT EXISTS FOR (n:Transform) REQUIRE n.head IS UNIQUE;
CREATE INDEX transform_hash IF NOT EXISTS FOR (n:Transform) ON (n.hash);
CREATE INDEX transform_created IF NOT EXISTS FOR (n:Transform) ON (n.created_us);

CREATE CONSTRAINT run_uid IF NOT EXISTS FOR (n:Run) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT run_slot IF NOT EXISTS FOR (n:Run) REQUIRE n.slot IS UNIQUE;
CREATE INDEX run_status IF NOT EXISTS FOR (n:Run) ON (n.status);
CREATE INDEX run_created IF NOT EXISTS FOR (n:Run) ON (n.created_us);

CREATE CONSTRAINT artifact_uid IF NOT EXISTS FOR (n:Artifact) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT artifact_slot IF NOT EXISTS FOR (n:Artifact) REQUIRE n.slot IS UNIQUE;
CREATE CONSTRAINT artifact_head IF NOT EXISTS FOR (n:Artifact) REQUIRE n.head IS UNIQUE;
CREATE INDEX artifact_key IF NOT EXISTS FOR (n:Artifact) ON (n.key);
CREATE INDEX artifact_hash IF NOT EXISTS FOR (n:Artifact) ON (n.hash);
CREATE INDEX artifact_folded IF NOT EXISTS FOR (n:Artifact) ON (n.folded);
CREATE INDEX artifact_created IF NOT EXISTS FOR (n:Artifact) ON (n.created_us);

CREATE CONSTRAINT collection_uid IF NOT EXISTS FOR (n:Collection) REQUIRE n.uid IS UNIQUE;
CREATE CONSTRAINT collection_slot IF NOT EXISTS FOR (n:Collection) REQUIRE n.slot IS UNIQUE;
CREATE CONSTRAINT collection_head IF NOT EXISTS FOR (n:Collection) REQUIRE n.head IS UNIQUE;
CREATE INDEX collection_created IF NOT EXISTS FOR (n:Collection) ON (n.created_us);
