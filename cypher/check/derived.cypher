// mode: read
// returns: pairs
// parameters: space
// What must follow what: each pair is a run, a run that had made something which the first read, and their transforms.
MATCH (r:Run {space: $space})<-[i:INPUT_OF]-(a:Artifact)-[o:OUTPUT_OF]->(p:Run)
WHERE o.seq < i.saw AND p.uid <> r.uid
WITH DISTINCT r, p
MATCH (r)-[:RUN_OF]->(t:Transform)
MATCH (p)-[:RUN_OF]->(q:Transform)
RETURN collect([r.uid, p.uid, t.uid, q.uid]) AS pairs
