"""The folder that `tokenlake run` puts in front of PYTHONPATH; it holds nothing but `sitecustomize`."""
