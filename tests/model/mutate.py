"""Writes a copy of a source in which some texts are replaced, each of which must be there once:
    mutate.py SOURCE COPY OLD NEW [OLD NEW]...
"""
import sys

source, copy, *texts = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    text = file.read()
for old, new in zip(texts[::2], texts[1::2]):
    if text.count(old) != 1:
        sys.exit(f"{source}: {text.count(old)} times, not once: {old}")
    text = text.replace(old, new)
with open(copy, "w", encoding="utf-8") as file:
    file.write(text)
