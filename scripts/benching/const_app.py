"""The product with one more page: the same list rendered from a constant, the baseline of all."""

from types import SimpleNamespace

from flask import Response

from app import create_app
from app.core.doors import public

ROWS = [
    SimpleNamespace(
        id=n, name=f"王小芳{n}", tail="8821", state="变安静", last="12 天前", spent="¥1,234.50",
        owner="小艾",
    )
    for n in range(50)
]  # fmt: skip
PAGE = """<!doctype html><html lang="zh"><head><title>客户</title></head><body><table><tbody>
{% for r in rows %}<tr><td><a href="/customers/{{ r.id }}">{{ r.name }}</a> <small>{{ r.tail }}</small></td>
<td><span class="state tone-amber"><i class="dot"></i>{{ r.state }}</span></td><td>{{ r.last }}</td>
<td class="cell-num">{{ r.spent }}</td><td>{{ r.owner }}</td></tr>
{% endfor %}</tbody></table></body></html>"""

app = create_app()
template = app.jinja_env.from_string(PAGE)


@app.get("/const")
@public
def const() -> str:
    return template.render(rows=ROWS)


@app.post("/hello")
@public
def hello() -> Response:
    return Response("success", content_type="text/plain")


const_csrf = app.extensions["csrf"]
const_csrf.exempt(hello)
