"""SQL functions that SQLite and PostgreSQL spell differently; an addition to `dialects`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class json_array_of(FunctionElement[str]):
    """The numbers of a group as one JSON array, in any order."""

    type = sa.Text()
    inherit_cache = True


@compiles(json_array_of, "sqlite")
def _gathered_in_sqlite(element: json_array_of, compiler: Any, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(json_array_of, "postgresql")
def _gathered_in_postgres(element: json_array_of, compiler: Any, **options: Any) -> str:
    return f"CAST(json_agg({compiler.process(element.clauses, **options)}) AS text)"


class number_of(FunctionElement[float]):
    """The number under a key of a JSON column (column, key); NULL if there is none."""

    type = sa.Float()
    inherit_cache = True


@compiles(number_of, "sqlite")
def _number_in_sqlite(element: number_of, compiler: Any, **options: Any) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    value = f"{column} ->> {key}"
    return f"CASE WHEN typeof({value}) IN ('integer', 'real') THEN {value} END"


@compiles(number_of, "postgresql")
def _number_in_postgres(element: number_of, compiler: Any, **options: Any) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CASE WHEN json_typeof({column} -> {key}) = 'number' THEN CAST({column} ->> {key} AS double precision) END"


class text_of(FunctionElement[str]):
    """The value under a key of a JSON column (column, key), as text; empty if there is none."""

    type = sa.Text()
    inherit_cache = True


@compiles(text_of)
def _text_of(element: text_of, compiler: Any, **options: Any) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"coalesce(CAST({column} ->> {key} AS text), '')"


class domain_of(FunctionElement[str]):
    """The part of an address after the @."""

    type = sa.Text()
    inherit_cache = True


@compiles(domain_of, "sqlite")
def _domain_in_sqlite(element: domain_of, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"substr({column}, instr({column}, '@') + 1)"


@compiles(domain_of, "postgresql")
def _domain_in_postgres(element: domain_of, compiler: Any, **options: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **options)}, '@', 2)"


class folded(FunctionElement[str]):
    """A text with A–Z as a–z and nothing else changed, which both databases do in the same way."""

    type = sa.Text()
    inherit_cache = True


@compiles(folded, "sqlite")
def _folded_in_sqlite(element: folded, compiler: Any, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _folded_in_postgres(element: folded, compiler: Any, **options: Any) -> str:
    return f'lower(CAST({compiler.process(element.clauses, **options)} AS text) COLLATE "C")'
