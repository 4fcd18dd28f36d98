// mode: write
// returns: removed
// parameters: pairs
UNWIND $pairs AS pair
MATCH (t:Transform {uid: pair[0]})-[e:PREDECESSOR {by: 'run'}]->(:Transform {uid: pair[1]})
DELETE e
RETURN count(*) AS removed
