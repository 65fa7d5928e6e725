# The service in a container: graph-service serve, or any other command of it.
#     docker build -t graph-service .
# Pages and wheel are made in stages of their own; what runs has neither Node nor a compiler.

ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

# The GraphiQL page is made of packages that are pinned with their digests.
FROM ${NODE_IMAGE} AS pages
WORKDIR /source
COPY console/package.json console/package-lock.json console/
RUN npm ci --prefix console --no-audit --no-fund

FROM ${PYTHON_IMAGE} AS wheel
WORKDIR /source
COPY requirements/ requirements/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/uv.txt
RUN uv venv --quiet .build
RUN uv pip install --quiet --python .build/bin/python --constraint requirements/dev.txt hatchling
COPY pyproject.toml README.md LICENSE ./
COPY console/ console/
COPY graph_service/ graph_service/
COPY discovery/ discovery/
COPY seed/ seed/
COPY --from=pages /source/console/node_modules/ console/node_modules/
RUN python console/assemble.py
RUN .build/bin/python -m hatchling build -t wheel -d dist
RUN uv venv --quiet /opt/graph-service
RUN uv pip install --quiet --python /opt/graph-service/bin/python --constraint requirements/dev.txt dist/*.whl neo4j-rust-ext
# Compiled kernels belong to a source file of an exact instant, and images keep whole seconds only.
RUN find /opt/graph-service -name '*.py' -exec touch --date=@1700000000 {} +
RUN /opt/graph-service/bin/python -m compileall -q /opt/graph-service/lib

FROM ${PYTHON_IMAGE}
# Kernels compiled for any processor of this architecture: images are built elsewhere than they run.
ENV PATH=/opt/graph-service/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CPU_NAME=generic \
    GRAPH_SERVICE_STORE=sqlite:/var/lib/graph-service/estate.db \
    GRAPH_SERVICE_LOG_FORMAT=json
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/graph-service --create-home graph
COPY --from=wheel /opt/graph-service/ /opt/graph-service/
RUN chown -R graph: /opt/graph-service/lib/python3*/site-packages/graph_service/analysis/kernels/__pycache__
USER graph
RUN python -m graph_service.analysis.warm
WORKDIR /var/lib/graph-service
VOLUME /var/lib/graph-service
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["graph-service"]
CMD ["serve", "--host", "0.0.0.0"]
