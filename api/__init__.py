"""The scoring service. Needs nothing but tip_nlp and FastAPI; imports neither torch nor transformers."""
