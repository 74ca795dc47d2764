"""A denoising variational autoencoder for MNIST: trained with Keras, served with NumPy."""
