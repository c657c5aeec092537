from tests.engine.local_spark import spark

__all__ = ["spark"]
