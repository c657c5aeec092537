"""Parts of pages: figures that open, tables, filters, exports, pictures, and slots that rooms fill.

Owns no rows and no addresses. Verbs: show, page, filter, export. Any room above may use it;
`docs/explanation/ui-parts.md` tells how.
"""
