"""The kind position: what the order and the times of events do to attention."""
