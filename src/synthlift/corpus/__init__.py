"""Documents: what they are, how they are read, which belong together, and how they are split."""

from synthlift.corpus.corpus import Corpus
from synthlift.corpus.document import Document, Origin
from synthlift.corpus.training_set import TrainingSet

__all__ = ["Corpus", "Document", "Origin", "TrainingSet"]
