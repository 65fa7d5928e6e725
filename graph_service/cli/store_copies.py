"""Commands that take a store as a whole: migrate-store, verify-store, backup, restore."""

from pathlib import Path
from typing import Annotated, Any

import typer

from graph_service.bootstrap import check_different, opened_to_fill, opened_to_read, utc_now
from graph_service.cli.administration import only_on_a_store
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.output import RecordFormat, counted, stdout, table, write_json
from graph_service.cli.progress import progress
from graph_service.cli.session import Session, messages, run
from graph_service.cli.shapes import Shape
from graph_service.config import Settings
from graph_service.use_cases.copies.backup import back_up, checked
from graph_service.use_cases.copies.original import StoreOriginal
from graph_service.use_cases.copies.store_copy import Copied, check_finished, copy_store, log_faults
from graph_service.use_cases.copies.store_digest import Digest, digest_of
from graph_service.use_cases.rules.vocabulary_in_force import recorded_vocabulary

DIGITS_SHOWN = 16
"""Of a digest, in a table; JSON has all of it."""

_Output = Annotated[RecordFormat, typer.Option("--format", help="table or json.")]


def migrate_store(
    context: typer.Context,
    original: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help="The store to copy; it is only read.")
    ],
    copy: Annotated[
        str,
        typer.Option(
            "--to", metavar="ADDRESS", help="An empty store, or an unfinished copy to go on with."
        ),
    ],
    from_user: Annotated[str | None, typer.Option(help="Neo4j user of --from.")] = None,
    from_password_file: Annotated[
        Path | None, typer.Option(help="File with the password of --from.")
    ] = None,
    to_user: Annotated[str | None, typer.Option(help="Neo4j user of --to.")] = None,
    to_password_file: Annotated[
        Path | None, typer.Option(help="File with the password of --to.")
    ] = None,
    output: _Output = RecordFormat.TABLE,
) -> None:
    """Copy a store into an empty one, history included, and prove that both hold the same.

    The original may be written to meanwhile. If this was broken off, run it again to go on.
    """
    session: Session = context.obj
    only_on_a_store(session)
    at_original = _at(session.settings, original, from_user, from_password_file)
    at_copy = _at(session.settings, copy, to_user, to_password_file)

    async def do() -> ExitCode:
        check_different(at_original, at_copy)
        async with opened_to_read(at_original) as from_store:
            await check_finished(from_store)
            vocabulary = await recorded_vocabulary(from_store)
            async with opened_to_fill(at_copy, vocabulary) as to_store:
                with progress(quiet=session.quiet) as report:
                    copied = await copy_store(
                        StoreOriginal(from_store), to_store, clock=utc_now, progress=report
                    )
        _show(copied, "original", "copy", output)
        if copied.is_equal and not session.quiet:
            _say_what_is_left(copied, at_original, at_copy)
        return _code(copied)

    run(do)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to make; compressed JSON lines.")],
    output: _Output = RecordFormat.TABLE,
) -> None:
    """Write a store's log and records into a file, while others write to the store."""
    session: Session = context.obj
    only_on_a_store(session)

    async def do() -> ExitCode:
        async with opened_to_read(session.settings) as store:
            await check_finished(store)
            with progress(quiet=session.quiet) as report:
                made = await back_up(store, file, clock=utc_now, progress=report)
        written: Shape = {
            "file": str(file),
            "revision": made.head.revision,
            "hash": made.head.hash,
            "revisions": made.revision_count,
            "entries": made.entry_count,
            "records": made.record_count,
            "bytes": made.byte_count,
            "seconds": round(made.seconds, 3),
        }
        if output is RecordFormat.JSON:
            write_json(written)
            return ExitCode.DONE
        stdout().print(
            f"{file}: revision {made.head.revision}, "
            f"{counted(made.entry_count, 'log entry', 'log entries')}, "
            f"{counted(made.record_count, 'record')}, {made.byte_count:,} bytes, "
            f"{made.seconds:,.1f} s",
            markup=False,
        )
        return ExitCode.DONE

    run(do)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that backup made.")],
    output: _Output = RecordFormat.TABLE,
) -> None:
    """Fill an empty store from a backup, and prove that it holds what the backup does."""
    session: Session = context.obj
    only_on_a_store(session)

    async def do() -> ExitCode:
        with progress(quiet=session.quiet) as report:
            original = await checked(file, report)
            vocabulary = await recorded_vocabulary(original)
            async with opened_to_fill(session.settings, vocabulary) as store:
                copied = await copy_store(original, store, clock=utc_now, progress=report)
        _show(copied, "backup", "store", output)
        return _code(copied)

    run(do)


def verify_store(
    context: typer.Context,
    output: _Output = RecordFormat.TABLE,
) -> None:
    """Verify a store's hash chain; print digests of all it holds: equal stores, equal digests."""
    session: Session = context.obj
    only_on_a_store(session)

    async def do() -> ExitCode:
        async with opened_to_read(session.settings) as store:
            with progress(quiet=session.quiet) as report:
                report("reading what the store holds", 0, None)
                held = await digest_of(store)
                faults = await log_faults(store, report, until=held.head)
        rows: list[Shape] = [
            {"what": sort, "count": each.count, "digest": each.text}
            for sort, each in held.digests.items()
        ]
        head = held.head
        if output is RecordFormat.JSON:
            write_json(
                {
                    "revision": head.revision,
                    "hash": head.hash,
                    "at": head.at,
                    "digests": rows,
                    "faults": [str(each) for each in faults],
                }
            )
        else:
            short = [{**each, "digest": each["digest"][:DIGITS_SHOWN]} for each in rows]
            columns = {"what": "what", "count": "count", "digest": "digest"}
            stdout().print(
                table(columns, short, f"Revision {head.revision}, hash {head.hash[:DIGITS_SHOWN]}")
            )
        for each in faults:
            messages.print(str(each), markup=False)
        if not faults:
            messages.print(
                "The hash chain of the log verifies from its first revision to its last."
            )
        return ExitCode.ERROR if faults else ExitCode.DONE

    run(do)


def _at(settings: Settings, address: str, user: str | None, password_file: Path | None) -> Settings:
    """Return the settings for one end; what is not said about it is as in the environment."""
    changed: dict[str, Any] = {"store": address}
    if user is not None:
        changed["neo4j_user"] = user
    if password_file is not None:
        changed |= {"neo4j_password": None, "neo4j_password_file": password_file}
    return settings.model_copy(update=changed)


def _show(copied: Copied, one: str, other: str, output: RecordFormat) -> None:
    sorts = sorted(copied.original.digests.keys() | copied.copy.digests.keys())
    pairs = [
        (each, copied.original.digests.get(each), copied.copy.digests.get(each)) for each in sorts
    ]
    head = copied.copy.head
    if output is RecordFormat.JSON:
        write_json(
            {
                "revision": head.revision,
                "hash": head.hash,
                "at": head.at,
                "equal": copied.is_equal,
                "differing": [*copied.differing],
                "examples": [*copied.examples],
                "faults": [str(each) for each in copied.faults],
                "newerRevisions": _newer(copied),
                "entriesCopied": copied.entry_count,
                "seconds": round(copied.seconds, 3),
                "digests": [
                    {"what": what, one: _data(left), other: _data(right)}
                    for what, left, right in pairs
                ],
            }
        )
        return
    rows: list[Shape] = [
        {
            "what": what,
            one: left and left.count,
            other: right and right.count,
            "digest": right and right.text[:DIGITS_SHOWN],
            "equal": "follows from the log"
            if left is None and what not in copied.differing
            else left == right,
        }
        for what, left, right in pairs
    ]
    columns = {"what": "what", one: one, other: other, "digest": "digest", "equal": "equal"}
    title = f"Revision {head.revision}, hash {head.hash[:DIGITS_SHOWN]}"
    stdout().print(table(columns, rows, title))
    rate = copied.entry_count / copied.seconds if copied.seconds else 0
    messages.print(
        f"{counted(copied.entry_count, 'log entry', 'log entries')} copied in "
        f"{copied.seconds:,.1f} s ({rate:,.0f} a second, all proof included)."
    )
    for fault in copied.faults:
        messages.print(str(fault), markup=False)
    for each in copied.differing:
        messages.print(f"Not equal: {each}", markup=False)
    for each in copied.examples:
        messages.print(f"  {each}", markup=False)


def _say_what_is_left(copied: Copied, at_original: Settings, at_copy: Settings) -> None:
    messages.print("Proven equal: log, hashes, CIs, relationships, claims, records, ordinals.")
    if newer := _newer(copied):
        messages.print(
            f"The original has {counted(newer, 'revision')} more by now: stop its writers and run "
            "this again, it goes on from here."
        )
    if copied.original.digests.get("records: token"):
        messages.print(
            "API tokens go on working only with the secret they were sealed with: "
            + _pepper_advice(at_original, at_copy)
        )


def _pepper_advice(at_original: Settings, at_copy: Settings) -> str:
    if at_original.token_pepper or at_original.token_pepper_file:
        return "keep GRAPH_SERVICE_TOKEN_PEPPER_FILE as it is."
    if at_original.store.startswith("sqlite:"):
        return (
            "give GRAPH_SERVICE_TOKEN_PEPPER_FILE the .pepper file beside the original, or copy it "
            "beside the new file."
        )
    return f"give GRAPH_SERVICE_TOKEN_PEPPER_FILE of the original to {at_copy.store}."


def _newer(copied: Copied) -> int:
    return copied.original_head.revision - copied.copy.head.revision


def _data(digest: Digest | None) -> Shape | None:
    return None if digest is None else {"count": digest.count, "digest": digest.text}


def _code(copied: Copied) -> ExitCode:
    if not copied.is_equal:
        return ExitCode.ERROR
    return ExitCode.CHANGES_PENDING if _newer(copied) else ExitCode.DONE
