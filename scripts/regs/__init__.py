"""The register generator behind scripts/gen_regs.py."""
