# The lock holds the tools of the tests too. All of it is fetched and checked against its hashes here, and only what
# Wismo itself needs goes on from here.
FROM python:3.13-slim AS wheels
WORKDIR /src
COPY requirements.lock .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r requirements.lock
COPY pyproject.toml LICENSE ./
COPY relay relay
COPY bot bot
RUN pip install --no-cache-dir --no-index --find-links /wheels hatchling \
    && pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.13-slim
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels 'wismo[demo]' \
    && useradd --system --no-create-home --home-dir /data wismo \
    && install --directory --owner wismo /data

# The working directory, so that mail written to files and backups land on the volume as well.
WORKDIR /data
VOLUME /data
USER wismo
ENV WISMO_HOST=0.0.0.0 WISMO_PORT=8080 WISMO_DATABASE_URL=sqlite:/data/wismo.db
EXPOSE 8080
HEALTHCHECK --start-period=10s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/live', timeout=5)"]
CMD ["wismo", "up"]
