"""Count genes in cells with Cell Ranger."""

import provgraph as pg
from provgraph.demo import datasets

transform = pg.Transform(
    name="Cell Ranger",
    version="7.2.0",
    type="pipeline",
    reference="https://www.10xgenomics.com/support/software/cell-ranger/7.2",
).save()
pg.track(transform=transform)

reads = [artifact.cache() for artifact in pg.Artifact.filter(key__startswith="fastq/perturbseq")]
print("cellranger count --fastqs", reads[0].parent)
# `cellranger count` takes hours; what it would write for these cells is written at once.
matrix = datasets.feature_barcode_matrix(pg.settings.storage.root)

pg.save(pg.Artifact.from_dir(matrix))

pg.finish()
