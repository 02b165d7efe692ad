"""The engine Spark: pieces of work as tasks of a Spark session, and data folders made there."""
