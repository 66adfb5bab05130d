"""Meanings that English and German can say, with a lexicon of both: shared by CL-Conlang, which invents a third language for
them, and by Probe-German. Families import one another's nothing; what two of them need has a place of its own, as here."""
