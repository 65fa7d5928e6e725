"""Copy what the GraphiQL page is made of to where the service serves it, after `npm ci` here.

The files are the packages' own builds, unchanged but for their references to source maps, which are
not served.
"""

import re
import shutil
import sys
from pathlib import Path

CONSOLE = Path(__file__).parent
STATIC = CONSOLE.parent / "graph_service" / "api" / "static"

OURS = ("graphiql.html", "graphiql-page.css", "graphiql-page.js")
THEIRS = {
    "graphiql.css": "graphiql/graphiql.min.css",
    "graphiql.js": "graphiql/graphiql.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "react.js": "react/umd/react.production.min.js",
    "graphiql.LICENSE": "graphiql/LICENSE",
    "react.LICENSE": "react/LICENSE",
}
_SOURCE_MAP = re.compile(r"^(//|/\*)# sourceMappingURL=\S*( \*/)?\s*$", re.MULTILINE)


def main() -> int:
    """Assemble the page; say what is missing."""
    modules = CONSOLE / "node_modules"
    missing = [path for path in THEIRS.values() if not (modules / path).is_file()]
    if missing:
        print(f"missing {', '.join(missing)}: run `npm ci --prefix console`", file=sys.stderr)
        return 1
    STATIC.mkdir(parents=True, exist_ok=True)
    for name in OURS:
        shutil.copyfile(CONSOLE / name, STATIC / name)
    for name, path in THEIRS.items():
        text = (modules / path).read_text("utf-8")
        (STATIC / name).write_text(_SOURCE_MAP.sub("", text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
