"""Figures of ours beside baselines, measured in the same run; what each means is in docs/bench.md."""
