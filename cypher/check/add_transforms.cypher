// mode: write
// returns: added
// parameters: pairs
UNWIND $pairs AS pair
MATCH (t:Transform {uid: pair[0]})
MATCH (p:Transform {uid: pair[1]})
MERGE (t)-[:PREDECESSOR {by: 'run'}]->(p)
RETURN count(*) AS added
