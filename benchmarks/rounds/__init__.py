"""A city's week of scarce goods: its file of requests taken in, and from the click on Preview to the page that shows it."""
