# Two stages: the first builds, the second holds only what runs.
FROM python:3.13-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1

WORKDIR /src
COPY requirements requirements
# The environment that is shipped, and apart from it the tools that build the wheel.
RUN python -m venv /opt/ikenbako \
    && /opt/ikenbako/bin/pip install --require-hashes --no-deps --requirement requirements/runtime.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --requirement requirements/build.txt

COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/ikenbako/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/ikenbako/bin/pip uninstall --yes pip


FROM python:3.13-slim-trixie

# Text recognition, Japanese for it, and the font of the blank form. The release of Debian named
# above says which versions; pinning each would break the build at every security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-ipaexfont-gothic \
        tesseract-ocr \
        tesseract-ocr-jpn \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 ikenbako \
    && useradd --uid 10001 --gid ikenbako --no-create-home --shell /usr/sbin/nologin ikenbako \
    && install --directory --owner=ikenbako --group=ikenbako --mode=0700 /var/lib/ikenbako

COPY --from=build /opt/ikenbako /opt/ikenbako

ENV PATH=/opt/ikenbako/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    IKENBAKO_DATA_DIR=/var/lib/ikenbako \
    IKENBAKO_HOST=0.0.0.0 \
    IKENBAKO_PORT=8000

USER 10001:10001
WORKDIR /var/lib/ikenbako
# Database and originals, unless the settings say otherwise.
VOLUME ["/var/lib/ikenbako"]
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"IKENBAKO_PORT\"]}/healthz', timeout=4)"]

ENTRYPOINT ["ikenbako"]
CMD ["serve"]
