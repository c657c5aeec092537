"""The tables of a house: laid out at once where there are none, brought up to date by migrations where there are."""

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from lianxin.foundation import database_copies


def bring_up_to_date() -> None:
    """Make the database, empty or of an earlier version, one of this version.

    Migrating an empty database takes a quarter of a minute, nearly all of it to draw the models as they were between any two
    steps. An empty one gets the tables of the rooms from today's models instead, with their migrations noted as run: it holds what
    migrating would have left (`tests/foundation/test_laying_out.py` compares both). All in one transaction: killed in the middle,
    it is empty still.
    """
    if database_copies.is_in_use():
        call_command("migrate", interactive=False, verbosity=0)
        return
    # SQLite makes no tables while it looks at foreign keys, and this cannot be switched within a transaction.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            _lay_out()
    finally:
        connection.enable_constraint_checking()


def _lay_out() -> None:
    rooms = [app for app in apps.get_app_configs() if app.name.startswith("lianxin.") and app.label != "foundation"]
    labels = {app.label for app in rooms}
    executor = MigrationExecutor(connection)
    # What the rooms stand on is migrated: the packages differ in small things from their models, and are few.
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in labels])
    with connection.schema_editor() as editor:
        for app in rooms:
            for model in app.get_models():
                editor.create_model(model)
    for key, migration in executor.loader.graph.nodes.items():
        if key[0] in labels:
            for name in (key, *migration.replaces):
                executor.recorder.record_applied(*name)
    # What follows every migration: kinds of content and their permissions.
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
