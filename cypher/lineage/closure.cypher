// mode: read
// returns: runs, own, there
// parameters: artifacts, runs, transforms, collections, upstream, downstream
// Rows of runs: those that made what is asked for with all their predecessors, and those that read it with all their
// successors. `own` are the runs of a transform, and the members of a collection; `there` are the
// transforms and collections that the graph holds. A depth is written in place of the
// open end of `*0..`, as no parameter can be (see provgraph.statements.bounded). The closure from each start is the one
// form that stays linear on both engines and ends on cycles.
UNWIND $artifacts AS uid
MATCH (:Artifact {uid: uid})-[:OUTPUT_OF]->(b:Run)
WHERE $upstream
WITH DISTINCT b
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, [] AS own, [] AS there
UNION ALL
UNWIND $artifacts AS uid
MATCH (:Artifact {uid: uid})-[:INPUT_OF]->(b:Run)
WHERE $downstream
WITH DISTINCT b
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, [] AS own, [] AS there
UNION ALL
UNWIND $runs AS uid
MATCH (b:Run {uid: uid})
WHERE $upstream
WITH DISTINCT b
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, [] AS own, [] AS there
UNION ALL
UNWIND $runs AS uid
MATCH (b:Run {uid: uid})
WHERE $downstream
WITH DISTINCT b
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, [] AS own, [] AS there
UNION ALL
UNWIND $transforms AS uid
MATCH (:Transform {uid: uid})<-[:RUN_OF]-(b:Run)
WHERE $upstream
WITH DISTINCT b
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, collect(DISTINCT b.uid) AS own, [] AS there
UNION ALL
UNWIND $transforms AS uid
MATCH (:Transform {uid: uid})<-[:RUN_OF]-(b:Run)
WHERE $downstream
WITH DISTINCT b
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, collect(DISTINCT b.uid) AS own, [] AS there
UNION ALL
UNWIND $collections AS uid
MATCH (:Collection {uid: uid})<-[:MEMBER_OF]-(a:Artifact)
RETURN [] AS runs, collect(DISTINCT a.uid) AS own, [] AS there
UNION ALL
UNWIND $collections AS uid
MATCH (:Collection {uid: uid})<-[:MEMBER_OF]-(a:Artifact)
MATCH (a)-[:OUTPUT_OF]->(b:Run)
WHERE $upstream
WITH DISTINCT b
CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, [] AS own, [] AS there
UNION ALL
UNWIND $collections AS uid
MATCH (:Collection {uid: uid})<-[:MEMBER_OF]-(a:Artifact)
MATCH (a)-[:INPUT_OF]->(b:Run)
WHERE $downstream
WITH DISTINCT b
CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:Run) RETURN DISTINCT x }
RETURN collect(DISTINCT x.uid) AS runs, [] AS own, [] AS there
UNION ALL
UNWIND $transforms AS uid
MATCH (t:Transform {uid: uid})
RETURN [] AS runs, [] AS own, collect(t.uid) AS there
UNION ALL
UNWIND $collections AS uid
MATCH (c:Collection {uid: uid})
RETURN [] AS runs, [] AS own, collect(c.uid) AS there
