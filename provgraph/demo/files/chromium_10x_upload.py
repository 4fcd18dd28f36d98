"""Register the two files that the sequencer wrote into the storage."""

import provgraph as pg
from provgraph.demo import datasets

pg.track()

for path in datasets.sequencer_reads(pg.settings.storage.root):
    pg.Artifact(path).save()

pg.finish()
