// mode: write
// returns: added
// parameters: pairs
UNWIND $pairs AS pair
MATCH (r:Run {uid: pair[0]})
MATCH (p:Run {uid: pair[1]})
MERGE (r)-[:PREDECESSOR]->(p)
RETURN count(*) AS added
