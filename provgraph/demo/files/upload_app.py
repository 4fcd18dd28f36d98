"""Stands for the upload app of the wet lab: somebody drops the screen's table into it."""

import provgraph as pg
from provgraph.demo import datasets

transform = pg.Transform(name="Upload GWS CRISPRa result", type="upload").save()
pg.track(transform=transform)

path = datasets.crispra_screen(pg.settings.storage.root)
pg.Artifact(path, description="Raw data of schmidt22 crispra GWS").save()

pg.finish()
