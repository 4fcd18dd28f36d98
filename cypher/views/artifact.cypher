// mode: read
// returns: file, made_by, read_by
// parameters: uid
// What the page of a lineage gives a person to copy: a file with the runs that made it and those that read it.
MATCH (a:Artifact {uid: $uid})
OPTIONAL MATCH (a)-[:OUTPUT_OF]->(maker:Run)
OPTIONAL MATCH (a)-[:INPUT_OF]->(reader:Run)
RETURN a.key AS file, collect(DISTINCT maker.uid) AS made_by, collect(DISTINCT reader.uid) AS read_by
