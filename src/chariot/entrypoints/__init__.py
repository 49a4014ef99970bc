"""Entry points: translate between the world and the modules; decide nothing."""
