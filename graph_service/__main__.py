"""``graph-service``, and ``python -m graph_service``."""

from graph_service.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
