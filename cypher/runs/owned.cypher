// mode: write
// returns: artifacts
// parameters: uid
// The hidden artifacts that would be left alone without this run, see check/orphans: no other run has or has read one, no
// collection holds it. Setting `seq` locks them first, so that who gets one at the same time is seen, or waits.
MATCH (r:Run {uid: $uid})<-[:ENVIRONMENT_OF|REPORT_OF|SOURCE_OF|INPUT_OF]-(a:Artifact)
WHERE a.kind <> 'data'
WITH DISTINCT a
SET a.seq = coalesce(a.seq, 0)
WITH a
WHERE NOT EXISTS { MATCH (a)-[:ENVIRONMENT_OF|REPORT_OF|SOURCE_OF|INPUT_OF]->(s:Run) WHERE s.uid <> $uid }
AND NOT EXISTS { MATCH (a)-[:MEMBER_OF]->(:Collection) }
RETURN collect(a.uid) AS artifacts
