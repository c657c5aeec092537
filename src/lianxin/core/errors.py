"""Errors of the pure room. A message is a sentence: what is wrong, where, what to do."""


class CoreError(Exception):
    """A request that the core cannot answer as it stands."""


class SchemaMismatch(CoreError):
    """A table lacks a column, or a column has another type than its contract says."""


class ParameterWrong(CoreError):
    """A parameter is unknown, missing or has a value outside its declared kind."""


class UnknownIndicator(CoreError):
    """An indicator code that nobody registered."""


class UnknownLevel(CoreError):
    """A level at which nothing is measured."""
