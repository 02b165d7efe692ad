"""TwoTower: users from their events, items from their features, scored by products."""
