"""The engine Ray: pieces of work among actors of a Ray cluster, one a core or a GPU."""
