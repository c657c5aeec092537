"""One module per exported kind: each turns the world into the rows of the file that a company would hand over.

A new kind (visits, surveys, conduct) is a module with `write(world, folder)` here, its Chinese words in `headers`,
its truth in `truth`, and a line in `linjiang.write`.
"""
