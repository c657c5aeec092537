"""Mappings by the API: shipped ones and the company's own."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.foundation.imports import mapping, stored
from lianxin.foundation.models import StoredMapping

router = Router(tags=["imports"])


class MappingOut(Schema):
    name: str
    title: str
    kinds: list[str] = Field(description="the kinds of files that it knows")
    is_shipped: bool
    stored_at: datetime | None
    stored_by: str


class MappingFile(MappingOut):
    text: str = Field(description="TOML")


class MappingIn(Schema):
    name: str


def _own(row: StoredMapping) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "kinds": row.kinds,
        "is_shipped": False,
        "stored_at": row.stored_at,
        "stored_by": row.stored_by.username if row.stored_by else "",
    }


def _shipped(name: str) -> dict[str, Any]:
    made = mapping.load(name)
    return {
        "name": name, "title": made.title, "kinds": list(made.kinds), "is_shipped": True, "stored_at": None, "stored_by": "",
    }  # fmt: skip


@router.get("/mappings", response={200: list[MappingOut], **REFUSED}, summary="Mappings that an import can name")
@needs("imports.read")
def mappings(request: HttpRequest) -> Any:
    own = [_own(row) for row in stored.mappings(company_of(request))]
    return [*map(_shipped, mapping.shipped_names()), *own]


@router.get("/mappings/{name}", response={200: MappingFile, **REFUSED}, summary="A mapping with its text")
@needs("imports.read")
def one_mapping(request: HttpRequest, name: str) -> Any:
    if name in mapping.shipped_names():
        return {**_shipped(name), "text": mapping.load(name).text}
    row = stored.mapping_named(company_of(request), name)
    return {**_own(row), "text": row.text}


@router.post(
    "/mappings", response={201: MappingOut, **REFUSED}, summary="Store a mapping, or replace the one of that name"
)
@needs("imports.run")
def store_mapping(request: HttpRequest, asked: Form[MappingIn], file: File[UploadedFile]) -> Any:
    row = stored.store(
        company=company_of(request),
        name=asked.name,
        content=file.read(mapping.SIZE_LIMIT + 1),
        by=user_of(request),
        at=clock.now(),
    )
    return Status(201, _own(row))


@router.delete("/mappings/{name}", response={204: None, **REFUSED}, summary="Delete one of the company's own")
@needs("imports.run")
def delete_mapping(request: HttpRequest, name: str) -> Any:
    stored.delete(company=company_of(request), name=name, by=user_of(request), at=clock.now())
    return Status(204, None)
