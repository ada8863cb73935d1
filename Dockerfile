# Everything that is installed is named by hash in the lock's exports.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /venv && /venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.txt
RUN python -m venv /tools && /tools/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
RUN /tools/bin/python -m pip wheel --no-deps --no-build-isolation -w /wheel . && /venv/bin/python -m pip install --no-deps --no-index /wheel/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data watchdesk && install -d -o watchdesk /data
COPY --from=build /venv /venv
COPY feeds.yaml /app/feeds.yaml
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATABASE_URL=sqlite:////data/watchdesk.db
USER watchdesk
WORKDIR /app
VOLUME /data
# For Slack over HTTP; Socket Mode needs no port.
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s CMD ["python", "-m", "bot", "check", "--health"]
CMD ["python", "-m", "bot", "run", "--config", "/app/feeds.yaml"]
