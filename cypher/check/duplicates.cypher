// mode: read
// returns: what, uids
// parameters: space
// What must be there once: the latest version of a key, and one edge between an artifact and a run.
MATCH (a:Artifact {space: $space}) WHERE a.is_latest AND a.key IS NOT NULL
WITH a.kind AS kind, a.key AS key, collect(a.uid) AS uids
WHERE size(uids) > 1
RETURN 'several latest versions of one key' AS what, uids
UNION ALL
MATCH (a:Artifact {space: $space})-[e:INPUT_OF]->(r:Run)
WITH a, r, count(e) AS edges
WHERE edges > 1
RETURN 'several INPUT_OF of one artifact and run' AS what, [a.uid, r.uid] AS uids
UNION ALL
MATCH (a:Artifact {space: $space})-[e:OUTPUT_OF]->(r:Run)
WITH a, r, count(e) AS edges
WHERE edges > 1
RETURN 'several OUTPUT_OF of one artifact and run' AS what, [a.uid, r.uid] AS uids
UNION ALL
MATCH (a:Artifact {space: $space})-[:INPUT_OF]->(r:Run)
MATCH (a)-[:OUTPUT_OF]->(r)
RETURN 'INPUT_OF beside OUTPUT_OF of one artifact and run' AS what, [a.uid, r.uid] AS uids
