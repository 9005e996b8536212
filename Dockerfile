# A minimal image. CI does not build it; docs/deploy.md says how it is meant.
FROM python:3.11-slim

RUN useradd --system --create-home --home-dir /srv/shuke shuke
WORKDIR /srv/shuke/app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=root:root . .
RUN pybabel -q compile -d app/translations \
    && python -OO -m compileall -q /usr/local/lib/python3.11/site-packages app \
    && mkdir -p instance && chown shuke:shuke instance && chmod 700 instance

USER shuke
ENV FLASK_APP=wsgi SHUKE_ENV=production HOST=0.0.0.0 PORT=8000 PYTHONOPTIMIZE=2 PYTHONDONTWRITEBYTECODE=1
VOLUME /srv/shuke/app/instance
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz')"
CMD ["python", "run.py"]
