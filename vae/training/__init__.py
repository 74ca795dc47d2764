"""Training with Keras and TensorFlow. Beside it only the exports to these two import them.

Importing it loads neither yet: it only sets what both read from the environment when they are loaded.
"""

import os

# Some of TensorFlow's start-up remarks can't be silenced later than this.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# By itself TensorFlow takes oneDNN's convolutions only on processors with AVX-512; they are faster on others too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
