"""The schema of a database, brought to the version of this package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from genre.core.errors import Fault, StoreError
from genre.serving.store._database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Run the migrations that a database lacks, in one transaction; of several openers one does it, the others wait.

    Raises:
        StoreError: the database is of a newer version, out of reach or read-only.
    """
    script = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    if not database.read(lambda connection: _is_current(connection, script, database.where)):
        database.write(lambda connection: _upgrade(connection, script, database))


def _is_current(connection: Connection, script: ScriptDirectory, where: str) -> bool:
    found = MigrationContext.configure(connection).get_current_heads()
    known = {revision.revision for revision in script.walk_revisions()}
    newer = sorted(set(found) - known)
    if newer:
        raise StoreError(
            Fault(
                where,
                f"was made by a newer version of GENRE (schema {', '.join(newer)}; known here up to {max(known)}).",
                "Update genre, or open another database.",
            )
        )
    return set(found) == set(script.get_heads())


def _upgrade(connection: Connection, script: ScriptDirectory, database: Database) -> None:
    database.lock_schema(connection)
    if _is_current(connection, script, database.where):
        return
    options: dict[str, Any] = {"fn": _steps(script), "transactional_ddl": True}
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()


def _steps(script: ScriptDirectory) -> Callable[[tuple[str, ...], MigrationContext], list[MigrationStep]]:
    def lacking(found: tuple[str, ...], context: MigrationContext) -> list[MigrationStep]:
        steps = script.iterate_revisions("head", found, implicit_base=True)
        return [MigrationStep.upgrade_from_script(script.revision_map, step) for step in reversed(list(steps))]

    return lacking
