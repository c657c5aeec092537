"""Every address of the house: pages from the URL configuration, operations from the API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lianxin.config.api import api
from lianxin.foundation import gate
from tests.access.objects import ARGUMENTS, BY_CONVERTER, BY_NAME, World


@dataclass(frozen=True)
class Address:
    """An address with what it declares. `methods` are those worth trying."""

    name: str
    url_name: str
    verbs: tuple[str, str] | None
    methods: tuple[str, ...]
    converters: Mapping[str, Any]

    def url(self, world: World) -> str:
        """The address with the arguments of a world."""
        made = ARGUMENTS.get(self.name)
        given = made(world) if made else {}
        assert set(given) <= set(self.converters), f"{self.name} takes {list(self.converters)}, not {list(given)}"
        kwargs = {
            key: given[key] if key in given else BY_NAME.get(key, BY_CONVERTER[type(converter).__name__])
            for key, converter in self.converters.items()
        }
        return reverse(self.url_name, kwargs=kwargs)


def pages() -> list[Address]:
    return sorted(_pages(get_resolver().url_patterns, "", {}), key=lambda address: address.name)


def _pages(patterns: list[Any], prefix: str, outer: Mapping[str, Any]) -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace == "api":
                continue
            inside = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _pages(pattern.url_patterns, inside, {**outer, **pattern.pattern.converters})
        elif isinstance(pattern, URLPattern):
            name = f"{prefix}{pattern.name}"
            converters = {**outer, **pattern.pattern.converters}
            yield Address(name, name, gate.verbs_of(pattern.callback), ("GET", "POST"), converters)


def operations() -> list[Address]:
    found = []
    door = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "api")
    patterns = {pattern.name: pattern for pattern in door.url_patterns}
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                url_name = getattr(operation, "url_name", "") or api.get_operation_url_name(
                    operation, router=bound.template
                )
                for method in operation.methods:
                    found.append(
                        Address(
                            name=f"{method} {bound.prefix}{path}",
                            url_name=f"api:{url_name}",
                            verbs=gate.verbs_of(operation.view_func),
                            methods=(method,),
                            converters=patterns[url_name].pattern.converters,
                        )
                    )
    return sorted(found, key=lambda address: address.name)
