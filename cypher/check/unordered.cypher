// mode: read
// returns: what, uids
// parameters: space
// Edges without the numbers from which all order follows.
MATCH (a:Artifact)-[e:INPUT_OF]->(r:Run {space: $space}) WHERE e.saw IS NULL OR e.step IS NULL
RETURN 'INPUT_OF without saw or step' AS what, [a.uid, r.uid] AS uids
UNION ALL
MATCH (a:Artifact)-[e:OUTPUT_OF]->(r:Run {space: $space}) WHERE e.seq IS NULL OR e.step IS NULL
RETURN 'OUTPUT_OF without seq or step' AS what, [a.uid, r.uid] AS uids
