"""What of a drawing reaches the page."""

from __future__ import annotations

from synthlift.report.svg import clean

HOSTILE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"
 viewBox="0 0 9 9" onload="alert(1)"><defs><clipPath id="clip7"><rect width="9" height="9"/></clipPath></defs>
<script>alert(1)</script><style>*{fill:red}</style><image href="http://evil.example/x"/><foreignObject/>
<a xlink:href="javascript:alert(1)"><text>in a link</text></a>
<g clip-path="url(#clip7)"><text x="1" font-family="Evil" style="fill: #010104; font-size: 12px; behavior: url(x)"
 onclick="alert(1)" aria-label="x">&lt;b&gt;kept&lt;/b&gt;</text><path d="M0,0h9" stroke="red"/></g></svg>"""


def test_only_geometry_and_paint_survive() -> None:
    """Scripts, links, handlers, styles, fonts, sizes and unknown colours go; text, shapes and variables stay."""
    cleaned = clean(HOSTILE, key="k", title="T <1>", description="D & d")
    for gone in (
        "script",
        "style",
        "href",
        "evil",
        "Evil",
        "onload",
        "onclick",
        "aria-label=",
        "behavior",
        "red",
        "link",
    ):
        assert gone not in cleaned
    assert "&lt;b&gt;kept&lt;/b&gt;" in cleaned
    assert 'fill="var(--treatment)"' in cleaned
    assert 'font-size="12px"' in cleaned
    assert 'stroke="currentColor"' in cleaned
    head = cleaned.partition(">")[0]
    assert 'viewBox="0 0 9 9"' in head
    assert ' width="' not in head


def test_ids_are_renumbered_and_references_follow() -> None:
    """A process-wide number becomes the chart's own, in the definition and in what points to it."""
    cleaned = clean(HOSTILE, key="k", title="T", description="D")
    assert 'id="k-0"' in cleaned
    assert 'clip-path="url(#k-0)"' in cleaned
    assert cleaned == clean(HOSTILE.replace("clip7", "clip99"), key="k", title="T", description="D")


def test_text_alternative_is_named_and_escaped() -> None:
    """The picture is one image whose name and description are inside it."""
    cleaned = clean(HOSTILE, key="k", title="T <1>", description="D & d")
    assert 'role="img"' in cleaned
    assert 'aria-labelledby="k-title k-desc"' in cleaned
    assert '<title id="k-title">T &lt;1&gt;</title><desc id="k-desc">D &amp; d</desc>' in cleaned
