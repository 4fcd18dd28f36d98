"""The data of the demo: what an instrument, a sequencer and Cell Ranger would have written.

The cells are real: the 700 blood cells of 10x Genomics' PBMC 68k data that scanpy ships as `pbmc68k_reduced`. Their
expression is stored there as log(1 + counts per 10,000), so the counts come back exactly. The screen and the reads are
made, from fixed seeds.

Formats: gene summary of MAGeCK (https://sourceforge.net/p/mageck/wiki/output/), FASTQ of the 10x Chromium
(14 bases of barcode, 10 of UMI), feature-barcode matrix of Cell Ranger (Matrix Market, genes in rows).
"""

from __future__ import annotations

import gzip
import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData

GENES: Final = 18_000
GUIDES: Final = 6
"""Guide RNAs for each gene of the screen."""
READS: Final = 2_000

_RAISE: Final = """
CD3E CD3D CD3G CD247 CD28 CD2 LAT LCK IL2RB IL2RG CD27 CD7 CD8A IL7R IRF1 SH2D2A FYB PTPRCAP TRAF3IP3 CD40LG
TNFRSF4 TNFRSF1B APBB1IP CAMK4 EVL MATK GIMAP7 SIT1 PTPN7 XCL1 HOPX IL18
VAV1 LCP2 TBX21 EOMES ITK ZAP70 TNFRSF9 TNFRSF1A IL12RB1 IL12RB2 IL1R1 OTUD7B ICOS FOXQ1 APOBEC3C DEAF1
"""
RAISE_IFNG: Final = _RAISE.split()
"""Genes whose activation raises interferon gamma in the made screen: the first 32 are measured in the cells too."""
LOWER_IFNG: Final = (
    "CD5",
    "CBLB",
    "UBASH3A",
    "MAP4K1",
    "CD37",
    "FOXP3",
    "IKZF3",
    "LAPTM5",
    "MUC1",
    "BACH2",
    "SOCS1",
    "TNFAIP3",
)


def crispra_screen(folder: str | Path) -> Path:
    """Write a CRISPRa screen of 18,000 genes for interferon gamma, as MAGeCK summarises it, and give the file's path.

    Genes that no cell of ours measures are called GENE00001 and so on. A score is that of robust rank aggregation, its
    p-value the bound of Kolde et al. 2012 (https://doi.org/10.1093/bioinformatics/btr709), its rate that of Benjamini
    and Hochberg.
    """
    import pandas as pd

    random = np.random.default_rng(22)
    known = list(dict.fromkeys([*_cells_and_genes()[1], *RAISE_IFNG, *LOWER_IFNG]))
    genes = random.permutation([*known, *(f"GENE{number:05d}" for number in range(1, GENES - len(known) + 1))])
    effect = np.zeros(GENES)
    effect[np.isin(genes, RAISE_IFNG)] = random.uniform(2.8, 4.2, len(RAISE_IFNG))
    effect[np.isin(genes, LOWER_IFNG)] = random.uniform(-4.2, -2.8, len(LOWER_IFNG))
    guides = random.normal(effect[:, None], 1.0, (GENES, GUIDES))
    table = pd.DataFrame({"id": genes, "num": GUIDES, **_side("neg", guides), **_side("pos", -guides)})
    table["neg|lfc"] = table["pos|lfc"] = np.median(guides, axis=1).round(4) * 0.4
    path = _below(folder, "schmidt22-crispra-gws-IFNG.csv")
    table.sort_values("pos|rank").to_csv(path, index=False, float_format="%.5g")
    return path


def sequencer_reads(folder: str | Path) -> tuple[Path, Path]:
    """Write two gzipped FASTQ files of a Chromium run, barcodes with UMIs and the reads, and give their paths."""
    random = np.random.default_rng(10)
    barcodes = random.choice([barcode.split("-")[0] for barcode in _cells_and_genes()[0]], READS)
    pair = []
    for number, starts, length in ((1, barcodes, 10), (2, [""] * READS, 98)):
        ends = ("".join(bases) for bases in random.choice(list("ACGT"), (READS, length)))
        reads = [f"{start}{end}" for start, end in zip(starts, ends, strict=True)]
        path = _below(folder, f"fastq/perturbseq_R{number}_001.fastq.gz")
        path.write_bytes(_gzipped("".join(_record(index, number, read) for index, read in enumerate(reads))))
        pair.append(path)
    return pair[0], pair[1]


def feature_barcode_matrix(folder: str | Path) -> Path:
    """Write the counts of the 700 cells as the three files of `filtered_feature_bc_matrix/`, and give its path."""
    cells = reference_cells()
    counts = cells.raw.X.T.tocoo()
    values = np.rint(np.expm1(counts.data.astype(float)) * cells.obs["n_counts"].to_numpy()[counts.col] / 10_000)
    entries = sorted(zip(counts.col.tolist(), counts.row.tolist(), values.astype(int).tolist(), strict=True))
    matrix = ["%%MatrixMarket matrix coordinate integer general", f"{counts.shape[0]} {counts.shape[1]} {len(entries)}"]
    matrix += [f"{gene + 1} {cell + 1} {count}" for cell, gene, count in entries]
    features = [f"{gene}\t{gene}\tGene Expression" for gene in cells.raw.var_names]
    texts = {"matrix.mtx": matrix, "features.tsv": features, "barcodes.tsv": list(cells.obs_names)}
    for name, lines in texts.items():
        path = _below(folder, f"perturbseq/filtered_feature_bc_matrix/{name}.gz")
        path.write_bytes(_gzipped("\n".join(lines) + "\n"))
    return path.parent


@cache
def reference_cells() -> AnnData:
    """Read scanpy's `pbmc68k_reduced` with its published cell types and UMAP, without importing scanpy."""
    import anndata

    return anndata.read_h5ad(_shipped())


@cache
def _cells_and_genes() -> tuple[list[str], list[str]]:
    """Read the barcodes and the genes alone, which is quicker than all of the cells."""
    import h5py  # type: ignore[import-untyped]

    with h5py.File(_shipped()) as file:
        return [text.decode() for text in file["obs"]["index"]], [text.decode() for text in file["var"]["index"]]


def _shipped() -> Path:
    spec = importlib.util.find_spec("scanpy")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError('the demo needs scanpy: pip install "provgraph[demo]"')
    return Path(spec.origin).parent / "datasets" / "10x_pbmc68k_reduced.h5ad"


def _side(side: str, guides: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> dict[str, object]:
    """Rank the genes by how low their guides rank among all guides."""
    from scipy.special import betainc  # type: ignore[import-untyped]

    shares = np.sort((guides.ravel().argsort().argsort().reshape(guides.shape) + 1) / guides.size, axis=1)
    places = np.arange(1, GUIDES + 1)
    score = betainc(places, GUIDES - places + 1, shares).min(axis=1)
    p_value = np.minimum(score * GUIDES, 1.0)
    order = score.argsort(kind="stable")
    rank = order.argsort() + 1
    rates = np.minimum.accumulate((p_value[order] * GENES / np.arange(1, GENES + 1))[::-1])[::-1]
    return {
        f"{side}|score": score,
        f"{side}|p-value": p_value,
        f"{side}|fdr": np.minimum(rates, 1.0)[rank - 1],
        f"{side}|rank": rank,
        f"{side}|goodsgrna": (shares < 0.1).sum(axis=1),  # noqa: PLR2004 - MAGeCK counts guides below its threshold
        f"{side}|lfc": 0.0,
    }


def _record(index: int, number: int, read: str) -> str:
    """Write one read in FASTQ, named as Illumina's sequencers name it, its quality falling towards the end."""
    place = f"{index // 40 + 1101}:{index * 7 + 1000}:{index * 13 + 1000}"
    quality = ("F" * (len(read) - 3) + "EA/")[: len(read)]
    return f"@A00228:279:HFWFVDMXX:1:{place} {number}:N:0:0\n{read}\n+\n{quality}\n"


def _below(folder: str | Path, name: str) -> Path:
    path = Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)
