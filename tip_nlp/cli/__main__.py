"""``python -m tip_nlp.cli``."""

from tip_nlp.cli import main

main()
