"""What the sandbox's speed is measured with: `python -m benchmarks`."""
