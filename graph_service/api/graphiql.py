"""The pages a browser is shown: GraphiQL from files of our own, and plain words without them."""

from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response

STATIC = Path(__file__).parent / "static"
"""Filled by ``console/assemble.py`` from pinned npm packages; not part of the repository."""

PAGE = "graphiql.html"
MEDIA_TYPES = {
    "graphiql-page.css": "text/css",
    "graphiql-page.js": "text/javascript",
    "graphiql.css": "text/css",
    "graphiql.js": "text/javascript",
    "react-dom.js": "text/javascript",
    "react.js": "text/javascript",
}

# Everything from this service, nothing inline: what a script could be talked into, the browser
# refuses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Graph Service</title></head>
<body><h1>Graph Service</h1>
<p>The GraphiQL page is not built in this checkout. Build it with <code>make setup</code> (needs
Node and npm) and load this page again.</p>
<p>The API itself works: send operations to <code>POST /graphql</code> with
<code>Authorization: Bearer TOKEN</code>.</p>
</body></html>
"""


class Pages:
    """Pages and the files they are made of."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder

    def graphiql(self) -> Response:
        """Show GraphiQL, or say that it is not built."""
        page = self._folder / PAGE
        if not page.is_file():
            return HTMLResponse(_NOT_BUILT)
        headers = {"Content-Security-Policy": _POLICY}
        return HTMLResponse(page.read_text("utf-8"), headers=headers)

    def file(self, name: str) -> Response | None:
        """Return one of the files that the page is made of; ``None`` for any other name."""
        media_type = MEDIA_TYPES.get(name)
        path = self._folder / name
        if media_type is None or not path.is_file():
            return None
        return FileResponse(path, media_type=media_type, headers={"Cache-Control": "no-cache"})


def plain_page(title: str, text: str, status: int) -> Response:
    """Show a page of one sentence; ``title`` and ``text`` are our own words."""
    return HTMLResponse(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><h1>{title}</h1><p>{text}</p></body></html>\n",
        status,
    )
