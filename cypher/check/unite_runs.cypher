// mode: write
// returns: removed
// parameters: pairs
// Of several edges of each pair one stays.
UNWIND $pairs AS pair
MATCH (r:Run {uid: pair[0]})-[e:PREDECESSOR]->(p:Run {uid: pair[1]})
WITH r, p, collect(e) AS edges
UNWIND tail(edges) AS e
DELETE e
RETURN count(*) AS removed
