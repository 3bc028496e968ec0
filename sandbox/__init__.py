"""A fake Segment workspace on one local port, for the people who build integrations."""
