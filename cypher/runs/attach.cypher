// mode: write
// returns: attached
// parameters: run, artifacts
// Hidden artifacts that belong to the run: each row gives `uid` and `edge`, one of environment, report, source.
MATCH (r:Run {uid: $run})
UNWIND $artifacts AS row
MATCH (a:Artifact {uid: row.uid})
FOREACH (_ IN CASE row.edge WHEN 'environment' THEN [1] ELSE [] END | MERGE (a)-[:ENVIRONMENT_OF]->(r))
FOREACH (_ IN CASE row.edge WHEN 'report' THEN [1] ELSE [] END | MERGE (a)-[:REPORT_OF]->(r))
FOREACH (_ IN CASE row.edge WHEN 'source' THEN [1] ELSE [] END | MERGE (a)-[:SOURCE_OF]->(r))
RETURN count(a) AS attached
