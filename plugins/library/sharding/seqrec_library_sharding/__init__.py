"""Tables whose rows several processes share out; a library, it declares no components."""
