// mode: read
// returns: ends
// parameters: ids
// The runs and artifacts that the engine names so: each as [its name, its label, its uid]. One at a time is found at
// once; for a list (`IN`) the local engine looks at every node.
UNWIND $ids AS id
MATCH (n) WHERE elementId(n) = id
WITH id, n WHERE n:Run OR n:Artifact
RETURN collect([id, CASE WHEN n:Run THEN 'Run' ELSE 'Artifact' END, n.uid]) AS ends
