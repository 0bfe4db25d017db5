"""Other machines to scan on: a Ray cluster, or a Spark job of one's own."""
