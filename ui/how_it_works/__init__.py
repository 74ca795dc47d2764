"""The lesson, a section a module; `pages/how_it_works.py` puts them in order."""
