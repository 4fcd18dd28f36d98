// mode: schema
// returns: none
// parameters: none
// What 0002 made needless.
DROP CONSTRAINT artifact_head IF EXISTS;
DROP CONSTRAINT transform_head IF EXISTS;
DROP CONSTRAINT collection_head IF EXISTS;
DROP CONSTRAINT run_slot IF EXISTS;
