"""Make one normalised, annotated AnnData file of Cell Ranger's three files."""

import anndata
import pandas as pd
from scipy.io import mmread

import provgraph as pg
from provgraph.demo import datasets

pg.track()

artifacts = pg.Artifact.filter(key__contains="filtered_feature_bc_matrix/")
files = {path.name: path for path in (artifact.cache() for artifact in artifacts)}
counts = mmread(files["matrix.mtx.gz"]).T.tocsr()
genes = pd.read_csv(files["features.tsv.gz"], sep="\t", names=["id", "gene", "type"], index_col="gene")
barcodes = pd.read_csv(files["barcodes.tsv.gz"], names=["barcode"], index_col="barcode")

per_10k = counts.multiply(10_000 / counts.sum(axis=1)).tocsr()
cells = anndata.AnnData(per_10k.log1p().astype("float32"), obs=barcodes, var=genes)
cells.layers["counts"] = counts.astype("int32")

published = datasets.reference_cells()[barcodes.index]
cells.obs["cluster_name"] = published.obs["bulk_labels"]
cells.obsm["X_umap"] = published.obsm["X_umap"]

path = pg.settings.storage.root / "schmidt22_perturbseq.h5ad"
cells.write_h5ad(path)
pg.Artifact(path, description="perturbseq counts").save()

pg.finish()
