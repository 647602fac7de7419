"""One model call, reported by hand or by the answer of a provider."""
