"""The lesson, a step a module; `pages/how_it_works.py` puts them in order."""
