// mode: read
// returns: pairs
// parameters: space
// What must follow what: each pair is a run, a run that had made something which the first read, and their transforms,
// and whether the edges between them say so. Where an edge lacks its number, nobody knows.
MATCH (r:Run {space: $space})<-[i:INPUT_OF]-(a:Artifact)-[o:OUTPUT_OF]->(p:Run)
WHERE p.uid <> r.uid AND (o.seq < i.saw OR o.seq IS NULL OR i.saw IS NULL)
WITH DISTINCT r, p, o.seq IS NOT NULL AND i.saw IS NOT NULL AS known
MATCH (r)-[:RUN_OF]->(t:Transform)
MATCH (p)-[:RUN_OF]->(q:Transform)
RETURN collect([r.uid, p.uid, t.uid, q.uid, known]) AS pairs
