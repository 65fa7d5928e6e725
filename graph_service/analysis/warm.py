"""``python -m graph_service.analysis.warm``: compile the kernels now, so that nobody waits later."""

from graph_service.analysis.compiled import warm

if __name__ == "__main__":
    warm()
