"""The commands of the `tokenlake` console."""
