"""Benchmarks: each figure beside a reference measured in the same run. They print and never fail a build."""
