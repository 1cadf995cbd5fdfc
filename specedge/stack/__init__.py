"""The whole stack as separate processes: what runs, in which order, what came of it."""
