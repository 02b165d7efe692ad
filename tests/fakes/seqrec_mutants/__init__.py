"""Components that are wrong on purpose, each in one way, for tests of the conformance suites."""
