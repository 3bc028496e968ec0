"""`python -m sandbox` is `segment-sandbox`."""

from sandbox.cli import main

main()
