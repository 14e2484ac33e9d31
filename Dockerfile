# The bot as one container that keeps everything it knows in /data:
# compose.yaml runs it; docs/operations.md has the same as a `docker run`.
# When stopped, it lets running answers finish, which may take 20 seconds: give it 30 instead of Docker's 10. With
# --stay it waits if a setting must be put right first, since Docker would otherwise start it over and over.

# The digest names one image for all architectures; `script/base-image` takes the newest of this tag.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS packages

RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt


FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

RUN groupadd --gid 10001 mynah \
    && useradd --uid 10001 --gid mynah --no-create-home --home-dir /data --shell /usr/sbin/nologin mynah \
    && install --directory --owner mynah --group mynah --mode 0700 /data

COPY --from=packages /venv /venv
WORKDIR /app
COPY bot bot
COPY cogs cogs

# The container's root may be read-only, so compile here what Python would otherwise compile at each start.
RUN /venv/bin/python -m compileall -q bot cogs

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/mynah.db \
    HEALTH_HOST=0.0.0.0 \
    HEALTH_PORT=8080

USER mynah
VOLUME /data
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"HEALTH_PORT\"]}/healthz', timeout=4)"]

ENTRYPOINT ["python", "-m", "bot"]
