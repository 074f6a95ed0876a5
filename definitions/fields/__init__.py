"""Readers of what people give for a field: text, patches, lists of packages.

Pure functions over bytes and strings: nothing is opened, run or fetched here. What can't be
taken is refused with a `FieldError`, and never with anything else, however hostile it is.

`text` cleans typed text and makes hidden characters visible; `patch` reads what `git
format-patch` makes (built of `mailbox`, `headers`, `people`, `message` and `diff`); `display`
prepares a patch's lines for a page; `packages` reads what `apt list --upgradable` prints;
`record` turns what was read into plain JSON and back.
"""
