// mode: read
// returns: files
// parameters: space, after, most
// The files of a space in the order of their uids, `most` at once: those of hidden artifacts too, deleted ones not. One
// row, one list a file.
MATCH (a:Artifact)
WHERE a.uid > $after AND a.space = $space AND a.deleted = false
WITH a ORDER BY a.uid LIMIT $most
RETURN collect([
  a.uid, a.key, a.kind, a.hash, a.size, a.placed, a.location, a.replaced,
  [(a)-[:STORED_IN]->(s:Storage) | [s.root, s.host]]
]) AS files
