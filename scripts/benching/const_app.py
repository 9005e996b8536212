"""The product with three more addresses, the baselines of all its figures.

`/const` is the list of customers from constant rows, `/bare` a small table of 50 constant rows,
`/hello` an empty answer.
"""

from flask import Response

from app.core.doors import public
from scripts.benching import constant
from wsgi import app

BARE = app.jinja_env.from_string(
    "<!doctype html><html lang='zh'><title>客户</title><table>{% for r in rows %}<tr>"
    "<td><a href='/customers/{{ r.id }}'>{{ r.name }}</a></td><td>{{ r.last_visit_on }}</td>"
    "<td>{{ r.spent_cents }}</td><td>{{ r.owner_id }}</td></tr>{% endfor %}</table></html>"
)


@app.get("/const")
@public
def const() -> str:
    return constant.draw()


@app.get("/bare")
@public
def bare() -> str:
    return BARE.render(rows=constant.ROWS)


@app.post("/hello")
@public
def hello() -> Response:
    return Response("success", content_type="text/plain")


app.extensions["csrf"].exempt(hello)
