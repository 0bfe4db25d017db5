"""How the model is made. Needs the ``train`` extra; never imported by tip_nlp or api."""
