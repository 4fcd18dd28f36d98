// mode: read
// returns: what, uids
// parameters: space
// Records that lack an edge which every record of their kind has. When a run is removed, runs/owned sees to the last.
MATCH (r:Run {space: $space}) WHERE NOT EXISTS { MATCH (r)-[:RUN_OF]->(:Transform) }
RETURN 'runs without a transform' AS what, collect(r.uid) AS uids
UNION ALL
MATCH (a:Artifact {space: $space}) WHERE NOT EXISTS { MATCH (a)-[:STORED_IN]->(:Storage) }
RETURN 'artifacts without a storage' AS what, collect(a.uid) AS uids
UNION ALL
MATCH (a:Artifact {space: $space}) WHERE NOT EXISTS { MATCH (a)-[:CREATED_BY]->(:User) }
RETURN 'artifacts without a user' AS what, collect(a.uid) AS uids
UNION ALL
MATCH (r:Run {space: $space}) WHERE NOT EXISTS { MATCH (r)-[:CREATED_BY]->(:User) }
RETURN 'runs without a user' AS what, collect(r.uid) AS uids
UNION ALL
MATCH (a:Artifact {space: $space}) WHERE a.kind <> 'data'
AND NOT EXISTS { MATCH (a)-[:ENVIRONMENT_OF|REPORT_OF|SOURCE_OF|INPUT_OF]->(:Run) }
AND NOT EXISTS { MATCH (a)-[:MEMBER_OF]->(:Collection) }
RETURN 'hidden artifacts of no run' AS what, collect(a.uid) AS uids
