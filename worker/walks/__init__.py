"""Walks: stories of cases, played by invented people over HTTP against one stack.

`model` reads them, `site` is where they play, `person` is somebody with a browser, `player` does
one step after the other, `command` is `countersign walk`. Sample cases are made the same way.
"""
