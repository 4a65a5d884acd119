"""Judgement: policies are data, loaded, type-checked and run here."""
