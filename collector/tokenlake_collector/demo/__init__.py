"""The main job on real input: recorded traffic and a small live agent, into a real collector."""
