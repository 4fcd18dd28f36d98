// mode: read
// returns: transform, read, made
// parameters: uid
// What the page of a lineage gives a person to copy: a run with its transform, what it read and what it made.
MATCH (r:Run {uid: $uid})
OPTIONAL MATCH (r)-[:RUN_OF]->(t:Transform)
OPTIONAL MATCH (input:Artifact)-[:INPUT_OF]->(r)
OPTIONAL MATCH (output:Artifact)-[:OUTPUT_OF]->(r)
RETURN t.name AS transform, collect(DISTINCT input.key) AS read, collect(DISTINCT output.key) AS made
