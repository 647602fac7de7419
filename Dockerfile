# The collector as an image. Python 3.11 is the version that constraints.txt was resolved and tested with.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY exporter exporter
COPY collector collector
COPY queries queries
# The wheel carries the recordings that `tokenlake demo` replays.
COPY tests/data/captures tests/data/captures
# With SCALE=true also what a lake needs. DuckDB's extensions exist as packages for 1.5.5 only, which replaces the
# version of the constraints; without them every start would download them.
ARG SCALE=false
RUN python -m venv /opt/tokenlake \
    && /opt/tokenlake/bin/pip install --no-cache-dir -c constraints.txt '.[collector]' \
    && if [ "$SCALE" = true ]; then /opt/tokenlake/bin/pip install --no-cache-dir '.[collector,scale]' \
        duckdb-extensions==1.5.5 duckdb-extension-ducklake==1.5.5 duckdb-extension-postgres-scanner==1.5.5 \
        duckdb-extension-httpfs==1.5.5; fi

FROM python:3.11-slim
COPY --from=build /opt/tokenlake /opt/tokenlake
# DuckDB unpacks extensions below its home, which the user of this image does not have.
ENV PATH=/opt/tokenlake/bin:$PATH PYTHONUNBUFFERED=1 HOME=/data
# Before VOLUME: a new named volume takes its owner from here.
RUN useradd --system --uid 10001 --no-create-home tokenlake \
    && install --directory --owner=tokenlake --group=tokenlake /data
USER tokenlake
WORKDIR /data
VOLUME /data
EXPOSE 4317 4318
# Without proxies: a proxy from the engine's settings cannot reach this container's loopback.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:4318/healthz', timeout=2)"]
# It does not start without tokens: set TOKENLAKE_INGEST_TOKEN and TOKENLAKE_READ_TOKEN, or mount a file and give
# --tokens. They belong to the container, never to the image.
ENTRYPOINT ["tokenlake"]
CMD ["serve", "--db", "/data/usage.duckdb", "--grpc", "0.0.0.0:4317", "--http", "0.0.0.0:4318"]
