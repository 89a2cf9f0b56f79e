"""The rules, tested without anything else."""
