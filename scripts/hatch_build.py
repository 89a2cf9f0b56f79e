"""Puts the migrations, which live beside the package, inside the wheel."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


# Any: what hatchling hands its hooks is its own, and is not described by types.
class MigrationsHook(BuildHookInterface[Any]):
    """Adds `alembic/` to a wheel as `app/alembic/`; an editable install reads it where it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the folder before the files are gathered."""
        if version == "standard":
            build_data["force_include"]["alembic"] = "app/alembic"
