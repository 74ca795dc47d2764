"""What the pages share: the current digit, cached models, the canvas, pictures and charts."""

import os

# The matrices of a few digits are so small that a second thread gains little, and on a busy machine every product waits
# until it gets its turn: that made a repaint ten times slower. NumPy's BLAS reads this when it is first loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
