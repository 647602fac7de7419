"""Start and end of tracking in a process: providers, zero code, sampling, signals, forks."""
