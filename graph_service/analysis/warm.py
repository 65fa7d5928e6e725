"""``python -m graph_service.analysis.warm``: compile the kernels ahead of time."""

from graph_service.analysis.compiled import warm

if __name__ == "__main__":
    warm()
