// mode: read
// returns: ends
// parameters: ids
// The runs and artifacts that the engine names so: each as [its name, its label, its uid].
MATCH (n) WHERE (n:Run OR n:Artifact) AND elementId(n) IN $ids
RETURN collect([elementId(n), CASE WHEN n:Run THEN 'Run' ELSE 'Artifact' END, n.uid]) AS ends
