// mode: write
// returns: removed
// parameters: pairs
UNWIND $pairs AS pair
MATCH (r:Run {uid: pair[0]})-[e:PREDECESSOR]->(:Run {uid: pair[1]})
DELETE e
RETURN count(*) AS removed
