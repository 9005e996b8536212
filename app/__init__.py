"""熟客 Shuke: create_app() puts the house together. Nothing else lives here."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, config, routes, wiring
from app.core import doors, formats, house, marks, mishaps, web, words
from app.core.db import db, prepare


def create_app(settings: config.Settings | None = None) -> Flask:
    """The web application; `settings` default to the environment's."""
    settings = settings or config.read()
    app = Flask(__name__)
    app.config.from_mapping(house.flask_settings(settings))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    house.set_up(app)
    with app.app_context():
        prepare(db.engine)
    doors.install(app)
    house.csrf.init_app(app)
    web.install(app)
    mishaps.install(app)
    formats.install(app)
    words.install(app)
    marks.install(app)
    routes.install(app)
    doors.exempt(app, house.csrf)
    wiring.connect(settings)
    cli.install(app)
    return app
