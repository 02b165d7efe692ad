"""What Spark does of a preparation of data: it reads, counts, numbers, filters and sorts events."""
