"""Commands that run the product: serve, token, schema."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import orjson
import typer

from graph_service.bootstrap import access, open_store, opened, utc_now
from graph_service.cli.durations import duration
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import RecordFormat, stdout, table, write_json
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.cli.store_answers import person
from graph_service.use_cases.access import Role
from graph_service.use_cases.copies.store_copy import check_finished
from graph_service.use_cases.estate_schema import estate_file_schema

token = typer.Typer(help="API tokens: create, list, revoke.", no_args_is_help=True)


class SchemaOf(StrEnum):
    """What has a published schema."""

    GRAPHQL = "graphql"
    ESTATE_FILE = "estate-file"


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Serve GraphQL at /graphql; the first line printed is the address, once it answers."""
    session: Session = context.obj

    async def do() -> ExitCode:
        from graph_service.cli.serving import serve_until_stopped  # noqa: PLC0415 - only here

        return await serve_until_stopped(session, host, port)

    run(do)


@token.command("create")
def create_token(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What will use it.")],
    role: Annotated[
        list[Role], typer.Option(help=f"What it may do: {', '.join(Role)}; may be repeated.")
    ],
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 30d, 12h; default: never.")
    ] = None,
    whose: Annotated[
        str, typer.Option("--person", help="Whose it is: a login, mail address or name.")
    ] = "",
) -> None:
    """Make a token and print it, alone and only this once."""
    session: Session = context.obj
    end = None if expires is None else _end(expires)

    async def do() -> ExitCode:
        only_on_a_store(session)
        async with opened(session.settings) as product:
            who = (await product.who_is_who.person(whose)).id if whose else ""
            tokens = access(product.store, session.settings)
            _, text = await tokens.create(name, role, by=person(), expires_at=end, person=who)
        print(text)  # noqa: T201 - the answer itself
        return ExitCode.DONE

    run(do)


@token.command("list")
def list_tokens(
    context: typer.Context,
    output: Annotated[
        RecordFormat, typer.Option("--format", help="table or json.")
    ] = RecordFormat.TABLE,
) -> None:
    """List all tokens that ever were; secrets are never kept."""
    session: Session = context.obj

    async def do() -> ExitCode:
        only_on_a_store(session)
        store = await open_store(session.settings)
        try:
            found = await access(store, session.settings).tokens()
        finally:
            await store.close()
        now = utc_now()
        rows: list[Shape] = [
            {
                "id": each.id,
                "name": each.name,
                "roles": sorted(each.roles),
                "createdAt": _instant(each.created_at),
                "expiresAt": each.expires_at and _instant(each.expires_at),
                "valid": each.is_valid(now),
            }
            for each in found
        ]
        if output is RecordFormat.JSON:
            write_json(rows)
        else:
            rows = [{**each, "roles": ", ".join(each["roles"])} for each in rows]
            columns = {"id": "id", "name": "name", "roles": "roles", "createdAt": "created"}
            stdout().print(table(columns | {"expiresAt": "ends", "valid": "valid"}, rows))
        return ExitCode.DONE

    run(do)


@token.command("revoke")
def revoke_token(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="tok_…, as the list shows it.")],
) -> None:
    """End a token now."""
    session: Session = context.obj

    async def do() -> ExitCode:
        only_on_a_store(session)
        store = await open_store(session.settings)
        try:
            await check_finished(store)
            ended = await access(store, session.settings).revoke(token_id, by=person())
        finally:
            await store.close()
        if ended is None:
            messages.print(
                f"There is no token {token_id}; see: graph-service token list", markup=False
            )
            return ExitCode.INCOMPLETE
        messages.print(f"{ended.name} opens nothing any more.", markup=False)
        return ExitCode.DONE

    run(do)


def schema(
    context: typer.Context,
    of: Annotated[
        SchemaOf, typer.Argument(metavar="WHAT", help="graphql or estate-file.")
    ] = SchemaOf.GRAPHQL,
) -> None:
    """Print the GraphQL schema, or the JSON Schema of the estate file."""
    session: Session = context.obj

    async def do() -> ExitCode:
        if of is SchemaOf.GRAPHQL:
            from graph_service.api.schema import sdl  # noqa: PLC0415 - slow to import, used here

            sys.stdout.write(sdl())
            return ExitCode.DONE
        only_on_a_store(session)
        async with opened(session.settings) as product:
            made = estate_file_schema(product.vocabulary)
        sys.stdout.buffer.write(orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n")
        return ExitCode.DONE

    run(do)


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _end(expires: str) -> datetime:
    try:
        return utc_now() + duration(expires)
    except OverflowError:
        raise typer.BadParameter("that is after the year 9999", param_hint="--expires") from None


def only_on_a_store(session: Session) -> None:
    """Raise if a service is to be asked for what can be done on a store only."""
    if session.server is not None:
        raise typer.BadParameter(
            "this command works on a store: give its address", param_hint="--store"
        )
