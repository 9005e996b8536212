"""Refresh app/static/vendor and the icon sprite from npm packages.

    npm pack htmx.org@2.0.11 @tabler/core@1.4.0 @tabler/icons@3.51.0 weui@2.6.26
    python scripts/vendor.py *.tgz

Each tarball is read as it is. htmx is copied. From Tabler we take the one
stylesheet and leave out the blocks that no page of ours uses (DROPPED below):
components that need tabler.js, its own shell, and colours of strangers' brands.
From WeUI, for the members' pages, the same way (WEUI_DROPPED).
From the icons we take the drawings named in ICONS, into one SVG sprite.
Nothing else is changed, no build step follows. The manifest is written anew.
After a new version: put the new file names into templates/layouts/ and ui.icon.

Tabler stays at 1.4: from 1.5 on its colours need light-dark(), later relative colours too,
which the browsers inside WeChat on older phones do not have (and 1.4 is lighter).
"""

import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

STATIC = Path(__file__).parent.parent / "app" / "static"
VENDOR = STATIC / "vendor"

# Class names (exact, or with "*" every name that begins so) whose rules are left out.
DROPPED = """
navbar* offcanvas* carousel* ribbon* switch-icon* otp* signature* markdown* legend sparkline*
apexcharts* calendar* vc-* ts-* litepicker* popover* bs-popover* bs-tooltip* tooltip* accordion*
toast* modal* dropzone* dz-* jvm-* noUi-* plyr* fslightbox* hugerte* tox* sortable* flag*
payment* social* steps* step-item* step* demo* layout-* nav-segmented* aside* page-* settings*
img-comparison* irs* star-rating* gl-* stars* countup* typed* pricing* tracking* chat* kanban*
timeline* tag* activity* alert-minor* chart* cursor-* btn-floating btn-facebook btn-twitter
btn-linkedin btn-google btn-youtube btn-vimeo btn-dribbble btn-github btn-instagram
btn-pinterest btn-vk btn-rss btn-flickr btn-bitbucket btn-tabler btn-x bg-facebook* bg-twitter*
bg-linkedin* bg-google* bg-youtube* bg-vimeo* bg-dribbble* bg-github* bg-instagram*
bg-pinterest* bg-vk* bg-rss* bg-flickr* bg-bitbucket* bg-tabler* bg-x bg-x-lt text-facebook*
text-twitter* text-linkedin* text-google* text-youtube* text-vimeo* text-dribbble* text-github*
text-instagram* text-pinterest* text-vk* text-rss* text-flickr* text-bitbucket* text-tabler*
text-x* theme-* text-bg-* link-* btn-ghost-* form-imagecheck* form-colorinput* form-floating*
floating* btn-animate* object-* offset-* order-* divide-* focus-ring* z-* icon-pulse icon-tada
icon-rotate signal* strength* segmented* bg-gradient* btn-pill* photoswipe* pswp* ratio* vr
icon-link* collapse* collapsing dropend* dropstart* dropup* columns-* list-group-horizontal*
list-group-item-primary* list-group-item-secondary* list-group-item-success*
list-group-item-info* list-group-item-warning* list-group-item-danger* list-group-item-light*
list-group-item-dark* table-primary table-secondary table-success table-info table-warning
table-danger table-light table-dark btn-group-vertical* btn-toolbar btn-outline-* border-start-*
list-timeline* pagination* breadcrumb* status-indicator* hr-text* space-* opacity-* shadow-*
loader* placeholder* spinner-grow* tracking* user-select* pe-none img-thumbnail figure*
display-* page widget* iti* form-range
"""
# WeUI: what needs its scripts, what our pages do not use, and the roots of mini programs.
WEUI_DROPPED = """
wx-root weui-steps* weui-half-screen* weui-search-bar* weui-picker* weui-uploader* weui-gallery*
weui-actionsheet* weui-dialog* weui-bottom-fixed* weui-information-bar* weui-mask* weui-skin*
weui-slider* weui-vcode* weui-wa-hotarea* weui-swiped-btn* weui-animate* weui-loading* weui-loadmore*
weui-primary-loading* weui-toast* weui-toptips* weui-transition* weui-navbar* weui-tab weui-tab__*
weui-progress* weui-hidden* weui-a11y-combo* weui-icon* weui-cell_swiped* weui-cell_slide*
weui-cells__group_wap* weui-form__* weui-form weui-form-group* weui-article* weui-grid* weui-panel* weui-media-box*
weui-cell_vcode* weui-cell_select* weui-select* weui-form-preview* weui-switch-cp* weui-transition*
weui-btn_loading weui-btn_cell* weui-btn_xmini weui-btn_disabled weui-bg* weui-check__label-*
"""
WEUI_LEFT_OUT = re.compile(
    r"data-weui-mode|data-weui-theme=\"dark\"|^page$|\[class\^=|aria-hidden=|weui-icon-|weui-btn_loading"
)
# Spacing and column variants for these widths only: nothing, sm, md, lg. The rest is left out.
WIDE = re.compile(
    r"\.[a-z]+(?:-[a-z]+)*-(?:xl|xxl)(?:-[a-z0-9]+)+(?![\w-])"
    r"|\.(?:col|row-cols|container|table-responsive)-x+l(?![\w-])"
)

ICONS = """
home message-circle plus users user user-plus phone device-mobile settings search chevron-left
chevron-right chevron-down x check checks clock calendar calendar-event alert-triangle
alert-circle info-circle circle-check logout login edit trash copy eye eye-off flame snowflake
tag tags shopping-bag receipt cash gift ticket star brand-wechat message message-2
message-circle-off send note notes bell bell-off history filter dots dots-vertical refresh
arrow-left arrow-right arrow-back-up arrow-up arrow-down download upload file-import photo
microphone map-pin link qrcode share user-check user-off users-group building-store
clipboard-text clipboard-check list-check heart mood-smile chart-bar lock key shield adjustments
pin archive arrow-merge circle-dot walk mail world player-play paperclip hourglass
arrows-exchange scan external-link sparkles bolt cake database
"""


def dropped(selector: str) -> bool:
    return _named(selector, DROPPED) or bool(WIDE.search(selector))


def dropped_of_weui(selector: str) -> bool:
    return _named(selector, WEUI_DROPPED) or bool(WEUI_LEFT_OUT.search(selector))


def _named(selector: str, words: str) -> bool:
    """Whether a class of the selector is one of the words."""
    for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector):
        for word in words.split():
            if name == word or (word.endswith("*") and name.startswith(word[:-1])):
                return True
    return False


def blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """(head, body) of every rule on one level; body None for a statement."""
    at = 0
    while at < len(css):
        brace, semicolon = css.find("{", at), css.find(";", at)
        if semicolon != -1 and (brace == -1 or semicolon < brace):
            yield css[at : semicolon + 1], None
            at = semicolon + 1
            continue
        if brace == -1:
            return
        depth, end, quote = 1, brace + 1, ""
        while depth:
            char = css[end]
            if quote:
                quote = "" if char == quote else quote
            elif char in "\"'":
                quote = char
            else:
                depth += (char == "{") - (char == "}")
            end += 1
        yield css[at:brace], css[brace + 1 : end - 1]
        at = end


def split(selectors: str) -> list[str]:
    """At the commas outside of brackets."""
    parts, depth = [""], 0
    for char in selectors:
        depth += (char in "([") - (char in ")]")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def trim(css: str, out: Callable[[str], bool] = dropped) -> str:
    kept = []
    for head, body in blocks(css):
        if body is None:
            kept.append(head)
        elif head.startswith(("@media", "@supports")):
            if inner := trim(body, out):
                kept.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        elif selectors := [one for one in split(head) if not out(one)]:
            kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def stylesheet(css: str, out: Callable[[str], bool] = dropped) -> str:
    banner = css[css.index("/*!") : css.index("*/") + 2]
    bare = trim(re.sub(r"/\*.*?\*/", "", css, flags=re.S), out)
    if '@charset "UTF-8";' not in bare:
        bare = '@charset "UTF-8";' + bare
    for frames in re.findall(r"@keyframes ([\w-]+)", bare):
        if not re.search(rf"animation(?:-name)?:[^;}}]*{frames}", bare):
            bare = re.sub(rf"@keyframes {frames}\{{(?:[^{{}}]*\{{[^{{}}]*\}})*\}}", "", bare)
    note = "/* 熟客: unused blocks left out by scripts/vendor.py */"
    return (
        bare.replace('@charset "UTF-8";', f'@charset "UTF-8";{banner}\n{note}\n', 1).strip() + "\n"
    )


def sprite(drawings: dict[str, str]) -> str:
    symbols = []
    for name in sorted(set(ICONS.split())):
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", drawings[name], flags=re.S)
        inner = re.sub(r'<path stroke="none"[^>]*/>', "", inner)
        inner = re.sub(r"\s+", " ", inner).strip().replace("> <", "><").replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>\n')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "".join(symbols) + "</svg>\n"


def entry(name: str, version: str, licence: str, how: str, files: list[Path]) -> dict[str, object]:
    hashes = {
        str(one.relative_to(STATIC)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files
    }
    return {
        "name": name,
        "version": version,
        "licence": licence,
        "refresh": f"npm pack {name}@{version}; python scripts/vendor.py <tarball>",
        "taken": how,
        "files": hashes,
    }


def write(path: Path, text: str, old: str) -> Path:
    for stale in path.parent.glob(old):
        stale.unlink()
    path.write_text(text, encoding="utf-8")
    return path


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    content = tar.extractfile(member)
    return content.read().decode("utf-8") if content else ""


TAKEN = (
    "package.json", "LICENSE", "LICENSE.txt", "htmx.min.js", "/tabler.min.css", "/weui.min.css",
)  # fmt: skip


def refresh(tarball: str) -> dict[str, object]:
    with tarfile.open(tarball) as tar:
        texts = {
            m.name.removeprefix("package/"): _text(tar, m)
            for m in tar.getmembers()
            if m.name.endswith(TAKEN) or m.name.startswith("package/icons/outline/")
        }
    package = json.loads(texts["package.json"])
    name, version = package["name"], package["version"]
    if name == "htmx.org":
        file = write(VENDOR / f"htmx-{version}.min.js", texts["dist/htmx.min.js"], "htmx-*.js")
        licence, how = texts["LICENSE"], "dist/htmx.min.js, unchanged"
    elif name == "@tabler/core":
        css = texts["dist/css/tabler.min.css"]
        file = write(VENDOR / f"tabler-{version}.min.css", stylesheet(css), "tabler-*.css")
        authors = "\n".join(re.findall(r"Copyright [^\n]*", css[: css.index("*/")]))
        licence, how = (
            MIT.format(authors=authors),
            "dist/css/tabler.min.css without the blocks in DROPPED",
        )
    elif name == "weui":
        css = stylesheet(texts["dist/style/weui.min.css"], dropped_of_weui)
        file = write(VENDOR / f"weui-{version}.min.css", css, "weui-*.css")
        licence = texts["LICENSE.txt"]
        how = "dist/style/weui.min.css without the blocks in WEUI_DROPPED"
    elif name == "@tabler/icons":
        drawings = {Path(k).stem: v for k, v in texts.items() if k.startswith("icons/outline/")}
        file = write(STATIC / f"icons-{version}.svg", sprite(drawings), "icons-*.svg")
        licence, how = texts["LICENSE"], "icons/outline: the ones in ICONS, as symbols"
    else:
        sys.exit(f"{name}: not one of ours")
    beside = VENDOR / f"{name.strip('@').replace('/', '-')}.LICENSE"
    beside.write_text(licence, encoding="utf-8")
    return entry(name, version, package["license"], how, [file, beside])


# The npm package of @tabler/core says "MIT" but carries no LICENSE file.
MIT = """The MIT License (MIT)

{authors}
Contains Bootstrap, Copyright 2011-2025 The Bootstrap Authors (MIT)

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
THE SOFTWARE.
"""


if __name__ == "__main__":
    manifest = VENDOR / "manifest.json"
    known = (
        {one["name"]: one for one in json.loads(manifest.read_text())} if manifest.exists() else {}
    )
    for tarball in sys.argv[1:]:
        fresh = refresh(tarball)
        known[fresh["name"]] = fresh
    manifest.write_text(
        json.dumps(
            sorted(known.values(), key=lambda one: one["name"]), indent=2, ensure_ascii=False
        )
        + "\n"
    )
